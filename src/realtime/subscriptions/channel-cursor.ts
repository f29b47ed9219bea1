import type { Published, Sink } from '../../presence/index.js';
import type { ClientOutlet } from '../sessions/client-outlet.js';

/** More than this is not kept for a client that catches up: it hears of a gap. */
const MAX_HELD = 256;
const MAX_HELD_BYTES = 256 * 1_024;

/** Where a client stands in the events of a channel. */
export interface ChannelPosition {
  readonly seq: number;
  /** Numbers of two epochs cannot be compared; undefined where there is only one. */
  readonly epoch?: string | undefined;
}

/**
 * Tells one client the events of one channel: each once, in the order of their numbers. While the client catches up,
 * what is published waits here.
 */
export class ChannelCursor {
  private held: Published[] | undefined = [];
  private heldBytes = 0;
  private hasOverflowed = false;
  private isOver = false;
  private latest: ChannelPosition | undefined;
  private position: ChannelPosition | undefined;

  constructor(
    private readonly outlet: ClientOutlet,
    private readonly key: string,
  ) {}

  /** Last event that the client was told; undefined while it catches up, and where events have no numbers. */
  get at(): ChannelPosition | undefined {
    return this.held === undefined ? this.position : undefined;
  }

  /** Whether nothing is told any more. */
  get hasEnded(): boolean {
    return this.isOver;
  }

  /** The client does not follow the channel any more, also when it is just being caught up. */
  end(): void {
    this.isOver = true;
    this.held = undefined;
  }

  /** Takes what is published. */
  readonly sink: Sink = (published) => {
    if (this.isOver) return;
    if (this.held === undefined) this.tell(published);
    else this.hold(published);
  };

  /** From now on what is published waits; again: when it waits already, nothing changes. */
  catchUp(): void {
    this.held ??= [];
  }

  /** Catching up failed: it goes on from where it stood. @returns false as `goLive` does */
  goOn(): boolean {
    return this.goLive(this.position);
  }

  /**
   * The client has everything up to `position`: what waited is told, and what comes from now on.
   * @returns false when too much had to wait: the client hears of a gap, and loads the state anew
   */
  goLive(position: ChannelPosition | undefined): boolean {
    const { held = [], hasOverflowed } = this;
    this.position = hasOverflowed ? (this.latest ?? position) : position;
    this.held = undefined;
    this.heldBytes = 0;
    this.hasOverflowed = false;
    if (hasOverflowed) return false;
    for (const published of held) this.tell(published);
    return true;
  }

  private hold(published: Published): void {
    const { seq, epoch } = published;
    if (seq !== undefined) this.latest = { seq, epoch };
    this.heldBytes += published.frame.length;
    this.hasOverflowed ||= (this.held?.length ?? 0) >= MAX_HELD || this.heldBytes > MAX_HELD_BYTES;
    if (this.hasOverflowed) this.held = [];
    else this.held?.push(published);
  }

  private tell({ frame, lane, seq, epoch }: Published): void {
    if (seq !== undefined) {
      const isSameEpoch = this.position?.epoch === epoch;
      if (isSameEpoch && seq <= (this.position?.seq ?? -1)) return;
      this.position = { seq, epoch };
    }
    this.outlet.send(frame, lane, this.key);
  }
}
