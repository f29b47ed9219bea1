// People at one layout, in a process of their own: an open loop, so that a server that stalls is not asked less.
import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { answerQuestions } from '../support/peer-process.js';
import { CELLS } from './data.js';

export interface EditorsOrder {
  readonly url: string;
  readonly layoutId: string;
  /** One an editor. */
  readonly keys: readonly string[];
  /** Where editors may put their own regions: this row and below. */
  readonly freeRow: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
}

/** Milliseconds from the moment each was due, by what was asked for. */
export interface EditorsResult {
  readonly times: Readonly<Record<Action, readonly number[]>>;
  /** Answers other than 2xx, for people. */
  readonly failures: readonly string[];
  readonly failed: number;
  /** How late this process itself was, in ms: that much of the times is not the server's. */
  readonly late: readonly number[];
}

export interface ReadsOrder {
  readonly url: string;
  readonly key: string;
  readonly paths: readonly string[];
  readonly perSecond: number;
}

/** What each editor does, again and again, one a second. */
const CYCLE = [
  'add',
  'load',
  'move',
  'search',
  'resize',
  'undo',
  'filter',
  'redo',
  'load',
  'delete',
] as const;
export type Action = (typeof CYCLE)[number];
const MS_PER_ACTION = 1_000;
const TIMEOUT_MS = 20_000;
const MOST_EXAMPLES = 5;
const WORDS = ['shop', 'fleet', 'robinhood', 'orders', 'w12', 'load of sh'];
const EDITORS_PER_ROW = 20;

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body?: object;
}

const agent = new Agent({ keepAlive: true, maxSockets: 200 });

class Editor {
  private regionId = '';

  constructor(
    private readonly order: EditorsOrder,
    private readonly index: number,
    private readonly record: (action: Action, dueAt: number, failure: string | undefined) => void,
  ) {}

  async act(step: number, dueAt: number): Promise<void> {
    const action = CYCLE[step % CYCLE.length] ?? 'load';
    const { status, text } = await ask(
      this.order.url,
      this.order.keys[this.index] ?? '',
      this.wish(action, step),
    );
    const isGood = status >= 200 && status < 300;
    this.record(action, dueAt, isGood ? undefined : `${action} ${status}: ${text.slice(0, 200)}`);
    if (action === 'add' && isGood) this.regionId = regionIdOf(text);
  }

  private wish(action: Action, step: number): Asked {
    const layout = `/api/layouts/${this.order.layoutId}`;
    const region = `${layout}/regions/${this.regionId}`;
    const word = encodeURIComponent(WORDS[step % WORDS.length] ?? '');
    const wishes: Readonly<Record<Action, Asked>> = {
      add: { method: 'POST', path: `${layout}/regions`, body: this.ownRegion(step) },
      move: { method: 'PATCH', path: region, body: { x: this.x + 2, y: this.y + 1 } },
      resize: { method: 'PATCH', path: region, body: { width: 3, height: 3 } },
      delete: { method: 'DELETE', path: region },
      undo: { method: 'POST', path: `${layout}/undo`, body: {} },
      redo: { method: 'POST', path: `${layout}/redo`, body: {} },
      load: { method: 'GET', path: layout },
      search: { method: 'GET', path: `${layout}/regions?search=${word}` },
      filter: { method: 'GET', path: `${layout}/regions?kind=chart` },
    };
    return wishes[action];
  }

  /** Where nobody else puts anything. */
  private get x(): number {
    return (this.index % EDITORS_PER_ROW) * CELLS.width;
  }

  private get y(): number {
    return this.order.freeRow + Math.floor(this.index / EDITORS_PER_ROW) * CELLS.height;
  }

  private ownRegion(step: number): object {
    return {
      x: this.x,
      y: this.y,
      width: 2,
      height: 2,
      title: `Of ${this.index}`,
      kind: 'chart',
      content: { step },
    };
  }
}

/** Everybody starts at a moment of their own within a second. */
async function edit(order: EditorsOrder): Promise<EditorsResult> {
  const times = Object.fromEntries(CYCLE.map((action) => [action, [] as number[]])) as unknown as Record<
    Action,
    number[]
  >;
  const failures: string[] = [];
  const late: number[] = [];
  const startedAt = performance.now();
  const countFrom = startedAt + order.warmUpSeconds * MS_PER_ACTION;
  const record = (action: Action, dueAt: number, failure: string | undefined): void => {
    if (failure !== undefined) failures.push(failure);
    if (dueAt >= countFrom) times[action].push(performance.now() - dueAt);
  };
  await Promise.all(
    order.keys.map(async (_key, index) => {
      const editor = new Editor(order, index, record);
      const offset = (index * MS_PER_ACTION) / order.keys.length;
      const steps = order.seconds + order.warmUpSeconds;
      for (let step = 0; step < steps; step += 1) {
        const dueAt = startedAt + offset + step * MS_PER_ACTION;
        const leftMs = dueAt - performance.now();
        await pause(Math.max(0, leftMs));
        if (leftMs > 0) late.push(performance.now() - dueAt);
        await editor.act(step, dueAt);
      }
    }),
  );
  return { times, late, failed: failures.length, failures: failures.slice(0, MOST_EXAMPLES) };
}

/** Paths one after the other at a steady pace, whatever became of those before. */
async function read({
  url,
  key,
  paths,
  perSecond,
}: ReadsOrder): Promise<{ times: number[]; failed: number }> {
  const times: number[] = [];
  let failed = 0;
  const startedAt = performance.now();
  await Promise.all(
    paths.map(async (path, index) => {
      const dueAt = startedAt + (index * 1_000) / perSecond;
      await pause(Math.max(0, dueAt - performance.now()));
      const { status } = await ask(url, key, { method: 'GET', path });
      if (status === 200) times.push(performance.now() - dueAt);
      else failed += 1;
    }),
  );
  return { times, failed };
}

function ask(
  url: string,
  key: string,
  { method, path, body }: Asked,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve) => {
    const fail = (error: unknown): void => resolve({ status: 0, text: String(error) });
    const asked = request(
      url + path,
      {
        ...{ agent, method, timeout: TIMEOUT_MS },
        headers: {
          Authorization: `Bearer ${key}`,
          ...(body !== undefined && { 'Content-Type': 'application/json' }),
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('end', () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
        );
        response.once('error', fail);
      },
    );
    asked.once('timeout', () => asked.destroy(new Error('timeout')));
    asked.once('error', fail);
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function regionIdOf(text: string): string {
  const { data } = JSON.parse(text) as { data: { id?: string; region?: { id: string } } };
  return data.id ?? data.region?.id ?? '';
}

answerQuestions({ edit, read });
