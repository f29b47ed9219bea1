import type { Work } from '../../platform/runtime/index.js';
import type { DriverClient } from './driver.js';
import type { CheckoutSite } from './checkout-site.js';

/** One use of a connection by somebody who has to give it back; what its handle's end is remembered by. */
export interface Tenure {
  readonly slot: Slot;
  readonly serial: number;
}

/** One connection of the pool and who has it. One object for its whole life: uses of it allocate nothing. */
export class Slot {
  /** Uses so far: tells one holder from the next. */
  serial = 0;
  isHeld = false;
  /** Monotonic; of the use under way, or of the last one's end. */
  sinceMs: number;
  work: Work | undefined;
  /** Known for those who hold it for longer than a statement. */
  site: CheckoutSite | undefined;
  tenure: Tenure | undefined;
  /** Keeps a handle alive whose user may reach the connection without it. */
  pinned: object | undefined;
  lastSql: string | undefined;
  /** Sent since the connection was opened. */
  statements = 0;
  isLost = false;
  /** As the server said it when the backend was first looked at: a process id may come again. */
  backendStart: string | undefined;

  constructor(
    readonly client: DriverClient,
    readonly openedAtMs: number,
  ) {
    this.sinceMs = openedAtMs;
  }

  take(nowMs: number, work: Work | undefined, site: CheckoutSite | undefined): void {
    this.serial += 1;
    this.isHeld = true;
    this.sinceMs = nowMs;
    this.work = work;
    this.site = site;
    this.lastSql = undefined;
  }

  note(statement: string): void {
    this.lastSql = statement;
    this.statements += 1;
  }

  giveBack(nowMs: number): void {
    this.isHeld = false;
    this.sinceMs = nowMs;
    this.work = undefined;
    this.site = undefined;
    this.tenure = undefined;
    this.pinned = undefined;
  }

  get backendPid(): number | undefined {
    return this.client.processID ?? undefined;
  }

  /** Whether the same use is still under way. */
  isStill(serial: number): boolean {
    return this.isHeld && this.serial === serial;
  }
}
