import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { delimiter, join, normalize } from 'node:path';
import { tmpdir } from 'node:os';
import { ROOT } from './source-files.js';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The browser of this machine; undefined when it has none that a test can drive. */
export function findBrowser(): string | undefined {
  const places = (process.env['PATH'] ?? '').split(delimiter);
  return NAMES.flatMap((name) => places.map((place) => join(place, name))).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Serves one page and the built client, and takes what the page says. */
export class PageServer {
  readonly said: unknown[] = [];
  private html = '';

  private constructor(private readonly server: Server) {}

  static async start(): Promise<PageServer> {
    const server = createServer((request, response) => void pages.answer(request, response));
    const pages = new PageServer(server);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return pages;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The page is this module; it imports the client from `/dist/client/index.js` and calls `say(value)`. */
  show(module: string): void {
    const say = `const say = (value) => fetch('/said', { method: 'POST', body: JSON.stringify(value) });`;
    this.html = `<!doctype html><title>page</title><script type="module">${say}\n${module}</script>`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { url = '/' } = request;
    if (url === '/said') {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      this.said.push(JSON.parse(Buffer.concat(chunks).toString()));
      response.end();
    } else if (url.startsWith('/dist/')) {
      response.setHeader('Content-Type', 'text/javascript');
      response.end(await readFile(join(ROOT, normalize(url))).catch(() => ''));
    } else {
      response.setHeader('Content-Type', 'text/html; charset=utf-8');
      response.end(this.html);
    }
  }
}

/** A browser without a window, with a profile of its own. */
export class Browser {
  private constructor(
    private readonly child: ChildProcess,
    private readonly profile: string,
  ) {}

  static async open(executable: string, url: string): Promise<Browser> {
    const profile = await mkdtemp(join(tmpdir(), 'plimsoll-browser-'));
    const flags = [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--no-first-run',
    ];
    const child = spawn(executable, [...flags, `--user-data-dir=${profile}`, url], {
      stdio: 'ignore',
      detached: true,
      env: { ...process.env, HOME: profile },
    });
    return new Browser(child, profile);
  }

  /** With all processes that it has started. */
  async close(): Promise<void> {
    const { pid } = this.child;
    if (pid !== undefined && this.child.exitCode === null) {
      const ended = once(this.child, 'exit');
      process.kill(-pid, 'SIGKILL');
      await ended;
    }
    await rm(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
