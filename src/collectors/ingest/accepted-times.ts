import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import { type EventIssue, InvalidEventError } from '../errors.js';
import { RawHorizon } from '../rollups/raw-horizon.js';
import { MINUTE_MS } from '../time.js';

/** A collector's clock may be this much ahead of ours. */
export const MAX_AHEAD_MS = 5 * MINUTE_MS;

/** Issues an error carries; the rest would repeat them. */
const MAX_ISSUES = 20;

/** Where rows stand in a body, for messages: `list` is "" when the body is a single row. */
export interface RowPlace {
  readonly list: string;
  readonly field: string;
}

/** Decides which times are accepted: an event needs its partition, and a clock can only be so wrong. */
@Injectable()
export class AcceptedTimes {
  constructor(
    private readonly clock: Clock,
    private readonly horizon: RawHorizon,
  ) {}

  /** What is wrong with each time, in order; `undefined` where nothing is, or where there is no time. */
  problems(times: readonly (string | null | undefined)[]): (string | undefined)[] {
    const earliest = this.horizon.earliest().getTime();
    const latest = this.clock.now().getTime() + MAX_AHEAD_MS;
    return times.map((time) => {
      if (time === undefined || time === null) return undefined;
      const at = Date.parse(time);
      if (at >= earliest && at <= latest) return undefined;
      const bounds = `${new Date(earliest).toISOString()} and ${new Date(latest).toISOString()}`;
      return `must lie between ${bounds}, was ${time}`;
    });
  }

  /** @throws InvalidEventError COLLECTORS_EVENT_INVALID, naming the first rows whose time is not accepted */
  demand(times: readonly (string | null | undefined)[], { list, field }: RowPlace): void {
    const issues = this.problems(times).flatMap((message, index): EventIssue[] => {
      const path = list === '' ? field : `${list}.${index}.${field}`;
      return message === undefined ? [] : [{ path, message }];
    });
    if (issues.length > 0) throw new InvalidEventError(issues.slice(0, MAX_ISSUES));
  }
}
