import { Injectable } from '@nestjs/common';
import { type MatchedSeries, type SeriesPattern, WindowRepository } from './window.repository.js';

/** A series that a pattern matches. */
export type Match = Omit<MatchedSeries, 'position'>;

/** Ids of named series that are kept, about 200 bytes each. */
const REMEMBERED = 50_000;

/** Finds series by their names. Series are never deleted: those that are named in full are asked for once. */
@Injectable()
export class SeriesMatches {
  private readonly known = new Map<string, Match>();

  constructor(private readonly windows: WindowRepository) {}

  /** The series of each pattern, in their order, by id. One statement, or none. */
  async find(patterns: readonly SeriesPattern[], most: number): Promise<(readonly Match[])[]> {
    const found = patterns.map((pattern) => this.recall(pattern));
    const asked = patterns.flatMap((pattern, index) =>
      found[index] === undefined ? [{ pattern, index }] : [],
    );
    if (asked.length === 0) return found.map((matches) => matches ?? []);
    const answered = asked.map((): Match[] => []);
    const rows = await this.windows.match(
      asked.map(({ pattern }) => pattern),
      most,
    );
    for (const { position, ...match } of rows) answered[position]?.push(match);
    asked.forEach(({ pattern, index }, position) => {
      const matches = answered[position] ?? [];
      this.remember(pattern, matches);
      found[index] = matches;
    });
    return found.map((matches) => matches ?? []);
  }

  private recall(pattern: SeriesPattern): Match[] | undefined {
    const match = isNamed(pattern) ? this.known.get(keyOf(pattern)) : undefined;
    return match && [match];
  }

  private remember(pattern: SeriesPattern, [match]: readonly Match[]): void {
    if (match === undefined || !isNamed(pattern)) return;
    // Oldest first; forgetting one costs a look-up.
    const [oldest] = this.known.keys();
    if (this.known.size >= REMEMBERED && oldest !== undefined) this.known.delete(oldest);
    this.known.set(keyOf(pattern), match);
  }
}

/** Whether it names one series. */
export function isNamed({ scraperSource, metricType }: SeriesPattern): boolean {
  return scraperSource !== null && metricType !== null;
}

function keyOf({ tenantId, scraperSource, metricType }: SeriesPattern): string {
  return `${tenantId}\0${scraperSource ?? ''}\0${metricType ?? ''}`;
}
