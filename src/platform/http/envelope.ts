import {
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
  StreamableFile,
} from '@nestjs/common';
import { map, type Observable } from 'rxjs';

/** Shape of every successful JSON answer. */
export interface Envelope<Data> {
  readonly success: true;
  readonly data: Data;
}

/** Wraps what handlers return into the envelope; leaves text, files, streams and empty answers alone. */
export class EnvelopeInterceptor implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler<unknown>): Observable<unknown> {
    return next.handle().pipe(map(toEnvelope));
  }
}

/** What is sent for `data`: the envelope around it, unless it is text, a file, or an envelope already. */
export function toEnvelope(data: unknown): unknown {
  return isWrappable(data) ? ({ success: true, data } satisfies Envelope<unknown>) : data;
}

function isWrappable(data: unknown): boolean {
  return typeof data === 'object' && data !== null && !(data instanceof StreamableFile) && !isEnvelope(data);
}

function isEnvelope(data: object): boolean {
  return 'success' in data && data.success === true && 'data' in data;
}
