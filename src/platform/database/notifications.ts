import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import pg from 'pg';
import { Clock, type Timer } from '../../kernel/clock.js';
import { Ids } from '../../kernel/ids.js';
import { Logger } from '../logging/index.js';
import { DatabaseServer } from './database-server.js';

const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 5_000;
const CONNECT_TIMEOUT_MS = 5_000;
const KEEP_ALIVE_AFTER_MS = 10_000;

/**
 * Hears NOTIFY on a connection of its own. A notification is a hint: those sent while the connection is down are
 * lost, so whoever listens also looks now and then; `listener` is called once after each (re)connection.
 */
@Injectable()
export class Notifications implements OnApplicationShutdown {
  private readonly listeners = new Map<string, (() => void)[]>();
  private client: pg.Client | undefined;
  /** What the connection does, one statement after the other; it never rejects. */
  private listening: Promise<void> = Promise.resolve();
  private timer: Timer | undefined;
  private failures = 0;
  private isStopped = false;

  constructor(
    @Inject(DatabaseServer) private readonly server: DatabaseServer,
    private readonly clock: Clock,
    private readonly ids: Ids,
    private readonly logger: Logger,
  ) {}

  /** @param channel a constant of this code base */
  listen(channel: string, listener: () => void): void {
    this.listeners.set(channel, [...(this.listeners.get(channel) ?? []), listener]);
    if (this.client === undefined && this.timer === undefined) this.connectAfter(0);
    const { client } = this;
    if (client === undefined) return;
    // A connection that breaks meanwhile is replaced, and the new one listens to all channels.
    this.listening = this.listening.then(() => this.listenOn(client, channel)).catch(() => undefined);
  }

  async onApplicationShutdown(): Promise<void> {
    this.isStopped = true;
    this.timer?.cancel();
    await this.client?.end().catch(() => undefined);
  }

  private connectAfter(delayMs: number): void {
    if (this.isStopped) return;
    this.timer = this.clock.after(delayMs, () => {
      this.timer = undefined;
      this.connect();
    });
  }

  private connect(): void {
    const client = new pg.Client({
      connectionString: this.server.url,
      application_name: 'plimsoll-notifications',
      keepAlive: true,
      // Nothing is ever sent on it: a peer that went without a word would be missed for hours.
      keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    });
    this.client = client;
    client.on('notification', ({ channel }) => this.tell(channel));
    client.on('error', () => this.lose(client));
    client.on('end', () => this.lose(client));
    this.listening = this.open(client);
  }

  private async open(client: pg.Client): Promise<void> {
    try {
      await client.connect();
      for (const channel of this.listeners.keys()) await this.listenOn(client, channel);
      this.failures = 0;
      for (const channel of this.listeners.keys()) this.tell(channel);
    } catch (error) {
      if (this.failures === 0)
        this.logger.warn('Notifications of the database are not heard', { err: error });
      this.lose(client);
    }
  }

  private async listenOn(client: pg.Client, channel: string): Promise<void> {
    await client.query(`LISTEN ${channel}`);
  }

  private tell(channel: string): void {
    for (const listener of this.listeners.get(channel) ?? []) listener();
  }

  private lose(client: pg.Client): void {
    if (this.client !== client) return;
    this.client = undefined;
    client.end().catch(() => undefined);
    this.failures += 1;
    const fullMs = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(this.failures, 10));
    this.connectAfter(fullMs / 2 + this.ids.fraction() * (fullMs / 2));
  }
}
