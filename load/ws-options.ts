import { parseArgs } from 'node:util';

export const USAGE = `npm run load -- ws [options]
  --clients n       connections of the last step (default 5000); steps below it: 100, 500, 1000, 5000
  --url ws://...    a running server; without it one is started here, with a database of its own
  --key plim_...    an API key of it, editor or above (default: PLIMSOLL_API_KEY)
  --seconds n       how long each step is measured (default 10), after all are there and --settle n more (default 2)
  --updates n       states of presence that each client sends a second (default 0.1)
  --per-layout n    clients in one layout (default 50)
  --workers n       processes that hold the clients (default 2)
  --short           100 clients for 2 s: whether it runs
  --keep            write the figures to bench/results/load-ws.json
Ends with 1 when a client could not connect, or was disconnected.`;

/** What is asked for on the command line. */
export interface LoadOptions {
  readonly steps: readonly number[];
  readonly url: string | undefined;
  readonly key: string;
  readonly seconds: number;
  readonly settleSeconds: number;
  readonly updatesPerSecond: number;
  readonly perLayout: number;
  readonly workers: number;
  readonly isKept: boolean;
}

const STEPS = [100, 500, 1_000, 5_000];

/** @throws TypeError when an option is not usable */
export function readOptions(argv: readonly string[], defaultKey: string | undefined): LoadOptions | 'help' {
  const [text, flag] = [{ type: 'string' } as const, { type: 'boolean' } as const];
  const { values } = parseArgs({
    args: [...argv],
    options: {
      ...{ clients: text, url: text, key: text, seconds: text, updates: text, workers: text },
      ...{ settle: text, 'per-layout': text, help: flag, short: flag, keep: flag },
    },
  });
  if (values.help === true) return 'help';
  const isShort = values.short === true;
  const clients = positive('--clients', values.clients, isShort ? 100 : 5_000);
  return {
    steps: [...STEPS.filter((step) => step < clients), clients],
    url: values.url,
    key: values.key ?? defaultKey ?? '',
    seconds: positive('--seconds', values.seconds, isShort ? 2 : 10),
    settleSeconds: positive('--settle', values.settle, isShort ? 0.5 : 2),
    updatesPerSecond: positive('--updates', values.updates, 0.1),
    perLayout: positive('--per-layout', values['per-layout'], 50),
    workers: positive('--workers', values.workers, 2),
    isKept: values.keep === true,
  };
}

function positive(name: string, value: string | undefined, byDefault: number): number {
  const number = value === undefined ? byDefault : Number(value);
  if (!(number > 0)) throw new TypeError(`${name} must be a number above 0, not "${value ?? ''}"`);
  return number;
}
