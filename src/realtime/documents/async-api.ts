import { CLOSE_CODES } from '../../presence/index.js';
import { SUBPROTOCOL } from '../upgrade/credentials.js';
import { type JsonSchema, type MessageSchemas, protocolSchemas } from './message-schemas.js';

const CHANNEL = '#/channels/gateway';

/** The protocol as AsyncAPI 3: what the gateway receives and sends, from the schemas that check its frames. */
export function asyncApi(): JsonSchema {
  const { client, server, definitions } = protocolSchemas('#/components/schemas/');
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Plimsoll gateway',
      version: '1',
      description: `Live updates over WebSocket. ${closeCodesText()}`,
    },
    defaultContentType: 'application/json',
    servers: {
      here: {
        host: '{address}',
        protocol: 'ws',
        description: 'Behind a proxy that does TLS: wss.',
        variables: { address: { default: 'localhost:3000', description: 'Where the API is.' } },
        security: securityRefs(),
      },
    },
    channels: {
      gateway: {
        address: '/ws',
        description: 'One connection for everything that a client follows.',
        servers: [{ $ref: '#/servers/here' }],
        messages: Object.fromEntries([...messageRefs('client', client), ...messageRefs('server', server)]),
      },
    },
    operations: {
      receive: operation('receive', 'What clients send.', 'client', client),
      send: operation('send', 'What clients get.', 'server', server),
    },
    components: {
      messages: { ...messages('client', client), ...messages('server', server) },
      schemas: definitions,
      securitySchemes: securitySchemes(),
    },
  };
}

function closeCodesText(): string {
  const codes = Object.values(CLOSE_CODES).map(
    ({ code, class: closeClass, meaning }) => `${code} (${closeClass}): ${meaning}`,
  );
  return `Close codes: ${codes.join(' ')}`;
}

function messageName(side: string, type: string): string {
  return `${side}.${type}`;
}

function messageRefs(side: string, schemas: MessageSchemas): [string, JsonSchema][] {
  return Object.keys(schemas).map((type) => {
    const name = messageName(side, type);
    return [name, { $ref: `#/components/messages/${name}` }];
  });
}

function messages(side: string, schemas: MessageSchemas): MessageSchemas {
  return Object.fromEntries(
    Object.entries(schemas).map(([type, schema]) => [
      messageName(side, type),
      { name: type, summary: schema['description'], payload: schema },
    ]),
  );
}

function operation(action: string, summary: string, side: string, schemas: MessageSchemas): JsonSchema {
  return {
    action,
    summary,
    channel: { $ref: CHANNEL },
    messages: Object.keys(schemas).map((type) => ({
      $ref: `${CHANNEL}/messages/${messageName(side, type)}`,
    })),
  };
}

function securityRefs(): JsonSchema[] {
  return Object.keys(securitySchemes()).map((name) => ({ $ref: `#/components/securitySchemes/${name}` }));
}

function securitySchemes(): MessageSchemas {
  return {
    header: {
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'plim_<id>_<secret>',
      description: 'The header Authorization, for clients that can set headers.',
    },
    subprotocol: {
      type: 'httpApiKey',
      in: 'header',
      name: 'Sec-WebSocket-Protocol',
      description: `The subprotocols \`${SUBPROTOCOL}\` and \`bearer.<key>\`, for pages.`,
    },
  };
}
