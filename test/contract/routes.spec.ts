import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { AppModule } from '../../src/app.module.js';
import { readSettings } from '../../src/config/index.js';
import { buildOpenApi, configureHttp } from '../../src/platform/http/index.js';
import { readText } from '../support/source-files.js';
import { differences, shapeOf, SPEC_ROUTES } from '../support/spec-routes.js';
import { useTestDatabase } from '../support/test-database.js';

type OperationObject = NonNullable<Awaited<ReturnType<typeof buildOpenApi>>['paths'][string]['get']>;

/** The part of Express's router that its typings leave out. */
interface Layer {
  readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> };
}

/** Served by the platform beside the controllers, and no part of the API. */
const DOCUMENT_ROUTES = /^\/docs(\/|$)/;

function routesOf(app: NestExpressApplication): string[] {
  const { stack } = app.getHttpAdapter().getInstance().router as unknown as {
    readonly stack: readonly Layer[];
  };
  return stack
    .flatMap(({ route }) => (route === undefined ? [] : [route]))
    .filter(({ path }) => !DOCUMENT_ROUTES.test(path))
    .flatMap(({ path, methods }) =>
      Object.keys(methods).map((method) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`),
    )
    .sort();
}

describe('OpenAPI document', () => {
  const database = useTestDatabase({ isServed: true });
  let app: NestExpressApplication;

  beforeAll(async () => {
    const settings = readSettings({
      DATABASE_URL: database.url,
      LOG_LEVEL: 'silent',
      DATABASE_POOL_MIN: '0',
    });
    const compiled = await Test.createTestingModule({ imports: [AppModule.forRoot(settings)] }).compile();
    app = compiled.createNestApplication<NestExpressApplication>({ bodyParser: false, logger: false });
    configureHttp(app);
    await app.init();
  });

  afterAll(() => app.close());

  it('has the routes of the application, all and no others', async () => {
    const { paths } = await buildOpenApi(app);

    const documented = Object.entries(paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method} ${path}`),
    );
    expect(documented.sort()).toEqual(routesOf(app));
  });

  it('has its routes listed in docs/reference/api.md, all and no others', () => {
    const rows = readText('docs/reference/api.md').matchAll(/^\| `([A-Z]+) (\/[^`]*)` \|/gm);

    const listed = [...rows].map(([, method = '', path = '']) => `${method.toLowerCase()} ${path}`);
    expect(listed.sort()).toEqual(routesOf(app));
  });

  it('says of each route what it does and who may use it, and asks for a key where one is needed', async () => {
    const { paths, security } = await buildOpenApi(app);

    const operations = Object.values(paths).flatMap((item) => Object.values(item) as OperationObject[]);
    const told = operations.filter(
      ({ summary, description }) => /^Access: [a-z-]+\.$/.test(description ?? '') && (summary ?? '') !== '',
    );
    expect(told).toHaveLength(operations.length);
    expect(security).toEqual([{ bearer: [] }]);
    expect(paths['/livez']?.get?.security).toEqual([]);
    expect(paths['/api/alert-rules']?.post).not.toHaveProperty('security');
  });

  it('describes the streams and headers that handlers read by themselves', async () => {
    const { paths } = await buildOpenApi(app);

    const takes = (path: string) => {
      const { requestBody, parameters } = paths[path]?.post ?? {};
      const content = requestBody !== undefined && 'content' in requestBody ? requestBody.content : {};
      const headers = (parameters ?? []).flatMap((one) =>
        'in' in one && one.in === 'header' ? one.name : [],
      );
      return { mediaTypes: Object.keys(content), headers };
    };
    expect(takes('/api/metrics/events')).toEqual({
      mediaTypes: ['application/json', 'application/x-ndjson', 'application/ndjson', 'application/jsonl'],
      headers: ['Idempotency-Key'],
    });
    expect(takes('/api/metrics/scheduler')).toEqual({
      mediaTypes: ['application/json'],
      headers: ['Idempotency-Key'],
    });
    expect(takes('/api/keys')).toEqual({ mediaTypes: ['application/json'], headers: [] });
  });

  it('declares every parameter of every path', async () => {
    const { paths } = await buildOpenApi(app);

    const undeclared = Object.entries(paths).flatMap(([path, item]) =>
      (Object.entries(item) as [string, OperationObject][]).flatMap(([method, { parameters = [] }]) => {
        const declared = parameters.flatMap((one) => ('in' in one && one.in === 'path' ? [one.name] : []));
        const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
        return named.filter((name) => !declared.includes(name)).map((name) => `${method} ${path} ${name}`);
      }),
    );
    expect(undeclared).toEqual([]);
  });

  it.each([
    ['patch', '/api/layouts/{id}/regions/{regionId}', 'If-Match', ['200', '412'], true],
    ['delete', '/api/layouts/{id}', 'If-Match', ['204', '412'], false],
    ['post', '/api/layouts/{id}/undo', 'If-Match', ['200', '412'], false],
    ['put', '/api/dashboards/{id}', 'If-Match', ['200', '412'], true],
    ['get', '/api/layouts/{id}', 'If-None-Match', ['200', '304'], true],
  ] as const)('tells of %s %s that it heeds versions', async (method, path, header, statuses, isTagged) => {
    const { paths } = await buildOpenApi(app);
    const { parameters, responses = {} } = paths[path]?.[method] ?? {};

    expect(parameters).toContainEqual(expect.objectContaining({ in: 'header', name: header }));
    expect(Object.keys(responses)).toEqual(expect.arrayContaining([...statuses]));
    expect(responses[statuses[0]]).toEqual(
      isTagged
        ? expect.objectContaining({ headers: { ETag: expect.anything() as unknown } })
        : expect.not.objectContaining({ headers: expect.anything() as unknown }),
    );
  });

  it('describes success and failure of every route', async () => {
    const { paths, components } = await buildOpenApi(app);

    const operations = Object.values(paths).flatMap((item) => Object.values(item) as { responses: object }[]);
    expect(operations.filter(({ responses }) => !('default' in responses))).toEqual([]);
    expect(
      operations.filter(({ responses }) => !Object.keys(responses).some((s) => s.startsWith('2'))),
    ).toEqual([]);
    expect(Object.keys(components?.schemas ?? {})).toEqual(expect.arrayContaining(['Envelope', 'Problem']));
  });

  it.each(SPEC_ROUTES)('has %s, with an example of what it is sent and what it answers', async (route) => {
    const [method = '', path = ''] = route.split(' ');
    const { paths } = await buildOpenApi(app);
    const operation = paths[path]?.[method.toLowerCase() as 'get' | 'post'];

    const answers = Object.entries(operation?.responses ?? {}).filter(([status]) => status.startsWith('2'));
    const contents = answers.flatMap(([, answer]) =>
      answer !== undefined && 'content' in answer ? Object.values(answer.content ?? {}) : [],
    );
    expect(routesOf(app)).toContain(`${method.toLowerCase()} ${path}`);
    expect(contents.filter((content) => 'example' in content && content.example !== undefined)).not.toEqual(
      [],
    );
    if (method === 'POST') {
      expect(operation?.requestBody).toMatchObject({
        content: { 'application/json': { example: expect.anything() as unknown } },
      });
    }
  });
});

describe('comparison of answers with examples', () => {
  it('notices keys and types that differ, and takes what is empty for what it is (control)', () => {
    const of = (real: unknown, example: unknown) => differences(shapeOf(real), shapeOf(example));

    expect(of({ a: 1, b: [{ c: 'x' }] }, { a: 2, b: [{ c: 'y' }, {}] })).toEqual([]);
    expect(of({ a: 1 }, { a: '1' })).toEqual(['.a: number and in the example string']);
    expect(of({ a: 1 }, { b: 1 })).toEqual(['.a: not in the example', '.b: in the example alone']);
    expect(of({ a: [], b: null }, { a: [1], b: 'x' })).toEqual([]);
    expect(of({ series: { x: 1 } }, { series: { y: 1 } })).toEqual([]);
  });
});
