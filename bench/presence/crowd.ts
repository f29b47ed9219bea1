import { PeerProcess } from '../support/peer-process.js';
import { startBenchRedis } from '../support/redis.js';
import { type Arm, closeDatabase, startArm } from './arm.js';
import type { ArmName } from './dialects.js';

const GENERATOR = new URL('./generator-process.ts', import.meta.url);

/** An arm, and somebody to load it. */
export interface Match {
  readonly arm: Arm;
  readonly generator: PeerProcess;
}

/** Arms of a short form, and the Redis of ours: starting them anew for each part takes longer than all parts. */
let kept: Map<ArmName, Match> | undefined;
let redis: ReturnType<typeof startBenchRedis> | undefined;

/** From now on arms go on for the next part: what one leaves behind is in the figures of the other. */
export function keepArms(): void {
  kept ??= new Map();
}

/** After the last part. */
export async function closeArms(): Promise<void> {
  for (const match of kept?.values() ?? []) await stop(match);
  await closeDatabase();
  await (await redis)?.stop();
}

/** `giveBack` must follow. */
export async function lend(name: ArmName, redisUrl: string): Promise<Match> {
  const there = kept?.get(name);
  kept?.delete(name);
  if (there !== undefined) return there;
  if (kept !== undefined) redis ??= startBenchRedis();
  const arm = await startArm(name, (await redis)?.url ?? redisUrl);
  return { arm, generator: await PeerProcess.start(GENERATOR) };
}

/** Ends it, or keeps it without its crowd. */
export async function giveBack(match: Match): Promise<void> {
  if (kept === undefined || match.arm.hasEnded) return stop(match);
  await match.generator.ask('leave');
  kept.set(match.arm.name, match);
}

/** An arm with somebody to load it, given back when `work` is done. */
export async function withArm<Result>(
  name: ArmName,
  redisUrl: string,
  work: (arm: Arm, generator: PeerProcess) => Promise<Result>,
): Promise<Result> {
  const match = await lend(name, redisUrl);
  try {
    return await work(match.arm, match.generator);
  } finally {
    await giveBack(match);
  }
}

/** Figures for people: three digits are more than they mean. NaN comes from another process as null. */
export function round(value: number | null): number {
  return Number((value ?? NaN).toPrecision(3));
}

async function stop({ arm, generator }: Match): Promise<void> {
  await Promise.all([generator.stop(), arm.stop()]);
}
