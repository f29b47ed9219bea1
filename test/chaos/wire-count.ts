/** What came over the wires of one client that follows a layout: what the client makes good itself is not hidden. */
export class WireCount {
  events = 0;
  /** Numbers that were left out, and numbers that came again. */
  lost = 0;
  doubled = 0;
  gaps = 0;
  /** Events that it was told when it had come back. */
  replayed = 0;
  last: number | undefined;

  /** @returns whether this lets the client into its layout */
  hear(text: string): boolean {
    if (!/^\{"type":"(subscribed|region\.changed|resumed|gap)"/.test(text)) return false;
    const {
      type,
      seq = 0,
      events = 0,
    } = JSON.parse(text) as {
      readonly type: string;
      readonly seq?: number;
      readonly events?: number;
    };
    if (type === 'subscribed') this.last ??= seq;
    else if (type === 'resumed') this.replayed += events;
    else if (type === 'gap') this.gaps += 1;
    else this.count(seq);
    return type === 'subscribed';
  }

  private count(seq: number): void {
    const expected = (this.last ?? seq - 1) + 1;
    this.events += 1;
    if (seq > expected) this.lost += seq - expected;
    if (seq < expected) this.doubled += 1;
    this.last = Math.max(seq, this.last ?? 0);
  }
}
