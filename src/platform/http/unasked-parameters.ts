import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/internal';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import type { Observable } from 'rxjs';
import { toInputError } from './input-validation.js';

/** On a controller whose routes ignore parameters: those of probes, which may add some against caches on the way. */
export const IgnoresParameters = Reflector.createDecorator<true>();

/**
 * Refuses query parameters on routes whose handlers take no query; all others refuse by their schemas what they do
 * not know. It runs behind the guards, so that strangers learn nothing.
 */
export class UnaskedParameters implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler<unknown>): Observable<unknown> {
    const names = parametersOf(context);
    if (names.length === 0 || takesQuery(context) || ignoresParameters(context)) return next.handle();
    const listed = names.map((name) => `"${name}"`).join(', ');
    throw toInputError([{ message: `Unrecognized parameters: ${listed}` }]);
  }
}

function parametersOf(context: ExecutionContext): string[] {
  if (context.getType() !== 'http') return [];
  const request = context.switchToHttp().getRequest<Request>();
  // Express parses a query whenever it is looked at.
  return request.url.includes('?') ? Object.keys(request.query) : [];
}

function ignoresParameters(context: ExecutionContext): boolean {
  return Reflect.hasMetadata(IgnoresParameters.KEY, context.getClass());
}

/** Nest keeps the parameters of a handler under `<kind>:<index>`. */
function takesQuery(context: ExecutionContext): boolean {
  const { name } = context.getHandler();
  const known: unknown = Reflect.getMetadata(ROUTE_ARGS_METADATA, context.getClass(), name);
  return Object.keys(known ?? {}).some((key) => key.startsWith(`${RouteParamtypes.QUERY}:`));
}
