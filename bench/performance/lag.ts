import { setTimeout as pause } from 'node:timers/promises';
import { openBenchDatabase } from '../support/embedded-database.js';
import { median } from '../support/measure.js';
import type { BenchRow } from '../support/report.js';
import type { Scale } from './scale.js';
import { startServer } from './server.js';

const BLOCK_MS = 1_000;
/** Within this share of the block. */
const CLOSE = 0.1;
const APART_MS = 3_000;
const MS_PER_SECOND = 1_000;

/** What a scraper sees of the event loop. */
interface Scrape {
  readonly mostMs: number;
  readonly blockedSeconds: number;
}

/**
 * A server whose process the system holds up for a second: is that told as a lag of a second, and do a scraper that
 * asks ten times a second and one that asks before and after see the same?
 */
export async function benchLag({ blocks }: Scale): Promise<BenchRow[]> {
  const database = await openBenchDatabase();
  const server = await startServer({ DATABASE_URL: database.url });
  try {
    const errors: number[] = [];
    const lags: number[] = [];
    const differences: number[] = [];
    for (let block = 0; block < blocks; block += 1) {
      const before = await scrape(server.url);
      const busy = scrapeOften(server.url);
      process.kill(server.pid, 'SIGSTOP');
      await pause(BLOCK_MS);
      process.kill(server.pid, 'SIGCONT');
      await pause(MS_PER_SECOND);
      const often = await busy.stop();
      const [rare, other] = await Promise.all([scrape(server.url), scrape(server.url)]);
      lags.push(rare.mostMs);
      errors.push(Math.abs(rare.mostMs - BLOCK_MS) / BLOCK_MS);
      const blocked = rare.blockedSeconds - before.blockedSeconds;
      const sumOfBusy = often - before.blockedSeconds;
      differences.push(
        Math.abs(other.mostMs - rare.mostMs) / BLOCK_MS,
        Math.abs(blocked - sumOfBusy) / blocked,
      );
      await pause(APART_MS);
    }
    return [
      {
        id: 'block-of-1s-seen-error',
        ratio: Math.max(...errors),
        against: 'length of the block, as a share of it; process_event_loop_lag_seconds{stat="max"}',
        goal: CLOSE,
        want: 'at most',
        figures: { blocks, medianMs: Math.round(median(lags)) },
      },
      {
        id: 'two-scrapers-differ',
        ratio: Math.max(...differences),
        against:
          'what the other scraper sees: lag, and the growth of process_event_loop_blocked_seconds_total',
        goal: CLOSE,
        want: 'at most',
      },
    ];
  } finally {
    await server.kill();
    await database.close();
  }
}

/** Ten times a second, until it is stopped; answers the last counter it saw. */
function scrapeOften(url: string): { stop(): Promise<number> } {
  const stopped = new AbortController();
  const work = (async () => {
    let last = 0;
    while (!stopped.signal.aborted) {
      last = (await scrape(url)).blockedSeconds;
      await pause(100);
    }
    return last;
  })();
  return {
    stop: () => {
      stopped.abort();
      return work;
    },
  };
}

async function scrape(url: string): Promise<Scrape> {
  const text = await (await fetch(`${url}/metrics?format=prometheus`)).text();
  const valueOf = (series: string): number => {
    const line = text.split('\n').find((one) => one.startsWith(`${series} `));
    return Number(line?.split(' ').at(-1));
  };
  return {
    mostMs: valueOf('process_event_loop_lag_seconds{stat="max"}') * MS_PER_SECOND,
    blockedSeconds: valueOf('process_event_loop_blocked_seconds_total'),
  };
}
