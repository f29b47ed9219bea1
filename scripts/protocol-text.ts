import { CLOSE_CODES } from '../src/presence/index.js';
import { type JsonSchema, protocolSchemas } from '../src/realtime/documents/message-schemas.js';

const INTRODUCTION = `# Protocol of the WebSocket gateway

Version 1, at \`/ws\`. This page is generated from the schemas that check the frames (\`npm run protocol:page\`), and a contract test compares it. The same as documents for programs: \`/docs/asyncapi.json\` (AsyncAPI 3) and \`/docs/protocol.schema.json\` (JSON Schema).

Every frame is text, one JSON object with a \`type\`. A frame of a client has 65,536 bytes at most and no unknown fields. Messages of a connection are answered one after the other. \`ref\` is any text of the client's; the answer repeats it.

## Connect

\`\`\`
GET /ws HTTP/1.1
Authorization: Bearer plim_<id>_<secret>
\`\`\`

Pages cannot set headers; they offer their key as a subprotocol: \`new WebSocket(url, ['plimsoll.v1', 'bearer.plim_<id>_<secret>'])\`. A key in the query string is not looked at. Roles viewer, editor and admin may connect.

Where \`WEBSOCKET_COMPRESS_ABOVE_BYTES\` is set, clients that offer \`permessage-deflate; client_max_window_bits\` get large frames deflated, and may deflate theirs; nothing is kept from frame to frame.

What can be told without the key is refused as HTTP: 503 while the instance stops, 404 for another path, 403 for an origin that may not, 429 for too many connects from one address, 401 without a key. Everything else is told after the upgrade, by an \`error\` and a close code: browsers show neither status nor body of an upgrade that failed.

A target is one of \`{"layout": "12"}\`, \`{"source": "robinhood"}\` and \`{"channel": "alerts" | "jobs" | "performance"}\`; \`performance\` is for operators.

## Limits

- 50 messages a second on a connection, bursts of 100 aside, and 128 KiB a second, bursts of 512 KiB aside; pings of the WebSocket protocol count. What is too fast is answered by \`error\` \`REALTIME_MESSAGES_LIMITED\`; who does not slow down is closed with 4429.
- Ten frames that are no messages, and one more each ten seconds; then 4400.
- Who does not read gets the newest state of presence instead of every change; with 256 KiB unread for a second or two of what must not be lost, it is closed with 4290.
- A connection follows at most 200 targets, and a layout is one of them; \`resume\` names at most 100. What a client shows of itself in a layout has at most 16 keys of 32 characters, and 4,096 characters of JSON.
- Connections are counted per tenant, per key and per layout, over all instances. Over a limit of the tenant or the key the connection is closed with 4429 after an \`error\` \`PRESENCE_LIMIT_REACHED\`; over that of a layout, \`subscribe\` is refused by it and the connection stays.
- The server pings every \`heartbeatMs\`; who does not answer until the next ping is closed with 4408.

## Numbers of events

\`region.changed\` is numbered per layout without gaps, by the number of the operation; \`metrics.batch\` per source, within an \`epoch\`. Whoever comes back sends the last number it has as \`sinceSeq\` (and the \`epoch\`): it gets all that it missed, in order, and \`resumed\`, or \`gap\`, and loads the state anew. Presence is never replayed: \`subscribed\` has who is there now. A \`presence.diff\` may repeat it: who is there is told apart by \`connectionId\`. Whoever changes a region hears of it as all others do, before or after its \`ack\`.
`;

/** The reference page of the protocol. */
export function protocolPage(): string {
  const { client, server } = protocolSchemas('#/');
  return [
    INTRODUCTION,
    '## Messages of clients\n',
    ...Object.entries(client).map(([type, schema]) => describeMessage(type, schema)),
    '## Messages of the server\n',
    ...Object.entries(server).map(([type, schema]) => describeMessage(type, schema)),
    closeCodes(),
  ].join('\n');
}

function describeMessage(type: string, schema: JsonSchema): string {
  const forms = (schema['anyOf'] ?? schema['oneOf'] ?? [schema]) as readonly JsonSchema[];
  const shown = forms.map((form) => `- \`${formOf(form)}\``);
  return `### ${type}\n\n${String(schema['description'])}\n\n${shown.join('\n')}\n`;
}

function formOf({ properties = {}, required = [] }: JsonSchema): string {
  const fields = Object.entries(properties as Readonly<Record<string, JsonSchema>>).map(
    ([name, schema]) =>
      `${name}${(required as readonly string[]).includes(name) ? '' : '?'}: ${typeOf(schema)}`,
  );
  return `{ ${fields.join(', ')} }`;
}

function typeOf(schema: JsonSchema): string {
  if (schema['const'] !== undefined) return JSON.stringify(schema['const']);
  if (Array.isArray(schema['enum'])) return schema['enum'].map((value) => JSON.stringify(value)).join(' | ');
  const choices = schema['anyOf'] ?? schema['oneOf'];
  if (Array.isArray(choices)) return choices.map((choice) => typeOf(choice as JsonSchema)).join(' | ');
  if (schema['$ref'] !== undefined || schema['type'] === undefined) return 'any JSON';
  return plainType(schema);
}

function plainType(schema: JsonSchema): string {
  const { type } = schema;
  if (Array.isArray(type)) return type.join(' | ');
  if (type === 'array') return `[${typeOf(schema['items'] as JsonSchema)}]`;
  if (type !== 'object') return `${String(type)}${bounds(schema)}`;
  if (schema['properties'] !== undefined) return formOf(schema);
  return `{ key: ${typeOf(schema['additionalProperties'] as JsonSchema)} }`;
}

function bounds({ minimum, maximum, maxLength, format }: JsonSchema): string {
  if (format !== undefined) return ` (${String(format)})`;
  if (maxLength !== undefined) return ` of ${String(maxLength)} at most`;
  const isOpen = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER;
  if (minimum === undefined || minimum === Number.MIN_SAFE_INTEGER) return '';
  return isOpen ? ` from ${String(minimum)}` : ` ${String(minimum)}..${String(maximum)}`;
}

function closeCodes(): string {
  const rows = Object.entries(CLOSE_CODES).map(
    ([reason, { code, class: closeClass, meaning }]) =>
      `| ${code} | ${closeClass} | \`${reason}\` | ${meaning} |`,
  );
  return [
    '## Close codes\n',
    '`reconnect`: come back, at once or as `going_away` says, each time a little later. `re-authenticate`: come back with another key. `stop`: the same would happen again. Programs go by the code; `reason` is what `gateway_closes_total` calls it, and the text of the close frame is for people. A client that closes gets its own code back; 1005 and 1006, which no server sends, mean that the connection was closed or lost without one: come back.\n',
    '| code | class | reason | meaning |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}
