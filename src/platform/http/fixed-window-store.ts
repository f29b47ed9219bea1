import type { IncrementResponse, Options, Store } from 'express-rate-limit';
import type { Clock } from '../../kernel/clock.js';

interface Window {
  hits: number;
  endsAtMs: number;
}

/**
 * Counts hits in windows of fixed length, for at most `maxClients` clients of a class. When a class is
 * full its oldest window is dropped: whoever commands that many addresses gains nothing from a fresh one.
 * Clients with a proven key are a class of their own, so that a flood of addresses cannot reset them.
 */
export class FixedWindowStore implements Store {
  readonly localKeys = true;
  private windowMs = 0;
  private readonly classes = new Map<string, Map<string, Window>>();

  constructor(
    private readonly clock: Clock,
    private readonly maxClients = 50_000,
  ) {}

  init({ windowMs }: Options): void {
    this.windowMs = windowMs;
  }

  increment(key: string): IncrementResponse {
    const window = this.windowOf(key);
    window.hits += 1;
    return this.describe(window);
  }

  decrement(key: string): void {
    const window = this.windowOf(key);
    window.hits = Math.max(0, window.hits - 1);
  }

  resetKey(key: string): void {
    this.classOf(key).delete(key);
  }

  private windowOf(key: string): Window {
    const clients = this.classOf(key);
    const now = this.clock.monotonic();
    const known = clients.get(key);
    if (known !== undefined && now < known.endsAtMs) return known;
    clients.delete(key);
    const [oldest] = clients.keys();
    if (clients.size >= this.maxClients && oldest !== undefined) clients.delete(oldest);
    const window = { hits: 0, endsAtMs: now + this.windowMs };
    clients.set(key, window);
    return window;
  }

  /** Keys are "class:rest". */
  private classOf(key: string): Map<string, Window> {
    const name = key.slice(0, key.indexOf(':'));
    const clients = this.classes.get(name) ?? new Map<string, Window>();
    this.classes.set(name, clients);
    return clients;
  }

  private describe({ hits, endsAtMs }: Window): IncrementResponse {
    const leftMs = endsAtMs - this.clock.monotonic();
    return { totalHits: hits, resetTime: new Date(this.clock.now().getTime() + leftMs) };
  }
}
