import { applyDecorators, UseInterceptors } from '@nestjs/common';
import { CachedResponseInterceptor } from './cached-response.interceptor.js';
import { CachedResponseMetadata, type CachedResponseOptions } from './response-options.js';

/**
 * Caches what a GET handler answers, by tenant and question, with ETag, 304 and Age. The handler must return JSON,
 * depend on nothing but its parameters, query and scope, and leave the response alone: it may run for several
 * callers at once, or for none of them, when an answer is refreshed behind.
 */
export function CachedResponse<Query>(options: CachedResponseOptions<Query>): MethodDecorator {
  return applyDecorators(
    CachedResponseMetadata(options as CachedResponseOptions<unknown>),
    UseInterceptors(CachedResponseInterceptor),
  );
}
