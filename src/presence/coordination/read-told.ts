import type { PresentConnection, ToldPart } from './shared-presence.js';

/** What other instances tell may come from another version, or from whoever else writes to this Redis. */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isListOf<Item>(value: unknown, isItem: (item: unknown) => item is Item): value is Item[] {
  return Array.isArray(value) && value.every(isItem);
}

/** Of a schema the keys of states would not come through whole: clients choose them. */
export function isPresentConnection(value: unknown): value is PresentConnection {
  if (!isRecord(value)) return false;
  const { connectionId, userId, name, joinedAt, state } = value;
  return [connectionId, userId, name, joinedAt].every((text) => typeof text === 'string') && isRecord(state);
}

/** A number, a space, and a list of connections. Undefined of anything else. */
export function readPart(instanceId: string, text: string): ToldPart | undefined {
  const space = text.indexOf(' ');
  const number = Number(text.slice(0, space));
  const users = readJson(text.slice(space + 1));
  const isPart = space > 0 && Number.isSafeInteger(number) && isListOf(users, isPresentConnection);
  return isPart ? { instanceId, number, users } : undefined;
}
