import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { ServerProcess } from './server-process.js';

/** Admin key of tenant `default` on servers that `startApi` starts. */
export const ADMIN_KEY = `plim_root_${'e2e-'.repeat(10)}`;

/** An answer with its body read; `body` is undefined when it is no JSON. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: ApiBody | undefined;
}

/** The fields of envelopes and problem details that tests look at. */
export interface ApiBody {
  readonly success?: boolean;
  readonly data?: unknown;
  readonly meta?: { readonly from: string; readonly to: string };
  readonly code?: string;
  readonly detail?: string;
  readonly status?: number;
  readonly details?: { readonly issues?: readonly { readonly path: string }[]; readonly accepted?: number };
}

/** dist/main.js on one database of the test server, ready for requests. */
export function startApi(databaseUrl: string, env: Record<string, string> = {}): Promise<ServerProcess> {
  return ServerProcess.start({
    env: {
      DATABASE_URL: databaseUrl,
      DATABASE_POOL_MIN: '0',
      PLIMSOLL_ADMIN_KEY: ADMIN_KEY,
      LOG_LEVEL: 'warn',
      SHUTDOWN_NOT_READY_MS: '0',
      ...env,
    },
  });
}

/** What a client with one key asks of one server. */
export class ApiClient {
  /** @param key undefined sends none */
  constructor(
    private readonly url: string,
    private readonly key: string | undefined = ADMIN_KEY,
  ) {}

  /** Value of the Authorization header. */
  get authorization(): string {
    return `Bearer ${this.key ?? ''}`;
  }

  get(path: string): Promise<ApiAnswer> {
    return this.send(path, {});
  }

  /** Posts `body`, as JSON unless it is text already. */
  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<ApiAnswer> {
    return this.send(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  }

  /** Posts NDJSON text in one go. */
  postLines(text: string, headers: Record<string, string> = {}): Promise<ApiAnswer> {
    return this.post('/api/metrics/events', text, { 'Content-Type': 'application/x-ndjson', ...headers });
  }

  async send(path: string, init: RequestInit): Promise<ApiAnswer> {
    const authorization = this.key === undefined ? {} : { Authorization: this.authorization };
    const headers = { ...authorization, ...(init.headers as Record<string, string> | undefined) };
    const answer = await fetch(this.url + path, { ...init, headers, signal: AbortSignal.timeout(30_000) });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, text, body: toJson(text) };
  }

  /** Count of one series over everything that is kept; 0 for an unknown one. */
  async count(scraper: string): Promise<number> {
    const { body, status } = await this.get(
      `/api/metrics/stats?scraper=${encodeURIComponent(scraper)}&timeWindow=30d`,
    );
    if (status !== 200) throw new Error(`stats answered ${status}: ${body?.detail ?? ''}`);
    return (body?.data as { count: number }[]).reduce((sum, { count }) => sum + count, 0);
  }

  /** Creates a key of this key's tenant. */
  async createKey(role: string): Promise<string> {
    const { body } = await this.post('/api/keys', { name: `e2e ${role}`, role });
    return (body?.data as { key: string }).key;
  }

  /** Begins an NDJSON request whose lines are written one by one. */
  openStream(headers: Record<string, string> = {}): EventStreamRequest {
    return new EventStreamRequest(this.url, {
      Authorization: this.authorization,
      'Content-Type': 'application/x-ndjson',
      ...headers,
    });
  }
}

/** A POST of NDJSON that stays open until it is ended, cut or answered. */
export class EventStreamRequest {
  /** The answer; rejects when the connection breaks before it. */
  readonly answer: Promise<Pick<ApiAnswer, 'status' | 'body'>>;
  private readonly request: ClientRequest;

  constructor(url: string, headers: Record<string, string>) {
    this.request = httpRequest(`${url}/api/metrics/events`, { method: 'POST', headers });
    this.request.on('error', () => undefined);
    this.answer = this.read();
    // Tests that cut the connection do not ask for the answer.
    this.answer.catch(() => undefined);
  }

  /** Writes text, and waits when the server is slower; false when the connection has broken. */
  async write(text: string): Promise<boolean> {
    if (this.request.destroyed) return false;
    if (!this.request.write(text)) await this.drained();
    return !this.request.destroyed;
  }

  end(): void {
    this.request.end();
  }

  /** As a crashed sender would. */
  cut(): void {
    this.request.destroy();
  }

  private drained(): Promise<void> {
    const { request } = this;
    return new Promise((resolve) => {
      const finish = (): void => {
        request.off('drain', finish).off('close', finish);
        resolve();
      };
      request.on('drain', finish).on('close', finish);
    });
  }

  private async read(): Promise<Pick<ApiAnswer, 'status' | 'body'>> {
    const [response] = (await once(this.request, 'response')) as [IncomingMessage];
    let text = '';
    for await (const chunk of response) text += String(chunk);
    return { status: response.statusCode ?? 0, body: toJson(text) };
  }
}

function toJson(text: string): ApiBody | undefined {
  try {
    return JSON.parse(text) as ApiBody;
  } catch {
    return undefined;
  }
}
