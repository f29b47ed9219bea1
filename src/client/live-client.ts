import { type ChannelListener, type ChannelMessages, ChannelSubscription } from './channel-subscription.js';
import { type LayoutListener, LayoutSubscription } from './layout-subscription.js';
import { type ClientState, Link, type LinkListener, type TokenSource } from './link.js';
import type { ErrorMessage, Request, ServerMessage } from './messages.js';
import { refusalOf, Requests } from './requests.js';
import { type SourceListener, SourceSubscription } from './source-subscription.js';
import type { Subscription, SubscriptionLink } from './subscription.js';
import { Subscriptions } from './subscriptions.js';
import { RUNTIME, runtimeSocket, type SocketConstructor, type Surroundings } from './surroundings.js';

/** Of refusals that do not say when to come again. */
const RETRY_AFTER_MS = 2_000;

export interface LiveClientOptions {
  /** Such as `wss://plimsoll.example/ws`. */
  readonly url: string;
  readonly token: TokenSource;
  /** Where the runtime has none of its own: that of the package `ws`. */
  readonly webSocket?: SocketConstructor;
  readonly surroundings?: Surroundings;
  onState?(state: ClientState): void;
  /** What belongs to no subscription and to no call. */
  onError?(error: unknown): void;
}

/**
 * Follows layouts, scraper sources and channels, over as many connections as it takes: it connects again after a loss,
 * asks for what was missed, and lets every numbered event through once and in order. It begins at once, and goes on
 * until it is closed or the server says that there is no use.
 */
export class LiveClient {
  private readonly link: Link;
  private readonly requests: Requests;
  private readonly subscriptions = new Subscriptions();
  private readonly surroundings: Surroundings;
  private readonly ways: SubscriptionLink;

  /** @throws ClientSocketMissingError CLIENT_SOCKET_MISSING */
  constructor(private readonly options: LiveClientOptions) {
    this.surroundings = options.surroundings ?? RUNTIME;
    const webSocket = options.webSocket ?? runtimeSocket();
    this.requests = new Requests(this.surroundings);
    const { url, token } = options;
    this.link = new Link({ url, token, webSocket, surroundings: this.surroundings }, this.listener());
    this.ways = {
      tell: (request) => this.tell(request),
      ask: (request) => this.ask(request),
      resume: (subscription) => this.resume(subscription),
      end: (subscription) => this.unfollow(subscription),
    };
    void this.link.connect();
  }

  get state(): ClientState {
    return this.link.current;
  }

  /** @throws ClientSubscribedError CLIENT_SUBSCRIBED_ALREADY */
  layout(layoutId: string, listener: LayoutListener = {}): LayoutSubscription {
    return this.follow(new LayoutSubscription(layoutId, listener, this.ways, this.surroundings));
  }

  /** @throws ClientSubscribedError CLIENT_SUBSCRIBED_ALREADY */
  source(name: string, listener: SourceListener): SourceSubscription {
    return this.follow(new SourceSubscription(name, listener, this.ways));
  }

  /** @throws ClientSubscribedError CLIENT_SUBSCRIBED_ALREADY */
  channel<Name extends keyof ChannelMessages>(
    name: Name,
    listener: ChannelListener<ChannelMessages[Name]>,
  ): ChannelSubscription<Name> {
    return this.follow(new ChannelSubscription(name, listener, this.ways));
  }

  /**
   * Goes on with another key on the same connection, before the one it has expires. Where the client was given its key
   * as text, it connects with this one from now on.
   */
  async authenticate(token: string): Promise<void> {
    await this.ask({ type: 'auth', token });
    this.link.adopt(token);
  }

  /** For good. Calls that wait for an answer fail. */
  close(): void {
    this.link.stop('it was closed');
  }

  private follow<Kind extends Subscription>(subscription: Kind): Kind {
    this.subscriptions.add(subscription);
    try {
      this.subscribe(subscription);
    } catch (error) {
      this.subscriptions.remove(subscription);
      throw error;
    }
    return subscription;
  }

  private subscribe(subscription: Subscription): void {
    if (!this.subscriptions.has(subscription)) return;
    this.request({ type: 'subscribe', ...subscription.wanted() }, [subscription]);
  }

  private unfollow(subscription: Subscription): void {
    if (this.subscriptions.remove(subscription)) this.tell({ type: 'unsubscribe', ...subscription.target });
  }

  private resume(subscription: Subscription): void {
    if (!this.subscriptions.beginResume(subscription)) return;
    this.request({ type: 'resume', targets: [subscription.wanted()] }, [subscription]);
  }

  /** Without a connection nothing is sent: all are asked for again when there is one. */
  private request(request: Request, asked: readonly Subscription[]): void {
    if (!this.link.isOpen) return;
    const ref = this.requests.newRef();
    this.subscriptions.asked(ref, asked);
    this.link.send(JSON.stringify({ ...request, ref }));
  }

  private tell(request: Request): void {
    if (!this.link.isOpen) return;
    try {
      this.link.send(JSON.stringify(request));
    } catch (error) {
      this.options.onError?.(error);
    }
  }

  private async ask(request: Request): Promise<ServerMessage> {
    const ref = this.requests.newRef();
    this.link.send(JSON.stringify({ ...request, ref }));
    return this.requests.answerTo(ref);
  }

  private listener(): LinkListener {
    return {
      changed: (state) => this.tellState(state),
      opened: () => this.resumeAll(),
      received: (message) => this.receive(message),
      lost: () => {
        this.requests.loseAll();
        this.subscriptions.lost();
      },
      failed: (error) => this.options.onError?.(error),
    };
  }

  /** What its listener throws is an error of the page: the client goes on as if it had not. */
  private tellState(state: ClientState): void {
    try {
      this.options.onState?.(state);
    } catch (error) {
      this.surroundings.after(0, () => {
        throw error;
      });
    }
  }

  private resumeAll(): void {
    for (const part of this.subscriptions.inParts()) this.resumePart(part);
  }

  /** One that cannot be asked for, such as a name that no frame holds, is no harm to the others. */
  private resumePart(part: readonly Subscription[]): void {
    try {
      this.request({ type: 'resume', targets: part.map((each) => each.wanted()) }, part);
    } catch (error) {
      const [only] = part;
      if (part.length > 1) for (const each of part) this.resumePart([each]);
      else if (only !== undefined && this.subscriptions.remove(only)) only.refused(error as Error);
    }
  }

  private receive(message: ServerMessage): void {
    if (this.requests.take(message)) return;
    if (message.type === 'error') this.refused(message);
    else this.subscriptions.receive(message);
  }

  private refused(message: ErrorMessage): void {
    const error = refusalOf(message);
    const subscriptions = this.subscriptions.refused(message);
    if (subscriptions.length === 0) this.options.onError?.(error);
    for (const subscription of subscriptions) {
      if (message.retryable) this.subscribeLater(subscription, message.retryAfterMs ?? RETRY_AFTER_MS);
      else if (this.subscriptions.remove(subscription)) subscription.refused(error);
    }
  }

  private subscribeLater(subscription: Subscription, afterMs: number): void {
    const delayMs = afterMs * (1 + this.surroundings.fraction());
    this.surroundings.after(delayMs, () => this.subscribe(subscription));
  }
}
