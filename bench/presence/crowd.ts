import { PeerProcess } from '../support/peer-process.js';
import { type Arm, startArm } from './arm.js';
import type { ArmName } from './dialects.js';

const GENERATOR = new URL('./generator-process.ts', import.meta.url);

/** An arm with somebody to load it; both are gone when `work` is done. */
export async function withArm<Result>(
  name: ArmName,
  redisUrl: string,
  work: (arm: Arm, generator: PeerProcess) => Promise<Result>,
): Promise<Result> {
  const arm = await startArm(name, redisUrl);
  const generator = await PeerProcess.start(GENERATOR);
  try {
    return await work(arm, generator);
  } finally {
    await Promise.all([generator.stop(), arm.stop()]);
  }
}

/** Figures for people: three digits are more than they mean. NaN comes from another process as null. */
export function round(value: number | null): number {
  return Number((value ?? NaN).toPrecision(3));
}
