import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Request } from 'express';
import type { Observable } from 'rxjs';
import { CacheWarmer } from '../cache/index.js';
import { callerOf } from '../tenancy/index.js';

/** Tells the warmer who is here, so that the cache is warm for somebody who comes back. */
@Injectable()
export class VisitsInterceptor implements NestInterceptor {
  constructor(private readonly warmer: CacheWarmer) {}

  intercept(context: ExecutionContext, next: CallHandler<unknown>): Observable<unknown> {
    const caller = callerOf(context.switchToHttp().getRequest<Request>());
    // Collectors only post: nobody is waiting for a page.
    if (caller !== undefined && caller.role !== 'collector') this.warmer.noteActivity(caller.tenantId);
    return next.handle();
  }
}
