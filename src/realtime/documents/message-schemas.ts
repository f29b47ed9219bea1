import { z } from 'zod';
import { CLIENT_MESSAGES, SERVER_MESSAGES } from '../../presence/index.js';

/** A JSON Schema, draft 7: what AsyncAPI 3 takes as it is. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Messages of one direction by type. */
export type MessageSchemas = Readonly<Record<string, JsonSchema>>;

/** What stands once, around all schemas. */
const OUTER = new Set(['$schema', 'definitions']);
const OWN_DEFINITIONS = '#/definitions/';

/** The JSON Schemas of all messages, and the definitions they share. */
export interface ProtocolSchemas {
  readonly client: MessageSchemas;
  readonly server: MessageSchemas;
  readonly definitions: MessageSchemas;
}

/** @param definitionsAt where the document has the definitions: `#/definitions/` or the like */
export function protocolSchemas(definitionsAt: string): ProtocolSchemas {
  const definitions = new Map<string, JsonSchema>();
  const convert = (messages: Readonly<Record<string, z.ZodType>>): MessageSchemas =>
    Object.fromEntries(
      Object.entries(messages).map(([type, schema]) => [
        type,
        withOwnPlace(z.toJSONSchema(schema, { target: 'draft-7', io: 'input' }), definitionsAt, definitions),
      ]),
    );
  const [client, server] = [convert(CLIENT_MESSAGES), convert(SERVER_MESSAGES)];
  return { client, server, definitions: Object.fromEntries(definitions) };
}

/** Recursive parts refer to definitions within their schema; in a document of many they stand elsewhere. All of them are "any JSON". */
function withOwnPlace(schema: object, place: string, shared: Map<string, JsonSchema>): JsonSchema {
  const moved = moveRefs(schema, place) as JsonSchema & { readonly definitions?: MessageSchemas };
  const { definitions = {} } = moved;
  for (const definition of Object.values(definitions)) shared.set('AnyJson', definition);
  return Object.fromEntries(Object.entries(moved).filter(([key]) => !OUTER.has(key)));
}

function moveRefs(value: unknown, place: string): unknown {
  if (Array.isArray(value)) return value.map((item) => moveRefs(item, place));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]: [string, unknown]) => {
      const isRef = key === '$ref' && typeof item === 'string' && item.startsWith(OWN_DEFINITIONS);
      return [key, isRef ? `${place}AnyJson` : moveRefs(item, place)];
    }),
  );
}
