import { Parser } from '@asyncapi/parser';
import { CLIENT_MESSAGES, CLOSE_CODES, SERVER_MESSAGES } from '../../src/presence/index.js';
import { asyncApi } from '../../src/realtime/documents/async-api.js';
import { protocolJsonSchema } from '../../src/realtime/documents/json-schema.js';
import { protocolPage } from '../../scripts/protocol-text.js';
import { readText } from '../support/source-files.js';

/** Of warnings it is greater. */
const ERROR_SEVERITY = 0;

/** What the parser holds against a document, warnings aside. */
function faultsOf({ diagnostics }: Awaited<ReturnType<Parser['parse']>>): string[] {
  return diagnostics
    .filter(({ severity }) => (severity as number) === ERROR_SEVERITY)
    .map(({ message }) => message);
}

describe('the protocol of the gateway', () => {
  it('is described on docs/reference/protocol.md; npm run protocol:page writes it', () => {
    expect(readText('docs/reference/protocol.md')).toBe(protocolPage());
  });

  it('is AsyncAPI 3 to the parser, with every message', async () => {
    const parsed = await new Parser().parse(JSON.stringify(asyncApi()));

    const names = parsed.document
      ?.allMessages()
      .all()
      .map((message) => message.id())
      .sort();
    expect(faultsOf(parsed)).toEqual([]);
    expect(names).toEqual(
      [
        ...Object.keys(CLIENT_MESSAGES).map((type) => `client.${type}`),
        ...Object.keys(SERVER_MESSAGES).map((type) => `server.${type}`),
      ].sort(),
    );
  });

  it('is found wanting by the parser where it is wrong (control)', async () => {
    const broken = JSON.stringify(asyncApi()).replace('"action":"receive"', '"action":"take"');

    expect(faultsOf(await new Parser().parse(broken))).not.toEqual([]);
  });

  it('names every close code that the library behind it closes with', () => {
    const receiver = readText('node_modules/ws/lib/receiver.js');

    const used = [...receiver.matchAll(/\b(1\d{3}),\s+'WS_ERR_/g)].map(([, code]) => Number(code));
    const named = Object.values(CLOSE_CODES).map(({ code }): number => code);
    expect(new Set(used).size).toBeGreaterThan(3);
    expect(used.filter((code) => !named.includes(code))).toEqual([]);
  });

  it('has a JSON Schema whose references lead somewhere, and a description of every message', () => {
    const schema = protocolJsonSchema() as { readonly definitions: Readonly<Record<string, object>> };

    const references = [...JSON.stringify(schema).matchAll(/"\$ref":"#\/definitions\/([^"]+)"/g)];
    const missing = references.map(([, name = '']) => name).filter((name) => !(name in schema.definitions));
    const undescribed = Object.entries(schema.definitions)
      .filter(([name]) => /^(client|server)\./.test(name))
      .filter(([, message]) => !('description' in message));
    expect(references.length).toBeGreaterThan(20);
    expect(missing).toEqual([]);
    expect(undescribed).toEqual([]);
  });
});
