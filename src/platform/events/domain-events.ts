import { Injectable } from '@nestjs/common';
import { Logger } from '../logging/index.js';
import { type Counter, MetricRegistry } from '../telemetry/index.js';

/** A kind of event, with the type of what it tells. Its name is module.past-participle. */
export class EventType<Payload> {
  /** For the compiler alone: two types with different payloads are different types. */
  declare private readonly payload: Payload;

  constructor(readonly name: string) {}
}

type Listener = (payload: unknown) => unknown;

/**
 * Tells features upward what happened, inside this process. Whoever publishes neither waits for listeners nor hears
 * of their failures: these are logged and counted.
 */
@Injectable()
export class DomainEvents {
  private readonly listeners = new Map<string, Listener[]>();
  private readonly failures: Counter<'event'>;

  constructor(
    registry: MetricRegistry,
    private readonly logger: Logger,
  ) {
    this.failures = registry.counter('events_listener_failures_total', {
      help: 'Events a listener could not deal with.',
      labels: ['event'],
    });
  }

  /** Listeners are called one after another, in the order they came. */
  subscribe<Payload>(type: EventType<Payload>, listener: (payload: Payload) => unknown): void {
    const listeners = this.listeners.get(type.name) ?? [];
    listeners.push(listener as Listener);
    this.listeners.set(type.name, listeners);
  }

  publish<Payload>(type: EventType<Payload>, payload: Payload): void {
    for (const listener of this.listeners.get(type.name) ?? []) void this.call(type.name, listener, payload);
  }

  private async call(event: string, listener: Listener, payload: unknown): Promise<void> {
    try {
      await listener(payload);
    } catch (error) {
      this.failures.increment({ event });
      this.logger.error('A listener failed', { event, err: error });
    }
  }
}
