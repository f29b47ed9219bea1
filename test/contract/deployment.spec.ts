import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { Environment } from '../../src/config/environment.js';
import { readSettings } from '../../src/config/index.js';
import { readText, ROOT } from '../support/source-files.js';

const Texts = z.record(z.string(), z.string());
const Compose = z.object({
  services: z.record(
    z.string(),
    z.object({
      image: z.string(),
      environment: Texts.optional(),
      ports: z.array(z.string()).optional(),
      depends_on: z.record(z.string(), z.object({ condition: z.string() })).optional(),
      healthcheck: z.object({ test: z.array(z.string()) }).optional(),
      stop_grace_period: z.string().optional(),
    }),
  ),
});

/** Jobs and connections each get this long to end (BackgroundJobs, DatabaseModule). */
const CLOSING_MS = 2 * 5_000;
const known = Object.keys(Environment.shape);
const dockerfile = readText('Dockerfile');

function manifest<T>(path: string, schema: z.ZodType<T>): T {
  return schema.parse(parse(readText(path)));
}

/** Settings of a process with these variables on top of the image's. */
function settingsWith(variables: Readonly<Record<string, string>>) {
  return readSettings({ ...imageVariables(), ...variables });
}

function imageVariables(): Record<string, string> {
  const pairs = /^ENV (.+)$/m.exec(dockerfile)?.[1]?.split(' ') ?? [];
  return Object.fromEntries(pairs.map((pair) => pair.split('=') as [string, string]));
}

/** How long a process with these variables may take to stop. */
function stopMs(variables: Readonly<Record<string, string>>): number {
  const { shutdownNotReadyMs, shutdownDeadlineMs } = settingsWith(variables).http;
  return shutdownNotReadyMs + shutdownDeadlineMs + CLOSING_MS;
}

/** Paths of GET routes; the page is compared with the application by the contract test of the routes. */
const routes = [...readText('docs/reference/api.md').matchAll(/^\| `GET ([^`]+)` \|/gm)].map(
  ([, path]) => path,
);

describe('Dockerfile', () => {
  const stages = [...dockerfile.matchAll(/^FROM (\S+) AS (\w+)$/gm)];
  const copies = [...dockerfile.matchAll(/^COPY (?:--from=(\w+) )?(.+) \S+$/gm)];

  it('builds on Node 24 in stages of which the last is not root', () => {
    expect(stages.length).toBeGreaterThan(1);
    expect(stages.map(([, image]) => image).filter((image) => !image?.startsWith('node:24'))).toEqual([]);
    expect(dockerfile.slice(dockerfile.lastIndexOf('FROM'))).toMatch(/^USER node$/m);
  });

  it('copies what exists: files of the checkout that .dockerignore lets in, and stages', () => {
    const letIn = readText('.dockerignore').split('\n');
    const names = stages.map(([, , name]) => name);
    for (const [, stage, sources = ''] of copies) {
      if (stage !== undefined) {
        expect(names).toContain(stage);
        continue;
      }
      for (const source of sources.split(' ')) {
        expect([source, existsSync(join(ROOT, source))]).toEqual([source, true]);
        expect(letIn).toContain(`!${source.replace('./', '').split('/')[0] ?? ''}`);
      }
    }
    expect(copies.length).toBeGreaterThan(5);
  });

  it('installs production dependencies alone for the run time, and no embedded PostgreSQL', () => {
    expect(dockerfile).toContain('npm ci --omit=dev --omit=optional');
    expect(dockerfile).toContain('COPY --from=dependencies /app/node_modules');
    expect(
      [...dockerfile.matchAll(/npm ci .*/g)].filter(([line]) => !line.includes('--omit=optional')),
    ).toEqual([]);
  });

  it('starts what npm start starts', () => {
    const { scripts } = JSON.parse(readText('package.json')) as { scripts: { start: string } };

    expect(scripts.start).toBe('node dist/main.js');
    expect(dockerfile).toMatch(/^CMD \["node", "dist\/main\.js"\]$/m);
  });

  it('listens on every address, on the port it exposes, and is asked for its health there', () => {
    const { http } = settingsWith({});
    const healthcheck = /HEALTHCHECK[\s\S]*?\n {2}CMD .+/.exec(dockerfile)?.[0] ?? '';

    expect(
      Object.keys(imageVariables()).filter((name) => name !== 'NODE_ENV' && !known.includes(name)),
    ).toEqual([]);
    expect(http.host).toBe('0.0.0.0');
    expect(dockerfile).toMatch(new RegExp(`^EXPOSE ${http.port}$`, 'm'));
    expect(routes).toContain(/process\.env\.PORT \+ '([^']+)'/.exec(healthcheck)?.[1]);
  });
});

describe('compose.yaml', () => {
  const { services } = manifest('compose.yaml', Compose);
  const { plimsoll, ...others } = services;

  it('sets variables that exist, and takes secrets from outside', () => {
    const variables = plimsoll?.environment ?? {};

    expect(Object.keys(variables).filter((name) => !known.includes(name))).toEqual([]);
    expect(variables['PLIMSOLL_ADMIN_KEY']).toMatch(/^\$\{PLIMSOLL_ADMIN_KEY:\?/);
    expect(variables['DATABASE_URL']).toContain(':${POSTGRES_PASSWORD:?');
  });

  it('addresses its own services, and waits until they are healthy', () => {
    const hosts = Object.values(plimsoll?.environment ?? {}).flatMap(
      (text) => /^\w+:\/\/(?:.*@)?(\w+):\d+/.exec(text)?.[1] ?? [],
    );

    expect(hosts.sort()).toEqual(Object.keys(others).sort());
    for (const [name, { healthcheck }] of Object.entries(others)) {
      expect(plimsoll?.depends_on?.[name]?.condition).toBe('service_healthy');
      expect(healthcheck?.test[0]).toBe('CMD');
    }
  });

  it('publishes the port of the image, on loopback, and gives it time to stop', () => {
    expect(plimsoll?.ports).toEqual([`127.0.0.1:3000:${settingsWith({}).http.port}`]);
    expect(parseInt(plimsoll?.stop_grace_period ?? '0') * 1_000).toBeGreaterThan(stopMs({}));
  });
});
