import { Injectable } from '@nestjs/common';
import { bucketOf, upperEdgeOf } from '../../kernel/log-buckets.js';
import { QuantileSketch } from '../../kernel/quantile-sketch.js';
import { cutsOf } from './series-bounds.js';
import { SeriesMatches } from './series-matches.js';
import { type ShareCounts, ShareRepository } from './share.repository.js';

/** Series that one request may match. */
export const MOST_SHARED_SERIES = 2_000;
/** Pairs of series and window one statement reads; with durations each may bring some 100 kB. */
const PAIRS_PER_STATEMENT = 20_000;
const SKETCHES_PER_STATEMENT = 500;

/** Which events are asked about, and when they are good. */
export interface ShareRequest {
  readonly tenantId: string;
  /** null: any. */
  readonly scraperSource: string | null;
  /** null: any. */
  readonly metricType: string | null;
  /** Good are events up to this duration, of those that have one; null: those that succeeded, of all. */
  readonly boundMs: number | null;
  /** [since, until) */
  readonly since: Date;
}

/** How many events there were, and how many of them were good. */
export interface EventShare {
  readonly events: number;
  readonly good: number;
  /** More than MOST_SHARED_SERIES match, or too many with the tenant's other requests; nothing was counted then. */
  readonly isCut: boolean;
}

/**
 * The share of good events in windows of any length that end at one instant, for many askers at once and exact to the
 * last commit. Durations are exact to the bucket: the one that holds the bound counts as good, so what took at most
 * 2 % longer may count.
 */
@Injectable()
export class EventShares {
  constructor(
    private readonly shares: ShareRepository,
    private readonly matches: SeriesMatches,
  ) {}

  /** One share per request, in their order. One statement per 20,000 windows of series, or per 500 of durations. */
  async sharesUntil(requests: readonly ShareRequest[], until: Date): Promise<EventShare[]> {
    const matched = await this.matches.find(requests, MOST_SHARED_SERIES + 1);
    const answers = cutsOf(requests, matched, MOST_SHARED_SERIES).map((isCut) => ({
      events: 0,
      good: 0,
      isCut,
    }));
    const pairs = requests.flatMap((request, index): Pair[] =>
      answers[index]?.isCut === false
        ? (matched[index] ?? []).map(({ id }) => ({ request, index, seriesId: id }))
        : [],
    );
    const isTimed = ({ request }: Pair): boolean => request.boundMs !== null;
    const groups = [
      ...groupsOf(
        pairs.filter((pair) => !isTimed(pair)),
        PAIRS_PER_STATEMENT,
      ),
      ...groupsOf(pairs.filter(isTimed), SKETCHES_PER_STATEMENT),
    ];
    for (const group of groups) {
      for (const { index, events, good } of await this.count(group, until)) {
        const answer = answers[index];
        if (answer === undefined) continue;
        answer.events += events;
        answer.good += good;
      }
    }
    return answers;
  }

  private async count(
    pairs: readonly Pair[],
    until: Date,
  ): Promise<{ index: number; events: number; good: number }[]> {
    const asked = [...new Map(pairs.map(({ request, index }) => [index, request]))];
    const places = new Map(asked.map(([index], place) => [index, place]));
    const rows = await this.shares.count({
      until,
      windows: asked.map(([, { since, boundMs }]) => ({
        since,
        edgeMs: boundMs === null ? null : edgeOf(boundMs),
      })),
      seriesIds: pairs.map(({ seriesId }) => seriesId),
      windowOf: pairs.map(({ index }) => places.get(index) ?? 0),
    });
    return rows.flatMap((row) => {
      const [index, request] = asked[row.position] ?? [];
      if (index === undefined || request === undefined) return [];
      return { index, ...shareOf(row, request.boundMs) };
    });
  }
}

/** One series of one request. */
interface Pair {
  readonly request: ShareRequest;
  /** Of the request. */
  readonly index: number;
  readonly seriesId: number;
}

function groupsOf(pairs: readonly Pair[], size: number): (readonly Pair[])[] {
  return Array.from({ length: Math.ceil(pairs.length / size) }, (_, group) =>
    pairs.slice(group * size, (group + 1) * size),
  );
}

/** The greatest duration that counts as good. */
function edgeOf(boundMs: number): number {
  return upperEdgeOf(bucketOf(boundMs));
}

function shareOf(
  { events, successes, durations, fast, sketch }: ShareCounts,
  boundMs: number | null,
): { events: number; good: number } {
  if (boundMs === null) return { events, good: successes };
  const rolledUp = new QuantileSketch();
  if (sketch !== null) rolledUp.addEncoded(sketch);
  return { events: durations, good: fast + rolledUp.countUpTo(bucketOf(boundMs)) };
}
