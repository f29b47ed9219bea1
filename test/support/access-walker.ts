import type { IncomingMessage } from 'node:http';
import { RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { MetadataScanner, ModulesContainer, Reflector } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import request from 'supertest';
import { Access, type AccessLevel, type Role } from '../../src/tenancy/index.js';

/** One handler of a controller, as the framework knows it. */
export interface DeclaredRoute {
  readonly method: string;
  readonly path: string;
  readonly level: AccessLevel | undefined;
}

/** Somebody who sends requests; without `key` anonymous. */
export interface Actor {
  readonly name: string;
  readonly key?: string;
  /** Undefined for a key that opens nothing. */
  readonly role?: Role;
  readonly isOperator?: boolean;
}

/** Who may use what, written down a second time: the test must not ask the code it checks. */
const ALLOWED: Readonly<Record<Exclude<AccessLevel, 'open' | 'operator'>, string>> = {
  'metrics-read': 'viewer editor admin',
  viewer: 'viewer editor admin',
  editor: 'editor admin',
  admin: 'admin',
  ingest: 'collector editor admin',
};

/** Every handler of every controller of the application. */
export function declaredRoutes(app: NestExpressApplication): DeclaredRoute[] {
  const modules = [...app.get(ModulesContainer, { strict: false }).values()];
  const controllers = modules.flatMap(({ controllers }) =>
    [...controllers.values()].flatMap(({ metatype }) => (metatype ? [metatype as Type] : [])),
  );
  return controllers.flatMap(routesOf);
}

function routesOf(controller: Type): DeclaredRoute[] {
  const scanner = new MetadataScanner();
  const prototype = controller.prototype as Record<string, () => unknown>;
  return scanner.getAllMethodNames(prototype).flatMap((name) => {
    const handler = prototype[name];
    const path: unknown = handler && Reflect.getMetadata(PATH_METADATA, handler);
    if (handler === undefined || typeof path !== 'string') return [];
    const method = RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod];
    const prefix = Reflect.getMetadata(PATH_METADATA, controller) as string;
    const level = new Reflector().getAllAndOverride(Access, [handler, controller]) as AccessLevel | undefined;
    const full = `/${prefix}/${path}`.replace(/\/+/g, '/').replace(/(.)\/$/, '$1');
    return [{ method: method.toLowerCase(), path: full, level }];
  });
}

/** What the HTTP server itself routes, as "get /path"; what serves the API's own documents is left out. */
export function servedRoutes(app: NestExpressApplication): string[] {
  interface Layer {
    readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> };
  }
  const { stack } = app.getHttpAdapter().getInstance().router as unknown as { stack: readonly Layer[] };
  return stack
    .flatMap(({ route }) => route ?? [])
    .flatMap(({ path, methods }) => Object.keys(methods).map((method) => `${method} ${path}`))
    .filter((route) => !/^\w+ \/docs(\/|$)/.test(route));
}

/**
 * Walks all routes as all actors and tells, a line each, where the answer is not what the route declares.
 * Requests that get through carry no body and an unknown id, so that they change nothing.
 */
export async function accessViolations(
  app: NestExpressApplication,
  actors: readonly Actor[],
  isMetricsReadOpen: boolean,
): Promise<string[]> {
  const routes = declaredRoutes(app);
  const declared = new Set(routes.map(({ method, path }) => `${method} ${path}`));
  const violations = servedRoutes(app)
    .filter((route) => !declared.has(route))
    .map((route) => `${route} is served past the controllers`);
  for (const route of routes) {
    if (route.level === undefined) violations.push(`${route.method} ${route.path} declares no access`);
    const answers = actors.map(async (actor) => {
      const expected = expectedRefusal(route.level, actor, isMetricsReadOpen);
      const actual = await refusalOf(app, route, actor);
      if (actual === expected) return [];
      return `${route.method} ${route.path} as ${actor.name}: ${actual ?? 'passed'}, not ${expected ?? 'passed'}`;
    });
    violations.push(...(await Promise.all(answers)).flat());
  }
  return violations;
}

function expectedRefusal(
  level: AccessLevel | undefined,
  actor: Actor,
  isMetricsReadOpen: boolean,
): string | undefined {
  if (level === undefined) return '403 TENANCY_ACCESS_UNDECLARED';
  if (level === 'open') return undefined;
  const isOpen = level === 'metrics-read' && isMetricsReadOpen;
  if (actor.key === undefined) return isOpen ? undefined : '401 TENANCY_KEY_MISSING';
  if (actor.role === undefined) return '401 TENANCY_KEY_INVALID';
  return isOpen || reaches(level, actor) ? undefined : '403 TENANCY_ROLE_TOO_LOW';
}

function reaches(
  level: keyof typeof ALLOWED | 'operator',
  { role = 'viewer', isOperator = false }: Actor,
): boolean {
  return level === 'operator' ? isOperator : ALLOWED[level].split(' ').includes(role);
}

/** Reads an answer as supertest does by itself; of an event source, which never ends, the head alone. */
export function readAnswer(
  answer: request.Response,
  done: (error: Error | null, body: unknown) => void,
): void {
  const message = answer as unknown as IncomingMessage & { text: string };
  const type = message.headers['content-type'] ?? '';
  message.text = '';
  if (type.startsWith('text/event-stream')) {
    done(null, {});
    message.destroy();
    return;
  }
  message.setEncoding('utf8');
  message.on('data', (piece: string) => (message.text += piece));
  message.on('end', () =>
    done(null, /json/.test(type) && message.text !== '' ? JSON.parse(message.text) : {}),
  );
}

async function refusalOf(
  app: NestExpressApplication,
  { method, path }: DeclaredRoute,
  { key }: Actor,
): Promise<string | undefined> {
  const call = request(app.getHttpServer());
  const url = path.replace(/:\w+/g, 'unknown');
  const pending = (call as unknown as Record<string, (url: string) => request.Test>)[method]?.(url);
  if (pending === undefined) return `unknown method ${method}`;
  const asked = pending.buffer(true).parse(readAnswer);
  const { status, body } = await (key === undefined ? asked : asked.set('Authorization', `Bearer ${key}`));
  const { code } = body as { code?: unknown };
  const isRefusal =
    status === 401 ||
    status === 403 ||
    (typeof code === 'string' && /^TENANCY_(KEY_[MI]|ROLE|ACCESS)/.test(code));
  return isRefusal ? `${status} ${String(code)}` : undefined;
}
