import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Response } from 'express';
import { type Observable, tap } from 'rxjs';

/** Says the version of what is answered in ETag, for If-Match of the next change. */
@Injectable()
export class VersionedAnswer implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler<unknown>): Observable<unknown> {
    const response = context.switchToHttp().getResponse<Response>();
    return next.handle().pipe(tap((answer) => this.tag(answer, response)));
  }

  private tag(answer: unknown, response: Response): void {
    if (typeof answer !== 'object' || answer === null || !('version' in answer)) return;
    if (typeof answer.version === 'number') response.setHeader('ETag', `"${answer.version}"`);
  }
}
