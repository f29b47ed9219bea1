import { Injectable } from '@nestjs/common';
import { Ids } from '../../kernel/ids.js';
import { sql } from '../../kernel/sql.js';
import { Database } from '../../platform/database/index.js';
import type { Point, Summary } from '../sampling/sample.js';
import type { Resolution } from './resolutions.js';

const DAY_MS = 86_400_000;
/** Every start of a process is an instance: those told of last. */
const MOST_INSTANCES = 50;

/** A step of the history, all instances together or one. */
export interface HistoryStep {
  readonly at: Date;
  readonly instances: number;
  readonly series: Readonly<Record<string, Summary>>;
}

/** What one instance did over a whole range. */
export interface InstancePast {
  readonly instanceId: string;
  /** Begin of its first and of its last point. */
  readonly from: Date;
  readonly to: Date;
  readonly series: Readonly<Record<string, Summary>>;
}

/** What part of the history is wanted. */
export interface HistoryRange {
  readonly from: Date;
  readonly to: Date;
  readonly resolution: Resolution;
  /** Undefined: all of them. */
  readonly instanceId: string | undefined;
}

/** performance_points: what was sampled, by instance and step. */
@Injectable()
export class HistoryRepository {
  constructor(
    private readonly db: Database,
    private readonly ids: Ids,
  ) {}

  /** Stores minutes of this instance. Safe to repeat. */
  async store(points: readonly Point[], keptDays: number): Promise<void> {
    await this.db.execute(sql`
      INSERT INTO performance_points (resolution_minutes, sampled_at, instance_id, expires_at, series)
      SELECT 1, p.at, ${this.ids.instanceId}, p.at + ${keptDays} * interval '1 day', p.series
      FROM unnest(${points.map(({ sampledAt }) => sampledAt)}::timestamptz[],
                  ${points.map(({ series }) => JSON.stringify(series))}::jsonb[]) AS p (at, series)
      ON CONFLICT DO NOTHING`);
  }

  /**
   * Adds finer points from [from, to) up to coarser ones; `from` is the begin of a coarse step. Safe to repeat: what is
   * there is made anew, because an instance may have told late, and a step may not have ended.
   */
  async rollUp(
    finer: Resolution,
    coarser: Resolution,
    { from, to }: { from: Date; to: Date },
  ): Promise<void> {
    await this.db.execute(sql`
      INSERT INTO performance_points (resolution_minutes, sampled_at, instance_id, expires_at, series)
      SELECT ${coarser.minutes}, at, instance_id, at + ${coarser.keptDays} * interval '1 day',
        jsonb_object_agg(name, jsonb_build_array(mean, least, greatest, samples))
      FROM (
        SELECT date_bin(${coarser.minutes} * interval '1 minute', p.sampled_at, 'epoch') AS at, p.instance_id, s.key AS name,
          sum((s.value->>0)::float8 * (s.value->>3)::float8) / sum((s.value->>3)::float8) AS mean,
          min((s.value->>1)::float8) AS least, max((s.value->>2)::float8) AS greatest,
          sum((s.value->>3)::float8) AS samples
        FROM performance_points p, jsonb_each(p.series) s
        WHERE p.resolution_minutes = ${finer.minutes} AND p.sampled_at >= ${from} AND p.sampled_at < ${to}
          AND p.expires_at >= ${later(from, finer)} AND p.expires_at < ${later(to, finer)}
        GROUP BY 1, 2, 3) summed
      GROUP BY at, instance_id
      ON CONFLICT (expires_at, resolution_minutes, sampled_at, instance_id) DO UPDATE SET series = excluded.series`);
  }

  /** Steps in their order, of all instances together: the mean of their means, the least and the greatest of all. */
  async steps({
    from,
    to,
    resolution,
    stepMinutes,
    instanceId,
  }: HistoryRange & { readonly stepMinutes: number }): Promise<HistoryStep[]> {
    return this.db.read<HistoryStep>(
      sql`
      SELECT at, max(instances)::int AS instances,
        jsonb_object_agg(name, jsonb_build_array(mean, least, greatest, samples)) AS series
      FROM (
        SELECT date_bin(${stepMinutes} * interval '1 minute', p.sampled_at, ${from}) AS at, s.key AS name,
          count(DISTINCT p.instance_id) AS instances,
          sum((s.value->>0)::float8 * (s.value->>3)::float8) / sum((s.value->>3)::float8) AS mean,
          min((s.value->>1)::float8) AS least, max((s.value->>2)::float8) AS greatest,
          sum((s.value->>3)::float8) AS samples
        FROM performance_points p, jsonb_each(p.series) s
        WHERE p.resolution_minutes = ${resolution.minutes} AND p.sampled_at >= ${from} AND p.sampled_at < ${to}
          AND p.expires_at >= ${later(from, resolution)} AND p.expires_at < ${later(to, resolution)}
          AND (${instanceId ?? null}::text IS NULL OR p.instance_id = ${instanceId ?? null})
        GROUP BY 1, 2) summed
      GROUP BY at ORDER BY at`,
      { mayLag: true },
    );
  }

  /** Each instance over the whole range, the ones told of last first, fifty at most. */
  async byInstance({ from, to, resolution, instanceId }: HistoryRange): Promise<InstancePast[]> {
    return this.db.read<InstancePast>(
      sql`
      SELECT instance_id AS "instanceId", min(first_at) AS "from", max(last_at) AS "to",
        jsonb_object_agg(name, jsonb_build_array(mean, least, greatest, samples)) AS series
      FROM (
        SELECT p.instance_id, s.key AS name, min(p.sampled_at) AS first_at, max(p.sampled_at) AS last_at,
          sum((s.value->>0)::float8 * (s.value->>3)::float8) / sum((s.value->>3)::float8) AS mean,
          min((s.value->>1)::float8) AS least, max((s.value->>2)::float8) AS greatest,
          sum((s.value->>3)::float8) AS samples
        FROM performance_points p, jsonb_each(p.series) s
        WHERE p.resolution_minutes = ${resolution.minutes} AND p.sampled_at >= ${from} AND p.sampled_at < ${to}
          AND p.expires_at >= ${later(from, resolution)} AND p.expires_at < ${later(to, resolution)}
          AND (${instanceId ?? null}::text IS NULL OR p.instance_id = ${instanceId ?? null})
        GROUP BY 1, 2) summed
      GROUP BY instance_id ORDER BY max(last_at) DESC, instance_id LIMIT ${MOST_INSTANCES}`,
      { mayLag: true },
    );
  }
}

/** When a point of this time expires: the partitions are by that. */
function later(at: Date, { keptDays }: Resolution): Date {
  return new Date(at.getTime() + keptDays * DAY_MS);
}
