import { Injectable } from '@nestjs/common';
import { type MatchedSeries, type SeriesPattern, WindowRepository } from './window.repository.js';

/** A series that a pattern matches. */
export type Match = Omit<MatchedSeries, 'position'>;

/** Ids of named series that are kept, about 200 bytes each. */
const REMEMBERED = 50_000;

/** Finds series by their names. Series are never deleted: those that are named in full are asked for once. */
@Injectable()
export class SeriesMatches {
  /** By tenant, source and type: a key made of all three would be made anew for each rule of each evaluation. */
  private readonly known = new Map<string, Map<string, Map<string, readonly Match[]>>>();
  private remembered = 0;

  constructor(private readonly windows: WindowRepository) {}

  /** The series of each pattern, in their order, by id. One statement, or none. */
  async find(patterns: readonly SeriesPattern[], most: number): Promise<(readonly Match[])[]> {
    const found = patterns.map((pattern) => this.recall(pattern));
    // Thousands of rules may name the same pattern: each is asked for once, and all of them share what it matches.
    const asked = new Map<string, Asked>();
    patterns.forEach((pattern, index) => {
      if (found[index] !== undefined) return;
      const key = JSON.stringify([pattern.tenantId, pattern.scraperSource, pattern.metricType]);
      const same = asked.get(key);
      if (same === undefined) asked.set(key, { pattern, indices: [index], matches: [] });
      else same.indices.push(index);
    });
    if (asked.size > 0) await this.ask([...asked.values()], most);
    for (const { pattern, indices, matches } of asked.values()) {
      this.remember(pattern, matches);
      for (const index of indices) found[index] = matches;
    }
    return found.map((matches) => matches ?? []);
  }

  private async ask(asked: readonly Asked[], most: number): Promise<void> {
    const rows = await this.windows.match(
      asked.map(({ pattern }) => pattern),
      most,
    );
    for (const { position, ...match } of rows) asked[position]?.matches.push(match);
  }

  private recall(pattern: SeriesPattern): readonly Match[] | undefined {
    const { tenantId, scraperSource, metricType } = pattern;
    if (scraperSource === null || metricType === null) return undefined;
    return this.known.get(tenantId)?.get(scraperSource)?.get(metricType);
  }

  private remember({ tenantId, scraperSource, metricType }: SeriesPattern, matches: readonly Match[]): void {
    if (scraperSource === null || metricType === null || matches.length === 0) return;
    // All at once: they are found again by one statement.
    if (this.remembered >= REMEMBERED) this.known.clear();
    this.remembered = this.known.size === 0 ? 1 : this.remembered + 1;
    const ofTenant = this.known.get(tenantId) ?? new Map<string, Map<string, readonly Match[]>>();
    const ofSource = ofTenant.get(scraperSource) ?? new Map<string, readonly Match[]>();
    this.known.set(tenantId, ofTenant.set(scraperSource, ofSource.set(metricType, matches)));
  }
}

/** A pattern, where it was named, and what it matches. */
interface Asked {
  readonly pattern: SeriesPattern;
  readonly indices: number[];
  readonly matches: Match[];
}

/** Whether it names one series. */
export function isNamed({ scraperSource, metricType }: SeriesPattern): boolean {
  return scraperSource !== null && metricType !== null;
}
