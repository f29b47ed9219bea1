/** What a numbered event is to a client that has seen all events up to a number. */
export type Arrival = 'next' | 'seen' | 'ahead';

/**
 * Where a client stands in a numbered sequence. It lets every event through once and in order: whatever the server
 * sends again after a reconnect is recognised by its number.
 */
export class Sequence {
  private position: number | undefined;
  private epoch: string | undefined;

  /** @param since number of the last event that is known already; undefined: begin with what comes */
  constructor(since?: number) {
    this.position = since;
  }

  /** What the server needs to know to send what was missed. */
  since(): { readonly sinceSeq?: number; readonly epoch?: string } {
    if (this.position === undefined) return {};
    return { sinceSeq: this.position, ...(this.epoch !== undefined && { epoch: this.epoch }) };
  }

  /** The server says where the sequence stands: for those who have not begun. */
  begin(seq: number | undefined, epoch?: string): void {
    if (this.position === undefined && seq !== undefined) this.moveTo(seq, epoch);
  }

  /** Goes on from here, whatever was before. */
  moveTo(seq: number, epoch?: string): void {
    this.position = seq;
    this.epoch = epoch;
  }

  /** Moves on when it is the next one. */
  arrive(seq: number, epoch?: string): Arrival {
    this.begin(seq - 1, epoch);
    const position = this.position ?? seq - 1;
    if (epoch !== this.epoch) return 'ahead';
    if (seq <= position) return 'seen';
    if (seq > position + 1) return 'ahead';
    this.position = seq;
    return 'next';
  }
}
