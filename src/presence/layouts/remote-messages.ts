import { isListOf, isPresentConnection, isRecord, readJson } from '../coordination/read-told.js';
import type { PresentConnection } from '../coordination/shared-presence.js';

/** Changes of an instance as it tells them to the others. */
export interface RemoteDiff {
  readonly from: string;
  /** Consecutive within a life. */
  readonly number: number;
  readonly joins: readonly PresentConnection[];
  readonly leaves: readonly { readonly connectionId: string }[];
  readonly updates: readonly {
    readonly connectionId: string;
    readonly state: Readonly<Record<string, unknown>>;
  }[];
}

/** Without changes: how far an instance is, after a message of it may have been lost. */
export type RemoteMark = Pick<RemoteDiff, 'from' | 'number'>;

export function markMessage(from: string, number: number): string {
  return JSON.stringify({ from, number } satisfies RemoteMark);
}

/** Undefined of what is neither. */
export function readMessage(text: string): RemoteDiff | RemoteMark | undefined {
  const message = readJson(text);
  if (!isMark(message)) return undefined;
  const hasChanges = ['joins', 'leaves', 'updates'].some((list) => list in message);
  return !hasChanges || isDiff(message) ? message : undefined;
}

export function isDiff(message: RemoteMark): message is RemoteDiff {
  const { joins, leaves, updates } = message as Partial<Record<keyof RemoteDiff, unknown>>;
  return isListOf(joins, isPresentConnection) && isListOf(leaves, isLeave) && isListOf(updates, isUpdate);
}

function isMark(value: unknown): value is RemoteMark {
  return isRecord(value) && typeof value.from === 'string' && Number.isSafeInteger(value.number);
}

function isLeave(value: unknown): value is RemoteDiff['leaves'][number] {
  return isRecord(value) && typeof value.connectionId === 'string';
}

function isUpdate(value: unknown): value is RemoteDiff['updates'][number] {
  return isRecord(value) && typeof value.connectionId === 'string' && isRecord(value.state);
}
