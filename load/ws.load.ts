// Question: how many clients does one server hold, each in a layout with others, and how soon do they see each other?
// Run: npm run load -- ws --clients 5000     Without --url it starts a server of its own, on the same machine.
import { PeerProcess } from '../bench/support/peer-process.js';
import { type BenchRow, report } from '../bench/support/report.js';
import { Crowd, type StepFigures } from './crowd.js';
import { type LoadedServer, startOwnServer } from './own-server.js';
import { apiOf } from './server-load.js';
import { type LoadOptions, readOptions, USAGE } from './ws-options.js';

const EXIT_USAGE = 2;
/** From a cursor to everybody who sees it. */
const GOAL_MS = 100;
const HEADS = ['clients', 'connected', 'disconnected', 'sent', 'received', 'errors', 'p50', 'p95', 'p99'];
const MORE_HEADS = ['opening p99', 'connect p99', 'opened in s', 'server cpu', 'clients cpu', 'server MiB'];

const print = (line: string): void => void process.stdout.write(`${line}\n`);

function row(cells: readonly (string | number)[]): string {
  return cells.map((cell) => String(cell).padStart(13)).join('');
}

function ms(value: number | undefined): string {
  return value === undefined ? '-' : value.toFixed(value < 10 ? 1 : 0);
}

function percent(share: number | undefined): string {
  return share === undefined ? '-' : `${Math.round(share * 100)} %`;
}

async function makeLayouts(url: string, key: string, count: number): Promise<readonly string[]> {
  const api = apiOf(url, key);
  const layouts: string[] = [];
  for (let made = 0; made < count; made += 1) {
    const answer = await api.post('/api/layouts', { name: `load ${made + 1}` });
    if (answer.status !== 201)
      throw new TypeError(`A layout could not be made: ${answer.text.slice(0, 300)}`);
    layouts.push((answer.body?.data as { readonly id: string }).id);
  }
  return layouts;
}

function tell(step: StepFigures): void {
  const { clients, connected, disconnected, sent, received, errors, delivery, connect, serverBytes } = step;
  for (const [why, times] of Object.entries(step.reasons)) print(`  ${times} x ${why}`);
  const quantiles = [0.5, 0.95, 0.99].map((share) => ms(delivery.quantile(share)));
  const times = [ms(step.deliveryOnOpening.quantile(0.99)), ms(connect.quantile(0.99))];
  print(
    row([
      ...[clients, connected, disconnected, sent, received, errors, ...quantiles, ...times],
      ...[step.openedSeconds.toFixed(1), percent(step.serverShare), percent(step.clientsShare)],
      serverBytes === undefined ? '-' : (serverBytes / 2 ** 20).toFixed(0),
    ]),
  );
}

/** Everybody was there, stayed, and was refused nothing. */
function isWhole({ clients, connected, disconnected, errors }: StepFigures): boolean {
  return connected === clients && disconnected === 0 && errors === 0;
}

function toRow(step: StepFigures): BenchRow {
  const { clients, connected, disconnected, sent, received, errors, delivery, connect } = step;
  const round = (value: number | undefined): number => Number((value ?? NaN).toPrecision(3));
  return {
    id: `${clients} clients, ms from a cursor to who sees it (p99)`,
    ratio: delivery.quantile(0.99) ?? NaN,
    against: 'time',
    goal: GOAL_MS,
    want: 'at most',
    figures: {
      ...{ connected, disconnected, sent, received, errors },
      p50Ms: round(delivery.quantile(0.5)),
      p95Ms: round(delivery.quantile(0.95)),
      openingP99Ms: round(step.deliveryOnOpening.quantile(0.99)),
      connectP99Ms: round(connect.quantile(0.99)),
      openedSeconds: round(step.openedSeconds),
      serverShareOfCore: round(step.serverShare),
      busiestClientsShareOfCore: round(step.clientsShare),
      serverBytes: step.serverBytes ?? NaN,
    },
  };
}

async function run(options: LoadOptions, server: LoadedServer): Promise<readonly StepFigures[]> {
  const most = Math.max(...options.steps);
  const layouts = await makeLayouts(server.url, server.key, Math.ceil(most / options.perLayout));
  const workers = await Promise.all(
    Array.from({ length: options.workers }, () =>
      PeerProcess.start(new URL('./ws-worker.ts', import.meta.url)),
    ),
  );
  print(`${server.url}: ${options.perLayout} clients a layout, ${options.updatesPerSecond} states/s each.`);
  print(
    'Milliseconds from a state that was sent to each one who saw it: p50, p95, p99 when all are there, p99 while they come.',
  );
  print(row([...HEADS, ...MORE_HEADS]));
  const crowd = new Crowd(options, { url: server.url, key: server.key, layouts }, workers);
  const figures: StepFigures[] = [];
  try {
    for (const clients of options.steps) {
      const step = await crowd.step(clients);
      tell(step);
      figures.push(step);
    }
    await Promise.all(workers.map((worker) => worker.ask('end')));
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
  }
  return figures;
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), process.env['PLIMSOLL_API_KEY']);
  if (options === 'help') {
    print(USAGE);
    return;
  }
  const { url, key, isKept, ...rest } = options;
  const server = url === undefined ? await startOwnServer() : { url, key, stop: () => Promise.resolve() };
  try {
    const figures = await run(options, server);
    report('load-ws', figures.map(toRow), { ...rest, isOwnServer: url === undefined }, isKept);
    process.exitCode = figures.every(isWhole) ? 0 : 1;
  } finally {
    await server.stop();
  }
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = EXIT_USAGE;
}
