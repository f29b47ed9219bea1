import { Injectable } from '@nestjs/common';
import { DAY_MS, HOUR_MS } from '../time.js';
import {
  type MeasuredSeries,
  type Measurement,
  type MeasurementRequest,
  needOf,
  valueOf,
} from './measurement.js';
import { cutsOf } from './series-bounds.js';
import { isNamed, type Match, SeriesMatches } from './series-matches.js';
import { type CellQuestion, type PlacedCell, WindowRepository } from './window.repository.js';

/** Series that one request may match. */
export const MOST_SERIES = 500;
/** Up to this length windows are read from raw rows, longer ones from hourly rollups. */
export const LONGEST_RAW_MS = 2 * HOUR_MS;
/** What rollups do not have, raw rows are read for; up to this length. */
const LONGEST_ANYWAY_MS = DAY_MS;
/** A series without events for so long is not expected any more. */
const ACTIVE_MS = 7 * DAY_MS;
/** Cells one statement reads, about 200 bytes each. */
const CELLS_PER_STATEMENT = 20_000;

/** Above every delay: a length and a delay make one number. */
const DELAYS = HOUR_MS;

/** One series of one request. */
interface Wanted {
  readonly request: MeasurementRequest;
  readonly match: Match;
  /** Where its value goes. */
  readonly into: MeasuredSeries[];
}

/** Measurements of collectors over windows that end now: for many askers at once, exact to the last commit. */
@Injectable()
export class MeasurementWindows {
  constructor(
    private readonly windows: WindowRepository,
    private readonly matches: SeriesMatches,
  ) {}

  /** Whether a request can be answered at that length; false: only of windows up to a day. */
  canAnswer(request: MeasurementRequest): boolean {
    return request.windowMs <= LONGEST_ANYWAY_MS || !isRawOnly(request);
  }

  /**
   * One measurement per request, in their order. One statement for all windows up to two hours, and one for all longer
   * ones (their percentiles are within 1 %); each series and window is read once, whoever asks. Requests that
   * `canAnswer` refuses get no series.
   * @param at end of the windows, by the database's clock
   */
  async windowsAt(requests: readonly MeasurementRequest[], at: Date): Promise<Measurement[]> {
    const matched = await this.matches.find(requests, MOST_SERIES + 1);
    // By id, so that those that were there first go on being measured when others come.
    const bounded = matched.map((matches) => matches.slice(0, MOST_SERIES));
    const refused = cutsOf(requests, bounded, MOST_SERIES);
    const measurements = matched.map(({ length }, index) => ({
      series: [] as MeasuredSeries[],
      isCut: refused[index] === true || length > MOST_SERIES,
    }));
    const wanted = requests.flatMap((request, index): Wanted[] => {
      const measurement = measurements[index];
      if (measurement === undefined || refused[index] === true || !this.canAnswer(request)) return [];
      return (bounded[index] ?? []).map((match) => ({ request, match, into: measurement.series }));
    });
    const isRaw = ({ request }: Wanted): boolean => request.windowMs <= LONGEST_RAW_MS || isRawOnly(request);
    const empty = [
      ...(await this.measure(wanted.filter(isRaw), at, (question, group) =>
        this.windows.fromRaw(question, new Set(group.flatMap(({ request }) => needOf(request) ?? []))),
      )),
      ...(await this.measure(
        wanted.filter((each) => !isRaw(each)),
        at,
        (question) => this.windows.fromRollups(question),
      )),
    ];
    await this.addEmpty(empty, at);
    return measurements;
  }

  /** Gives values to those that have events; answers the others. */
  private async measure(
    wanted: readonly Wanted[],
    at: Date,
    read: (question: CellQuestion, group: readonly Wanted[]) => Promise<PlacedCell[]>,
  ): Promise<Wanted[]> {
    const empty: Wanted[] = [];
    for (let start = 0; start < wanted.length; start += CELLS_PER_STATEMENT) {
      const group = wanted.slice(start, start + CELLS_PER_STATEMENT);
      const { question, askers } = questionOf(group, at);
      const cells = await read(question, group);
      empty.push(...cells.flatMap((cell) => distribute(cell, askers[cell.position] ?? [])));
    }
    return empty;
  }

  /** Empty windows of series that still are expected to have events. */
  private async addEmpty(empty: readonly Wanted[], at: Date): Promise<void> {
    const since = new Date(at.getTime() - ACTIVE_MS);
    const isExpected = ({ request, match }: Wanted): boolean => isNamed(request) || match.createdAt >= since;
    const doubtful = empty.filter((each) => !isExpected(each));
    const active = new Set(
      doubtful.length === 0
        ? []
        : await this.windows.activeSince([...new Set(doubtful.map(({ match }) => match.id))], since),
    );
    for (const each of empty) {
      if (isExpected(each) || active.has(each.match.id)) each.into.push(measured(each, { events: 0 }));
    }
  }
}

export function isRawOnly(request: MeasurementRequest): boolean {
  const need = needOf(request);
  return (
    need === 'lastDuration' ||
    need === 'lastItems' ||
    need === 'lastSuccess' ||
    need === 'itemRanks' ||
    need === 'itemEnds'
  );
}

/** A span that is asked about, and who asks, by series. */
interface AskedSpan {
  readonly windowMs: number;
  readonly delayMs: number;
  readonly askers: Map<number, Wanted[]>;
}

/** The question without repetitions, and who asks at each of its positions. */
function questionOf(group: readonly Wanted[], at: Date): { question: CellQuestion; askers: Wanted[][] } {
  const byLength = new Map<number, AskedSpan>();
  for (const each of group) {
    const { askers } = spanOf(byLength, each.request);
    const ofSeries = askers.get(each.match.id);
    if (ofSeries === undefined) askers.set(each.match.id, [each]);
    else ofSeries.push(each);
  }
  const spans = [...byLength.values()];
  const question = {
    spans: spans.map(({ windowMs, delayMs }) => {
      const to = at.getTime() - delayMs;
      return { from: new Date(to - windowMs), to: new Date(to) };
    }),
    seriesIds: spans.flatMap(({ askers }) => [...askers.keys()]),
    spanOf: spans.flatMap(({ askers }, index) => Array.from(askers, () => index)),
  };
  return { question, askers: spans.flatMap(({ askers }) => [...askers.values()]) };
}

function spanOf(byLength: Map<number, AskedSpan>, { windowMs, delayMs }: MeasurementRequest): AskedSpan {
  const key = windowMs * DELAYS + delayMs;
  const known = byLength.get(key);
  if (known !== undefined) return known;
  const span = { windowMs, delayMs, askers: new Map<number, Wanted[]>() };
  byLength.set(key, span);
  return span;
}

/** Gives everybody who asked the value of the cell; those who get none. */
function distribute(cell: PlacedCell, askers: readonly Wanted[]): readonly Wanted[] {
  if (cell.events === 0) return askers;
  for (const each of askers) each.into.push(measured(each, cell));
  return [];
}

function measured({ request, match }: Wanted, cell: Omit<PlacedCell, 'position'>): MeasuredSeries {
  const { scraperSource, metricType } = match;
  return { scraperSource, metricType, value: valueOf(cell, request) };
}
