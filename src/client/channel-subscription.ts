import type { AlertMessage, JobMessage, PerformanceMessage, ServerMessage } from './messages.js';
import type { ResumeTarget, Subscription, SubscriptionLink } from './subscription.js';

/** Messages by channel. */
export interface ChannelMessages {
  readonly alerts: AlertMessage;
  readonly jobs: JobMessage;
  readonly performance: PerformanceMessage;
}

/** What a channel tells. */
export interface ChannelListener<Message> {
  onMessage?(message: Message): void;
  /** The connection was lost and is there again: what was told meanwhile is not told again. */
  onReconnected?(): void;
  /** The subscription was refused, and is over. */
  onRefused?(error: Error): void;
}

/** Alerts of a tenant, progress of its batch jobs, or samples of an instance: what was missed is not told again. */
export class ChannelSubscription<Name extends keyof ChannelMessages> implements Subscription {
  readonly target: { readonly channel: Name };
  private isKnown = false;

  constructor(
    channel: Name,
    private readonly listener: ChannelListener<ChannelMessages[Name]>,
    private readonly link: SubscriptionLink,
  ) {
    this.target = { channel };
  }

  /** Follows it no longer. */
  end(): void {
    this.link.end(this);
  }

  wanted(): ResumeTarget {
    return this.target;
  }

  receive(message: ServerMessage): void {
    if (message.type === 'subscribed') return this.subscribed();
    if (isTold(message)) this.listener.onMessage?.(message as ChannelMessages[Name]);
  }

  lost(): void {
    // Nothing that it has told becomes untrue.
  }

  refused(error: Error): void {
    this.listener.onRefused?.(error);
  }

  private subscribed(): void {
    if (this.isKnown) this.listener.onReconnected?.();
    this.isKnown = true;
  }
}

function isTold({ type }: ServerMessage): boolean {
  return type === 'alert' || type === 'job' || type === 'performance';
}
