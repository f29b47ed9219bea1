import { Injectable } from '@nestjs/common';
import { type MeasurementRequest, needOf, valueOf, type WindowCell } from '../windows/measurement.js';
import { isRawOnly, LONGEST_RAW_MS, MeasurementWindows } from '../windows/measurement-windows.js';
import { type CellQuestion, type PlacedCell, WindowRepository } from '../windows/window.repository.js';

/** Windows one statement reads. */
const CELLS_PER_STATEMENT = 20_000;
const NOTHING: WindowCell = { events: 0 };

/** What one series measured at each of the instants that were asked for. */
export interface ReplayedSeries {
  readonly values: readonly (number | null)[];
  /** Which of them had events. */
  readonly hasEvents: readonly boolean[];
}

/** What `MeasurementWindows` would have said at instants of the past, for all of them at once. */
@Injectable()
export class MeasurementReplay {
  constructor(
    private readonly live: MeasurementWindows,
    private readonly windows: WindowRepository,
  ) {}

  /** Whether a request can be answered at that length. */
  canAnswer(request: MeasurementRequest): boolean {
    return this.live.canAnswer(request);
  }

  /** For each series in order. One statement per 20,000 windows. */
  async windowsAtEach(
    request: MeasurementRequest,
    seriesIds: readonly number[],
    instants: readonly Date[],
  ): Promise<ReplayedSeries[]> {
    const need = needOf(request);
    const needs = new Set(need === undefined ? [] : [need]);
    const isRaw = request.windowMs <= LONGEST_RAW_MS || isRawOnly(request);
    const cells: (WindowCell | undefined)[] = [];
    const all = seriesIds.length * instants.length;
    for (let start = 0; start < all; start += CELLS_PER_STATEMENT) {
      const question = questionOf(request, seriesIds, instants, [
        start,
        Math.min(all, start + CELLS_PER_STATEMENT),
      ]);
      const placed: PlacedCell[] = isRaw
        ? await this.windows.fromRaw(question, needs)
        : await this.windows.fromRollups(question);
      for (const { position, ...cell } of placed) cells[start + position] = cell;
    }
    return seriesIds.map((_id, index) => {
      const own = instants.map((_at, instant) => cells[index * instants.length + instant] ?? NOTHING);
      return {
        values: own.map((cell) => valueOf(cell, request)),
        hasEvents: own.map(({ events }) => events > 0),
      };
    });
  }
}

/** The windows from one position to another, of all series one after the other. */
function questionOf(
  { windowMs, delayMs }: MeasurementRequest,
  seriesIds: readonly number[],
  instants: readonly Date[],
  [start, end]: readonly [number, number],
): CellQuestion {
  const positions = Array.from({ length: end - start }, (_, index) => start + index);
  const used = [...new Set(positions.map((position) => position % instants.length))].sort((a, b) => a - b);
  const numberOf = new Map(used.map((instant, number) => [instant, number]));
  return {
    spans: used.map((instant) => {
      const to = (instants[instant]?.getTime() ?? NaN) - delayMs;
      return { from: new Date(to - windowMs), to: new Date(to) };
    }),
    seriesIds: positions.map((position) => seriesIds[Math.floor(position / instants.length)] ?? NaN),
    spanOf: positions.map((position) => numberOf.get(position % instants.length) ?? NaN),
  };
}
