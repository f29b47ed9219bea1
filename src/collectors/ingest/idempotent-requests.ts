import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import { Database, type Queryable } from '../../platform/database/index.js';
import { IdempotencyKeyInUseError, IdempotencyKeyReusedError } from '../errors.js';
import {
  IngestRequestRepository,
  type RequestKey,
  type RequestProgress,
} from './ingest-request.repository.js';

/** What a transaction of rows also does, such as recording the progress of its request. */
export type WithRows = (tx: Queryable) => Promise<void>;

/** What became of a request. */
export interface IngestReport {
  /** Rows of the request that are stored, by this call or by an earlier one with its Idempotency-Key. */
  readonly accepted: number;
  /** Everything had been stored before. */
  readonly isReplay: boolean;
}

/** A request that is stored whole, in one transaction. */
export interface WholeRequest {
  readonly rowCount: number;
  /** Absent: the client did not ask for it, and a repeated request is stored again. */
  readonly idempotency?: RequestKey & { readonly digest: Buffer };
}

/** Stores a request once, however often and from however many clients it is sent. */
@Injectable()
export class IdempotentRequests {
  constructor(
    private readonly db: Database,
    private readonly clock: Clock,
    private readonly requests: IngestRequestRepository,
  ) {}

  /**
   * Calls `write` unless the request was stored before; `write` must run what it is given, if anything, in the
   * transaction of its rows.
   * @throws IdempotencyKeyReusedError, IdempotencyKeyInUseError
   */
  async store(
    { rowCount, idempotency }: WholeRequest,
    write: (withRows?: WithRows) => Promise<void>,
  ): Promise<IngestReport> {
    if (idempotency === undefined) {
      await write();
      return { accepted: rowCount, isReplay: false };
    }
    const earlier = await this.requests.find(this.db, idempotency);
    if (earlier !== undefined) return replay(earlier, idempotency);
    try {
      await write(async (tx) => {
        const progress = {
          acceptedCount: rowCount,
          digest: idempotency.digest,
          isComplete: true,
          at: this.clock.now(),
        };
        const isMine = await this.requests.advance(tx, idempotency, 0, progress);
        if (!isMine) throw new IdempotencyKeyInUseError(idempotency.key);
      });
    } catch (error) {
      // A twin of this request may have finished between the look-up and the insert.
      const twin =
        error instanceof IdempotencyKeyInUseError && (await this.requests.find(this.db, idempotency));
      if (twin) return replay(twin, idempotency);
      throw error;
    }
    return { accepted: rowCount, isReplay: false };
  }
}

function replay(
  earlier: RequestProgress,
  { key, digest }: RequestKey & { readonly digest: Buffer },
): IngestReport {
  if (!earlier.isComplete || !earlier.digest.equals(digest)) throw new IdempotencyKeyReusedError(key);
  return { accepted: earlier.acceptedCount, isReplay: true };
}
