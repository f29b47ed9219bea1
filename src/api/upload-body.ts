import type { Request } from 'express';
import { AppError } from '../kernel/app-error.js';
import type { Clock } from '../kernel/clock.js';

/** An upload that did not come to its end; nothing was stored. */
export class UploadEndedError extends AppError {
  readonly code = 'BATCH_UPLOAD_ENDED';
  readonly kind = 'unavailable';

  constructor(reason: 'cut' | 'idle' | 'stopping', cause?: unknown) {
    super(
      `The upload ended early (${reason}); nothing was stored. Send all of it again.`,
      { reason },
      { cause },
    );
  }
}

/**
 * The bytes of an upload as they arrive.
 * @throws UploadEndedError BATCH_UPLOAD_ENDED when the sender goes away, pauses for longer than `idleMs`, or the server
 * stops
 */
export async function* uploadBody(
  request: Request,
  {
    clock,
    idleMs,
    stopping,
  }: { readonly clock: Clock; readonly idleMs: number; readonly stopping: AbortSignal },
): AsyncGenerator<Buffer> {
  // An early end must leave the connection open for the answer.
  const iterator = request.iterator({ destroyOnReturn: false })[Symbol.asyncIterator]();
  for (;;) {
    const waited = new AbortController();
    const next = iterator.next().catch((cause: unknown) => {
      throw new UploadEndedError('cut', cause);
    });
    const signal = AbortSignal.any([stopping, waited.signal]);
    const late = clock.sleep(idleMs, signal).then(() => undefined);
    const result = await Promise.race([next, late]).finally(() => waited.abort());
    if (result === undefined) {
      // It may still fail: nobody waits for it any more.
      next.catch(() => undefined);
      throw new UploadEndedError(stopping.aborted ? 'stopping' : 'idle');
    }
    if (result.done === true) return;
    yield result.value as Buffer;
  }
}
