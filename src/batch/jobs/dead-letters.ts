import { Injectable } from '@nestjs/common';
import { type DeadLetter, DeadLetterRepository } from '../queue/dead-letter.repository.js';
import { JobLedger } from './job-ledger.js';

const PAGE = 500;

/** Bad records of jobs. */
@Injectable()
export class DeadLetters {
  constructor(
    private readonly ledger: JobLedger,
    private readonly letters: DeadLetterRepository,
  ) {}

  /** In the order of the upload, page by page. @throws BatchJobNotFoundError BATCH_JOB_NOT_FOUND, before the first */
  async of(tenantId: string, jobId: string): Promise<AsyncIterable<DeadLetter>> {
    await this.ledger.get(tenantId, jobId);
    return this.pages(jobId);
  }

  private async *pages(jobId: string): AsyncGenerator<DeadLetter> {
    for (let after = 0; ;) {
      const rows = await this.letters.page(jobId, after, PAGE);
      yield* rows;
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) return;
      after = last.record;
    }
  }
}
