// One process of a register run; its argument is a RegisterOrder as JSON.
import { FenceRepository } from '../../src/locks/fencing/fence.repository.js';
import { Fences } from '../../src/locks/index.js';
import { startLocks } from '../support/locks.js';
import { Random } from '../support/random.js';
import { openDatabase } from '../support/test-database.js';
import type {
  FromRegisterWorker,
  RegisterOrder,
  RegisterRead,
  ToRegisterWorker,
} from './lock-register-messages.js';
import { RegisterUpdates } from './register-updates.js';
import { Registers } from './registers.js';

const order = JSON.parse(process.argv[2] ?? '') as RegisterOrder;
const tell = (message: FromRegisterWorker): void => void process.send?.(message);
let isEnded = false;
let isAimed = false;
let write: (() => void) | undefined;
// Whoever started it is gone, or has heard everything.
process.on('disconnect', () => process.exit(isEnded ? 0 : 1));

const { db } = openDatabase(order.databaseUrl);
const [redisUrl = ''] = order.masters;
const instance = await startLocks({
  ...(order.masters.length === 1
    ? { backend: 'redis', redisUrl }
    : { backend: 'redis-quorum', masters: order.masters }),
  env: { LOCK_TTL_MS: String(order.longestTtlMs), LOCK_BLOCKED_MS: String(order.blockedMs) },
});
const updates = new RegisterUpdates({
  locks: instance.locks,
  fences: new Fences(db, new FenceRepository(db)),
  database: db,
  registers: new Registers(db),
  random: new Random(order.seed * 31 + order.process),
  order,
  pass,
});

process.on('message', ({ kind }: ToRegisterWorker) => {
  if (kind === 'begin') updates.begin();
  else if (kind === 'aim') isAimed = true;
  else if (kind === 'write') write?.();
  else void end();
});
tell({ kind: 'ready' });

/** The run stops this process here. */
async function pass(read: RegisterRead): Promise<void> {
  if (!isAimed) return;
  isAimed = false;
  await new Promise<void>((resolve) => {
    write = resolve;
    tell({ kind: 'read', ...read });
  });
}

async function end(): Promise<void> {
  tell({ kind: 'ended', figures: await updates.end() });
  await instance.close();
  await db.close();
  isEnded = true;
  process.disconnect();
}
