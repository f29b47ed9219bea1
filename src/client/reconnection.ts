import { CLOSE_CODES, type CloseClass } from '../presence/protocol/close-codes.js';
import type { Surroundings } from './surroundings.js';

const FIRST_WITHIN_MS = 500;
const LONGEST_MS = 30_000;
/** A connection that held so long was a good one: the next loss begins anew. */
const STABLE_AFTER_MS = 5_000;

/** How a connection ended. */
export interface Ending {
  /** 1006: without a word. */
  readonly code: number;
  /** How long it had been open; 0 when it never was. */
  readonly openMs: number;
  /** What an `error` frame before the end asked for. */
  readonly retryAfterMs?: number | undefined;
  /** The server had said that it goes away. */
  readonly isExpected?: boolean;
}

/** What a close code asks of a client; of codes without a meaning: to come again. */
export function classOf(code: number): CloseClass {
  return Object.values(CLOSE_CODES).find((each) => each.code === code)?.class ?? 'reconnect';
}

/** What a close code means, in words. */
export function meaningOf(code: number): string {
  return Object.values(CLOSE_CODES).find((each) => each.code === code)?.meaning ?? `closed with code ${code}`;
}

/**
 * When to connect again: at a moment of chance within a time that doubles, so that the clients of an instance that died
 * do not come all at once.
 */
export class Reconnection {
  private attempts = 0;

  constructor(private readonly surroundings: Surroundings) {}

  delayMs({ openMs, retryAfterMs = 0, isExpected = false }: Ending): number {
    if (openMs >= STABLE_AFTER_MS || isExpected) this.attempts = 0;
    const withinMs = Math.min(LONGEST_MS, FIRST_WITHIN_MS * 2 ** this.attempts);
    this.attempts += 1;
    return Math.round(retryAfterMs + this.surroundings.fraction() * withinMs);
  }
}
