import { LuaScript, type RedisLink } from '../../platform/redis/index.js';
import type { WarmupRun } from './warmup-run.js';

/** An instance that died in the middle of a run keeps others from warming for this long. */
const DEAD_AFTER_MS = 5_000;
/** How long the last run is shown. */
const REMEMBERED_MS = 24 * 3_600_000;

const TAKE = new LuaScript(new URL('lua/take-warmup-2.lua', import.meta.url));
const UPDATE = new LuaScript(new URL('lua/update-warmup-2.lua', import.meta.url));

/** The Redis keys of the board; both in one slot. */
export interface WarmupKeys {
  readonly warmup: string;
  readonly lastWarmup: string;
}

/**
 * Where instances see each other's warm-ups: one runs at a time. Every method throws when Redis does not answer.
 */
export class WarmupBoard {
  constructor(
    private readonly redis: RedisLink,
    private readonly keys: WarmupKeys,
  ) {}

  /** The run under way elsewhere; undefined when `mine` is the one now. */
  async take(mine: WarmupRun): Promise<WarmupRun | undefined> {
    const args = [JSON.stringify(mine), DEAD_AFTER_MS, REMEMBERED_MS];
    const { warmup, lastWarmup } = this.keys;
    const answer = await this.redis.run((commands) => TAKE.run(commands, [warmup, lastWarmup], args));
    return parseRun(answer);
  }

  /** Shows how far a run is, and that it lives. False when another one counts by now. */
  async update(run: WarmupRun): Promise<boolean> {
    const hasEnded = run.state !== 'running';
    const args = [run.runId, JSON.stringify(run), DEAD_AFTER_MS, REMEMBERED_MS, hasEnded ? 1 : 0];
    const { warmup, lastWarmup } = this.keys;
    return (await this.redis.run((commands) => UPDATE.run(commands, [warmup, lastWarmup], args))) === 1;
  }

  /** The run under way, else the last one, of any instance. */
  async latest(): Promise<WarmupRun | undefined> {
    const { warmup, lastWarmup } = this.keys;
    const [running, last] = await this.redis.run((commands) => commands.mget(warmup, lastWarmup));
    return parseRun(running) ?? asEnded(parseRun(last));
  }
}

/** A run that nobody has told of for a while is over, whatever it said last. */
function asEnded(run: WarmupRun | undefined): WarmupRun | undefined {
  return run?.state === 'running' ? { ...run, state: 'interrupted', etaMs: null } : run;
}

/** What another version of this program wrote is no run. */
function parseRun(text: unknown): WarmupRun | undefined {
  if (typeof text !== 'string' || text === '') return undefined;
  try {
    const run = JSON.parse(text) as Partial<WarmupRun> | null;
    return typeof run?.runId === 'string' && typeof run.state === 'string' ? (run as WarmupRun) : undefined;
  } catch {
    return undefined;
  }
}
