import type { MetricsBatch, ServerMessage } from './messages.js';
import { Sequence } from './sequence.js';
import type { ResumeTarget, Subscription, SubscriptionLink } from './subscription.js';

/** What a scraper source tells. */
export interface SourceListener {
  /** Points as they were stored: every batch once, in order. */
  onPoints?(batch: MetricsBatch): void;
  /** Batches were missed that cannot be had any more: ask for the statistics anew. */
  onGap?(): void;
  /** The subscription was refused, and is over. */
  onRefused?(error: Error): void;
}

/** A scraper source that is followed. */
export class SourceSubscription implements Subscription {
  readonly target: { readonly source: string };
  private readonly sequence = new Sequence();

  constructor(
    source: string,
    private readonly listener: SourceListener,
    private readonly link: SubscriptionLink,
  ) {
    this.target = { source };
  }

  /** Follows it no longer. */
  end(): void {
    this.link.end(this);
  }

  wanted(): ResumeTarget {
    return { ...this.target, ...this.sequence.since() };
  }

  receive(message: ServerMessage): void {
    if (message.type === 'subscribed') this.sequence.begin(message.seq, message.epoch);
    else if (message.type === 'metrics.batch') this.arrived(message);
    else if (message.type === 'gap') {
      this.sequence.moveTo(message.seq, message.epoch);
      this.listener.onGap?.();
    }
  }

  lost(): void {
    // What it had stays: there is nothing that becomes untrue.
  }

  refused(error: Error): void {
    this.listener.onRefused?.(error);
  }

  private arrived(batch: MetricsBatch): void {
    const arrival = this.sequence.arrive(batch.seq, batch.epoch);
    if (arrival === 'next') this.listener.onPoints?.(batch);
    else if (arrival === 'ahead') this.link.resume(this);
  }
}
