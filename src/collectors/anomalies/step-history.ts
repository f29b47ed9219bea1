import { Injectable } from '@nestjs/common';
import { HOUR_MS } from '../time.js';
import { type MeasurementRequest, type Need, needOf, valueOf } from '../windows/measurement.js';
import { type Match, SeriesMatches } from '../windows/series-matches.js';
import type { SeriesPattern } from '../windows/window.repository.js';
import { type StepCell, type StepQuestion, StepRepository } from './step.repository.js';

/** What of the events of a step is one number. */
export type StepMeasure = Pick<MeasurementRequest, 'measure' | 'aggregation'>;

/** Steps that are asked for: those of one series from `since`, as a number each. */
export interface StepRequest extends StepMeasure {
  readonly seriesId: number;
  readonly since: Date;
}

/** One step that has events. Null: nothing that counts was measured in it. */
export interface StepValue {
  /** Begin of the step. */
  readonly at: Date;
  readonly value: number | null;
}

/** A request on its way to its answer. */
interface Asking {
  readonly request: StepRequest;
  readonly answer: StepValue[];
  readonly need: Need | undefined;
}

/** Rollups do not have these. */
const RAW_ONLY: ReadonlySet<Need> = new Set([
  'lastDuration',
  'lastItems',
  'lastSuccess',
  'itemRanks',
  'itemEnds',
]);

/** The past of many series in steps, for whoever learns from it. */
@Injectable()
export class StepHistory {
  constructor(
    private readonly steps: StepRepository,
    private readonly matches: SeriesMatches,
  ) {}

  /** The series that each pattern matches, by id, at most so many of each. One statement, or none. */
  match(patterns: readonly SeriesPattern[], most: number): Promise<(readonly Match[])[]> {
    return this.matches.find(patterns, most);
  }

  /**
   * The whole steps before `until` that have events, for each request in their order. At most two statements: one that
   * reads raw rows, and one that reads hourly rollups, for steps of whole hours.
   */
  async read(requests: readonly StepRequest[], stepMs: number, until: Date): Promise<StepValue[][]> {
    const asking = requests.map((request): Asking => ({ request, answer: [], need: needOf(request) }));
    const isRaw = ({ need }: Asking): boolean =>
      stepMs % HOUR_MS !== 0 || (need !== undefined && RAW_ONLY.has(need));
    const span = { stepMs, until };
    await this.answer(asking.filter(isRaw), span, (question, needs) => this.steps.fromRaw(question, needs));
    await this.answer(
      asking.filter((each) => !isRaw(each)),
      span,
      (question, needs) => this.steps.fromRollups(question, needs.has('durationRanks')),
    );
    return asking.map(({ answer }) => answer);
  }

  private async answer(
    asking: readonly Asking[],
    span: Pick<StepQuestion, 'stepMs' | 'until'>,
    read: (question: StepQuestion, needs: ReadonlySet<Need>) => Promise<StepCell[]>,
  ): Promise<void> {
    if (asking.length === 0) return;
    const bySeries = new Map<number, Asking[]>();
    for (const each of asking) {
      const { seriesId } = each.request;
      const others = bySeries.get(seriesId);
      if (others === undefined) bySeries.set(seriesId, [each]);
      else others.push(each);
    }
    const askers = [...bySeries.values()];
    const question = {
      ...span,
      seriesIds: [...bySeries.keys()],
      since: askers.map((each) => new Date(Math.min(...each.map(({ request }) => request.since.getTime())))),
    };
    const needs = new Set(asking.flatMap(({ need }) => need ?? []));
    for (const { position, at, ...cell } of await read(question, needs)) {
      for (const { request, answer } of askers[position] ?? []) {
        if (at >= request.since) answer.push({ at, value: valueOf(cell, request) });
      }
    }
  }

  /** About how many events reading a request costs, in their order. */
  eventsOf(requests: readonly StepRequest[], stepMs: number, until: Date): Promise<number[]> {
    return this.steps.eventsOf({
      seriesIds: requests.map(({ seriesId }) => seriesId),
      since: requests.map(({ since }) => since),
      until,
      stepMs,
    });
  }
}
