import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Response } from 'express';
import { type Observable, tap } from 'rxjs';
import type { RequestDescription } from '../platform/http/index.js';

/** What takes a version, for readers of the API document. */
export const BASED_ON_VERSION: RequestDescription = {
  headers: [
    {
      name: 'If-Match',
      description:
        'The version that the change is based on, exactly as ETag has it; `*` or nothing: whatever it is by now.',
      pattern: '^(\\*|"[1-9][0-9]{0,14}")$',
    },
  ],
  answers: { '412': 'It does not have that version; `details.current` is how it is.' },
};

/** The same, of what answers its new version. */
export const VERSIONED_CHANGE: RequestDescription = { ...BASED_ON_VERSION, isVersioned: true };

/** What answers a version. */
export const VERSIONED_READ: RequestDescription = {
  isVersioned: true,
  headers: [
    {
      name: 'If-None-Match',
      description: 'ETags of earlier answers: without need nothing is sent again.',
      pattern: '^(\\*|(W/)?"[^"]*"(, *(W/)?"[^"]*")*)$',
    },
  ],
  answers: { '304': 'It still has a version that If-None-Match names.' },
};

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
