import { type JsonSchema, type MessageSchemas, protocolSchemas } from './message-schemas.js';

/** The protocol as one JSON Schema: `ClientMessage` is what clients send, `ServerMessage` what they get. */
export function protocolJsonSchema(): JsonSchema {
  const { client, server, definitions } = protocolSchemas('#/definitions/');
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: 'urn:plimsoll:protocol:1',
    title: 'Messages of the WebSocket gateway, version 1',
    definitions: {
      ClientMessage: anyOf('client', client),
      ServerMessage: anyOf('server', server),
      ...named('client', client),
      ...named('server', server),
      ...definitions,
    },
    anyOf: [{ $ref: '#/definitions/ClientMessage' }, { $ref: '#/definitions/ServerMessage' }],
  };
}

function anyOf(side: string, messages: MessageSchemas): JsonSchema {
  return { anyOf: Object.keys(messages).map((type) => ({ $ref: `#/definitions/${side}.${type}` })) };
}

function named(side: string, messages: MessageSchemas): MessageSchemas {
  return Object.fromEntries(Object.entries(messages).map(([type, schema]) => [`${side}.${type}`, schema]));
}
