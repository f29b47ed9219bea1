// Question: how many clients does one server hold, each in a layout with others, and how soon do they see each other?
// Run: npm run load -- ws --clients 5000     Without --url it starts a server of its own, on the same machine.
import { PeerProcess } from '../bench/support/peer-process.js';
import { ApiClient } from '../test/support/api-client.js';
import { Latencies } from './latencies.js';
import { type LoadedServer, startOwnServer } from './own-server.js';
import { type LoadOptions, readOptions, USAGE } from './ws-options.js';
import type { Counts, Crowd } from './ws-worker.js';

const EXIT_USAGE = 2;

/** What a step came to. */
interface StepReport {
  /** Everybody was there, stayed, and was refused nothing. */
  readonly isWhole: boolean;
  readonly line: string;
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);

function row(cells: readonly (string | number)[]): string {
  return cells.map((cell) => String(cell).padStart(13)).join('');
}

function ms(value: number | undefined): string {
  return value === undefined ? '-' : value.toFixed(value < 10 ? 1 : 0);
}

async function makeLayouts(url: string, key: string, count: number): Promise<readonly string[]> {
  const api = new ApiClient(url.replace(/^ws/, 'http').replace(/\/ws$/, ''), key);
  const layouts: string[] = [];
  for (let made = 0; made < count; made += 1) {
    const answer = await api.post('/api/layouts', { name: `load ${made + 1}` });
    if (answer.status !== 201)
      throw new TypeError(`A layout could not be made: ${answer.text.slice(0, 300)}`);
    layouts.push((answer.body?.data as { readonly id: string }).id);
  }
  return layouts;
}

/** Brings the crowd to `clients`, and measures it for some seconds. */
class Load {
  private present = 0;
  private connected = 0;

  constructor(
    private readonly options: LoadOptions,
    private readonly server: Pick<LoadedServer, 'url' | 'key'>,
    private readonly layouts: readonly string[],
    private readonly workers: readonly PeerProcess[],
  ) {}

  async step(clients: number): Promise<StepReport> {
    const opening = performance.now();
    await Promise.all(this.workers.map((worker, index) => worker.ask('add', this.crowdOf(index, clients))));
    const openedMs = performance.now() - opening;
    this.present = clients;
    const opened = await this.takeAll();
    await new Promise((resolve) => setTimeout(resolve, this.options.seconds * 1_000));
    return this.report(clients, openedMs, [...opened, ...(await this.takeAll())]);
  }

  /** The part of those who are still missing that a worker brings. */
  private crowdOf(worker: number, clients: number): Crowd {
    const { perLayout, updatesPerSecond, workers } = this.options;
    const layouts: string[] = [];
    for (let client = this.present; client < clients; client += 1) {
      if (client % workers === worker) layouts.push(this.layouts[Math.floor(client / perLayout)] ?? '');
    }
    return { ...this.server, layouts, updatesPerSecond };
  }

  private takeAll(): Promise<readonly Counts[]> {
    return Promise.all(this.workers.map((worker) => worker.ask<Counts>('take')));
  }

  private report(clients: number, openedMs: number, counts: readonly Counts[]): StepReport {
    const sum = (of: (one: Counts) => number): number => counts.reduce((total, one) => total + of(one), 0);
    const [delivery, connect] = [new Latencies(), new Latencies()];
    for (const one of counts) delivery.merge(one.delivery);
    for (const one of counts) connect.merge(one.connect);
    const disconnected = sum((one) => one.disconnected);
    this.connected += sum((one) => one.connected) - disconnected;
    const { connected } = this;
    const [sent, received, errors] = [
      sum((one) => one.sent),
      sum((one) => one.received),
      sum((one) => one.errors),
    ];
    const quantiles = [0.5, 0.95, 0.99].map((share) => ms(delivery.quantile(share)));
    const cells = [clients, connected, disconnected, sent, received, errors, ...quantiles];
    const line = row([...cells, ms(connect.quantile(0.99)), (openedMs / 1_000).toFixed(1)]);
    const isWhole = connected === clients && disconnected === 0 && errors === 0;
    for (const { reasons } of counts)
      for (const [why, times] of Object.entries(reasons)) print(`  ${times} x ${why}`);
    return { isWhole, line };
  }
}

async function run(options: LoadOptions, server: LoadedServer): Promise<boolean> {
  const most = Math.max(...options.steps);
  const layouts = await makeLayouts(server.url, server.key, Math.ceil(most / options.perLayout));
  const workers = await Promise.all(
    Array.from({ length: options.workers }, () =>
      PeerProcess.start(new URL('./ws-worker.ts', import.meta.url)),
    ),
  );
  print(`${server.url}: ${options.perLayout} clients a layout, ${options.updatesPerSecond} states/s each.`);
  print(
    'Milliseconds from a state that was sent to each one who saw it (p50, p95, p99), and to connect (p99).',
  );
  const heads = ['clients', 'connected', 'disconnected', 'sent', 'received', 'errors', 'p50', 'p95', 'p99'];
  print(row([...heads, 'connect', 'opened in s']));
  const load = new Load(options, server, layouts, workers);
  let isWhole = true;
  try {
    for (const clients of options.steps) {
      const report = await load.step(clients);
      print(report.line);
      isWhole &&= report.isWhole;
    }
    await Promise.all(workers.map((worker) => worker.ask('end')));
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
  }
  return isWhole;
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), process.env['PLIMSOLL_API_KEY']);
  if (options === 'help') {
    print(USAGE);
    return;
  }
  const { url, key } = options;
  const server = url === undefined ? await startOwnServer() : { url, key, stop: () => Promise.resolve() };
  try {
    process.exitCode = (await run(options, server)) ? 0 : 1;
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
