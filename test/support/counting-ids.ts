import { Ids } from '../../src/kernel/ids.js';

/** Identifiers that count, so that a test can name them beforehand. */
export class CountingIds extends Ids {
  private count = 0;

  constructor(readonly instanceId = 'instance-1') {
    super();
  }

  requestId(): string {
    return `request-${this.next()}`;
  }

  /** The count, padded with zeros on the left: token(4) is 0001. */
  token(length: number): string {
    return String(this.next()).padStart(length, '0');
  }

  fraction(): number {
    return 0.5;
  }

  private next(): number {
    this.count += 1;
    return this.count;
  }
}
