import { type ApiAnswer, ApiClient, startApi } from '../support/api-client.js';
import type { ServerProcess } from '../support/server-process.js';
import { useTestDatabase } from '../support/test-database.js';

const database = useTestDatabase({ isServed: true });
let server: ServerProcess;
let admin: ApiClient;
let editor: ApiClient;
let viewer: ApiClient;
let foreign: ApiClient;

beforeAll(async () => {
  server = await startApi(database.url);
  admin = new ApiClient(server.url);
  editor = new ApiClient(server.url, await admin.createKey('editor'));
  viewer = new ApiClient(server.url, await admin.createKey('viewer'));
  const { body } = await admin.post('/api/tenants', { slug: 'foreign', name: 'Foreign' });
  foreign = new ApiClient(server.url, (body?.data as { adminKey: { key: string } }).adminKey.key);
});
afterAll(() => server.kill());

type Row = Readonly<Record<string, unknown>> & { readonly id: string; readonly version: number };
const dataOf = ({ body }: ApiAnswer): Row => body?.data as Row;
const rowsOf = ({ body }: ApiAnswer): Row[] => body?.data as Row[];
const send = (client: ApiClient, method: string, path: string, body?: unknown, headers = {}) =>
  client.send(path, {
    method,
    headers: { ...(body !== undefined && { 'Content-Type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
const outcomeOf = ({ status, body }: ApiAnswer) => [status, body?.code];
const cell = { x: 0, y: 0, width: 2, height: 1, title: 'Visits', kind: 'chart', content: { metric: 'page' } };

let layouts = 0;
async function makeLayout(client = editor): Promise<string> {
  layouts += 1;
  const answer = await client.post('/api/layouts', { name: `Layout ${layouts}`, columns: 12, rows: 50 });
  expect(answer.status).toBe(201);
  return `/api/layouts/${dataOf(answer).id}`;
}

describe('layouts over HTTP', () => {
  it('are made, edited, undone, searched, exported, deleted and restored', async () => {
    const layout = await makeLayout();
    const made = await editor.post(`${layout}/regions`, cell);
    const region = `${layout}/regions/${dataOf(made).id}`;
    const moved = await send(editor, 'PATCH', region, { x: 4 }, { 'If-Match': '"1"' });
    const [shown, found, anywhere] = [
      await viewer.get(layout),
      await viewer.get(`${layout}/regions?search=vis%20pag&kind=chart`),
      await viewer.get('/api/layouts/regions?search=visits'),
    ];
    const undone = await editor.post(`${layout}/undo`, {});
    const redone = await send(editor, 'POST', `${layout}/redo`);
    const history = await viewer.get(`${layout}/history`);
    const exported = await viewer.get(`${layout}/export`);
    const imported = await editor.post('/api/layouts/import', { ...dataOf(exported), name: 'A copy' });
    const deleted = await send(editor, 'DELETE', layout, undefined, { 'If-Match': '"5"' });
    const gone = await viewer.get(layout);
    const bin = await viewer.get('/api/layouts?state=deleted');
    const restored = await send(editor, 'POST', `${layout}/restore`);

    expect([made, moved].map(({ status, headers }) => [status, headers.get('ETag')])).toEqual([
      [201, '"1"'],
      [200, '"2"'],
    ]);
    expect(shown.headers.get('ETag')).toBe('"3"');
    expect(dataOf(shown)).toMatchObject({ lastOperation: 2, regions: [{ ...cell, x: 4, version: 2 }] });
    expect([found, anywhere].map((answer) => rowsOf(answer).map(({ title }) => title))).toEqual([
      ['Visits'],
      ['Visits'],
    ]);
    expect(dataOf(undone)).toMatchObject({
      operation: 3,
      takesBack: 2,
      changes: [{ region: { x: 0, version: 3 } }],
    });
    expect(dataOf(redone)).toMatchObject({ operation: 4, takesBack: 3, changes: [{ region: { x: 4 } }] });
    expect(rowsOf(history).map(({ kind }) => kind)).toEqual(['redo', 'undo', 'update', 'create']);
    expect(dataOf(exported)['regions']).toEqual([{ ...cell, x: 4 }]);
    expect(dataOf(imported)).toMatchObject({ name: 'A copy', regions: [{ ...cell, x: 4 }] });
    expect([deleted.status, ...outcomeOf(gone)]).toEqual([204, 404, 'LAYOUT_NOT_FOUND']);
    expect(rowsOf(bin).map(({ id }) => `/api/layouts/${id}`)).toEqual([layout]);
    expect(dataOf(restored)).toMatchObject({ version: 7, regions: [{ x: 4 }] });
    const { data } = (await admin.get('/api/audit')).body ?? {};
    expect((data as Row[]).map(({ action }) => action)).toEqual(
      expect.arrayContaining(['layout.created', 'layout.deleted', 'layout.restored']),
    );
  });

  it('answer 304 to a reader who has the version, and another version after a change', async () => {
    const layout = await makeLayout();
    const etag = (await viewer.get(layout)).headers.get('ETag') ?? '';
    // fetch would say no-cache of itself.
    const known = { 'If-None-Match': etag, 'Cache-Control': 'max-age=0' };
    const again = await send(viewer, 'GET', layout, undefined, known);
    await editor.post(`${layout}/regions`, cell);
    const changed = await send(viewer, 'GET', layout, undefined, known);

    expect([again.status, again.text]).toEqual([304, '']);
    expect([changed.status, changed.headers.get('ETag')]).toEqual([200, '"2"']);
  });

  it('leave no overlap when two are moved to one place at once', async () => {
    const layout = await makeLayout();
    const ids: string[] = [];
    for (let y = 1; y <= 10; y += 1)
      ids.push(dataOf(await editor.post(`${layout}/regions`, { ...cell, y })).id);

    const answers = await Promise.all(
      ids.map((id) => send(editor, 'PATCH', `${layout}/regions/${id}`, { y: 40 })),
    );

    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([200, ...Array.from({ length: 9 }, () => 409)]);
    const { regions } = dataOf(await viewer.get(layout)) as unknown as { regions: { y: number }[] };
    expect(new Set(regions.map(({ y }) => y)).size).toBe(10);
  });

  it('refuse another version with the current state, and whatever is no version', async () => {
    const layout = await makeLayout();
    const { id } = dataOf(await editor.post(`${layout}/regions`, cell));
    const region = `${layout}/regions/${id}`;

    for (const version of ['"2"', '"99999"']) {
      const refused = await send(editor, 'PATCH', region, { x: 1 }, { 'If-Match': version });
      expect(outcomeOf(refused)).toEqual([412, 'LAYOUT_VERSION_CONFLICT']);
      expect(refused.body?.details).toMatchObject({ thing: 'region', current: { id, x: 0, version: 1 } });
      const gone = await send(editor, 'DELETE', layout, undefined, { 'If-Match': version.replace('2', '1') });
      expect(outcomeOf(gone)).toEqual([412, 'LAYOUT_VERSION_CONFLICT']);
    }
    const old = { 'If-Match': '"1"' };
    const [made, removed] = [
      await send(editor, 'POST', `${layout}/regions`, { ...cell, y: 9 }, old),
      await send(editor, 'DELETE', layout),
    ];
    const restored = await send(editor, 'POST', `${layout}/restore`, undefined, old);
    expect([removed.status, ...outcomeOf(made), ...outcomeOf(restored)]).toEqual([
      204,
      ...[412, 'LAYOUT_VERSION_CONFLICT'],
      ...[412, 'LAYOUT_VERSION_CONFLICT'],
    ]);
    expect(restored.body?.details).toMatchObject({ current: { version: 3 } });
    await send(editor, 'POST', `${layout}/restore`, {}, { 'If-Match': '"3"' });
    for (const version of ['W/"1"', '"x"', '"01"', '""', '"*"']) {
      const refused = await send(editor, 'PATCH', region, { x: 1 }, { 'If-Match': version });
      expect(outcomeOf(refused)).toEqual([412, 'LAYOUT_VERSION_CONFLICT']);
      expect(refused.body?.details).toMatchObject({ expected: 0, current: { id, x: 0, version: 1 } });
    }
    for (const version of ['1', '-1', '1.5', '"1", "2"', '"1', '1"', 'W/1', '1e0']) {
      const refused = await send(editor, 'PATCH', region, { x: 1 }, { 'If-Match': version });
      expect(outcomeOf(refused)).toEqual([400, 'HTTP_INPUT_INVALID']);
      expect(refused.headers.get('ETag')).toBeNull();
    }
  });

  it.each<[string, unknown, number, string]>([
    ['of 201 regions', [...Array(201).keys()].map((y) => ({ ...cell, y })), 409, 'LAYOUT_FULL'],
    ['whose regions overlap', [cell, { ...cell, x: 1 }], 409, 'LAYOUT_REGION_OVERLAP'],
    ['with the same region twice', [cell, cell], 409, 'LAYOUT_REGION_OVERLAP'],
    ['with a region off the grid', [{ ...cell, x: 11 }], 400, 'LAYOUT_REGION_OUTSIDE'],
    ['with ids', [{ ...cell, id: '1' }], 400, 'HTTP_INPUT_INVALID'],
    ['of regions that are none', [null], 400, 'HTTP_INPUT_INVALID'],
    ['of 10,000 regions', Array(10_000).fill(cell), 400, 'HTTP_INPUT_INVALID'],
    [
      'with numbers beyond all',
      '{"x":1e400,"y":0,"width":1,"height":1,"kind":"a"}',
      400,
      'HTTP_INPUT_INVALID',
    ],
    [
      'with a number beyond all in it',
      '{"x":0,"y":0,"width":1,"height":1,"kind":"a","content":{"a":-1e999}}',
      400,
      'HTTP_INPUT_INVALID',
    ],
    [
      'with a prototype',
      '{"x":0,"y":0,"width":1,"height":1,"kind":"a","content":{"a":{"__proto__":{}}}}',
      400,
      'HTTP_BODY_MALFORMED',
    ],
    ['that nests', `${'{"content":'.repeat(2_000)}1${'}'.repeat(2_000)}`, 400, 'HTTP_BODY_MALFORMED'],
  ])('refuse an import %s, and are as before', async (_what, regions, status, code) => {
    const layout = await makeLayout();
    const list = typeof regions === 'string' ? `[${regions}]` : JSON.stringify(regions);
    const named = `{"name":"Imported","columns":12,"rows":500,"regions":${list}}`;

    const answers = [
      await send(editor, 'POST', '/api/layouts/import', named),
      await send(editor, 'POST', `${layout}/import`, named),
    ];

    for (const answer of answers) expect(outcomeOf(answer)).toEqual([status, code]);
    expect(dataOf(await viewer.get(layout))).toMatchObject({ version: 1, regions: [] });
    expect(rowsOf(await viewer.get('/api/layouts?search=imported'))).toEqual([]);
  });

  it.each([
    ['outside of the grid', { ...cell, x: 11 }, 400, 'LAYOUT_REGION_OUTSIDE'],
    ['far outside of it', { ...cell, y: 1e15 }, 400, 'HTTP_INPUT_INVALID'],
    ['of a negative size', { ...cell, width: -1 }, 400, 'HTTP_INPUT_INVALID'],
    ['of no size', { ...cell, height: 0 }, 400, 'HTTP_INPUT_INVALID'],
    ['of a fractional size', { ...cell, width: 1.5 }, 400, 'HTTP_INPUT_INVALID'],
    ['at a negative place', { ...cell, x: -1 }, 400, 'HTTP_INPUT_INVALID'],
    ['without a kind', { ...cell, kind: '' }, 400, 'HTTP_INPUT_INVALID'],
    ['with an id of its own', { ...cell, id: '1' }, 400, 'HTTP_INPUT_INVALID'],
    ['with NUL in it', { ...cell, content: { a: '\0' } }, 400, 'HTTP_INPUT_INVALID'],
    [
      'with half a character in it',
      `{"x":0,"y":0,"width":1,"height":1,"kind":"a","content":{"\\ud800":1}}`,
      400,
      'HTTP_INPUT_INVALID',
    ],
    ['with too much in it', { ...cell, content: { a: 'x'.repeat(5_000) } }, 400, 'HTTP_INPUT_INVALID'],
    [
      'with a prototype',
      `{"x":0,"y":0,"width":1,"height":1,"kind":"a","content":{"__proto__":1}}`,
      400,
      'HTTP_BODY_MALFORMED',
    ],
    [
      'with content that nests',
      { ...cell, content: JSON.parse('{"a":'.repeat(20) + '1' + '}'.repeat(20)) as object },
      400,
      'HTTP_INPUT_INVALID',
    ],
  ])('refuse a region %s', async (_what, region, status, code) => {
    const layout = await makeLayout();

    const answers = [
      await send(editor, 'POST', `${layout}/regions`, region),
      ...(typeof region === 'string' || 'id' in region
        ? []
        : [await send(editor, 'POST', `${layout}/regions/bulk`, { create: [region] })]),
    ];

    for (const answer of answers) expect(outcomeOf(answer)).toEqual([status, code]);
    expect(dataOf(await viewer.get(layout))).toMatchObject({ version: 1, regions: [] });
  });

  it.each([
    'history?actor=%00',
    'history?actor=',
    'history?cursor=9999999999999999999',
    'regions?search=%00',
  ])('refuse the question %s', async (question) => {
    expect(outcomeOf(await viewer.get(`${await makeLayout()}/${question}`))).toEqual([
      400,
      'HTTP_INPUT_INVALID',
    ]);
  });

  it('are not there for another tenant, by any route', async () => {
    const layout = await makeLayout();
    const { id } = dataOf(await editor.post(`${layout}/regions`, cell));
    const asked: [string, string, unknown?][] = [
      ['GET', ''],
      ['PATCH', '', { name: 'mine' }],
      ['DELETE', ''],
      ['POST', '/restore'],
      ['GET', '/export'],
      ['GET', '/history'],
      ['POST', '/undo'],
      ['POST', '/redo'],
      ['POST', '/import', { regions: [] }],
      ['GET', '/regions'],
      ['POST', '/regions', { ...cell, x: 5 }],
      ['POST', '/regions/bulk', { delete: [{ id }] }],
      ['GET', `/regions/${id}`],
      ['PATCH', `/regions/${id}`, { x: 1 }],
      ['DELETE', `/regions/${id}`],
    ];

    for (const [method, path, body] of asked) {
      const answer = await send(foreign, method, layout + path, body);
      expect([path, ...outcomeOf(answer)]).toEqual([path, 404, 'LAYOUT_NOT_FOUND']);
    }
    expect(rowsOf(await foreign.get('/api/layouts'))).toEqual([]);
    expect(rowsOf(await foreign.get('/api/layouts/regions?search=visits'))).toEqual([]);
  });

  it('are changed by editors alone', async () => {
    const layout = await makeLayout();

    expect((await viewer.post(`${layout}/regions`, cell)).status).toBe(403);
    expect((await viewer.post(`${layout}/undo`, {})).status).toBe(403);
    expect((await viewer.get(layout)).status).toBe(200);
  });
});

describe('dashboards over HTTP', () => {
  it('are saved, listed, loaded, changed and deleted', async () => {
    const saved = await editor.post('/api/dashboards', {
      ...{ name: 'Mine', sections: ['health', { kind: 'chart' }], filters: { scraper: 'shop' } },
      ...{ timeRange: { timeWindow: '7d' }, sharing: 'read' },
    });
    const path = `/api/dashboards/${dataOf(saved).id}`;
    const listed = await viewer.get('/api/dashboards?search=min');
    const { name, sections } = dataOf(await viewer.get(path));
    const replaced = await send(editor, 'PUT', path, { ...dataOf(saved), name: 'Ours' });
    const outdated = await send(editor, 'PATCH', path, { name: 'x' }, { 'If-Match': '"1"' });
    const deleted = await send(editor, 'DELETE', path);

    expect([saved.status, saved.headers.get('ETag'), name, sections]).toEqual([
      ...[201, '"1"', 'Mine'],
      ['health', { kind: 'chart' }],
    ]);
    expect(rowsOf(listed).map((row) => row['name'])).toEqual(['Mine']);
    expect(dataOf(replaced)).toMatchObject({ name: 'Ours', version: 2, filters: { scraper: 'shop' } });
    expect(outcomeOf(outdated)).toEqual([412, 'DASHBOARD_VERSION_CONFLICT']);
    expect([deleted.status, (await viewer.get(path)).status]).toEqual([204, 404]);
  });

  it.each([
    ['no name', {}],
    ['a name that cannot be seen', { name: '\u200b' }],
    [
      'a time range that ends before it begins',
      { name: 'x', timeRange: { from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z' } },
    ],
    ['an unknown sharing', { name: 'x', sharing: 'world' }],
    [
      'sections of more than 64 KiB',
      { name: 'x', sections: Array.from({ length: 20 }, () => ({ text: 'x'.repeat(4_000) })) },
    ],
    ['101 sections', { name: 'x', sections: Array.from({ length: 101 }, () => 'health') }],
    ['an unknown field', { name: 'x', owner: 'root' }],
  ])('are refused with %s', async (_what, input) => {
    expect(outcomeOf(await editor.post('/api/dashboards', input))).toEqual([400, 'HTTP_INPUT_INVALID']);
  });
});
