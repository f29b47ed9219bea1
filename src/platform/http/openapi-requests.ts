import { ModulesContainer, Reflector } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { OpenAPIObject } from '@nestjs/swagger';
import { STREAM_TYPES } from './bodies.js';
import { DescribeRequest, type RequestDescription } from './describe-request.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['post']>;
type RequestBody = Exclude<NonNullable<Operation['requestBody']>, { $ref: string }>;

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

const ETAG = {
  description: 'The version, for If-Match of the next change.',
  schema: { type: 'string' as const },
};

/** Adds to `document` what DescribeRequest says about the handlers of `app`, and path parameters it does not know of. */
export function describeRequests(document: OpenAPIObject, app: NestExpressApplication): OpenAPIObject {
  const descriptions = collectDescriptions(app);
  const paths = Object.fromEntries(
    Object.entries(document.paths).map(([path, item]) => {
      const operations = METHODS.flatMap((method) => {
        const operation = item[method];
        if (operation === undefined) return [];
        const description = descriptions.get(operation.operationId ?? '') ?? {};
        return [[method, withRequest(withPath(operation, path), description)] as const];
      });
      return [path, { ...item, ...Object.fromEntries(operations) }];
    }),
  );
  return { ...document, paths };
}

/** A handler that takes all path parameters as one object tells the generator none of them. */
function withPath(operation: Operation, path: string): Operation {
  const known = new Set(
    (operation.parameters ?? []).map((parameter) => ('name' in parameter ? parameter.name : '')),
  );
  const missing = [...path.matchAll(/\{(\w+)\}/g)].flatMap(([, name = '']) =>
    known.has(name) ? [] : [name],
  );
  const added = missing.map((name) => ({
    name,
    required: true,
    in: 'path' as const,
    schema: { type: 'string' as const },
  }));
  return { ...operation, parameters: [...added, ...(operation.parameters ?? [])] };
}

/** By operation id, as the generator makes it of class and method. */
function collectDescriptions(app: NestExpressApplication): ReadonlyMap<string, RequestDescription> {
  const reflector = app.get(Reflector);
  const controllers = [...app.get(ModulesContainer).values()].flatMap((module) => [
    ...module.controllers.values(),
  ]);
  const found = new Map<string, RequestDescription>();
  for (const { name, metatype } of controllers) {
    for (const [method, handler] of handlersOf(metatype?.prototype as object | undefined)) {
      const description = descriptionOf(handler, reflector);
      if (description !== undefined) found.set(`${String(name)}_${method}`, description);
    }
  }
  return found;
}

type Handler = (...args: never[]) => unknown;

function handlersOf(prototype: object | undefined): [method: string, handler: Handler][] {
  const members = Object.entries(Object.getOwnPropertyDescriptors(prototype ?? {}));
  return members.flatMap(([method, { value }]) =>
    typeof value === 'function' ? [[method, value as Handler] as [string, Handler]] : [],
  );
}

function descriptionOf(handler: Handler, reflector: Reflector): RequestDescription | undefined {
  return reflector.get(DescribeRequest, handler);
}

function withRequest(operation: Operation, description: RequestDescription): Operation {
  const { headers = [], streamOf } = description;
  const parameters = headers.map(({ name, description: text, pattern }) => ({
    name,
    in: 'header' as const,
    required: false,
    description: text,
    schema: { type: 'string', pattern },
  }));
  const described = {
    ...operation,
    parameters: [...(operation.parameters ?? []), ...parameters],
    responses: withAnswers(operation.responses, description),
  };
  const body = operation.requestBody;
  if (streamOf === undefined || body === undefined || '$ref' in body) return described;
  return { ...described, requestBody: withStream(body, streamOf) };
}

function withAnswers(
  responses: Operation['responses'],
  { answers = {}, isVersioned = false }: RequestDescription,
): Operation['responses'] {
  const own = Object.entries(answers).map(([status, description]) => [status, { description }] as const);
  const usual = Object.entries<Operation['responses'][string]>(responses).map(([status, response]) => {
    const isTagged = isVersioned && status.startsWith('2') && response !== undefined && !('$ref' in response);
    return [status, isTagged ? { ...response, headers: { ETag: ETAG } } : response] as const;
  });
  return Object.fromEntries([...usual, ...own]) as Operation['responses'];
}

function withStream(body: RequestBody, streamOf: string): RequestBody {
  const stream = { schema: { type: 'string', description: `${streamOf} a line, as JSON.` } };
  const streams = Object.fromEntries([...STREAM_TYPES].map((type) => [type, stream]));
  return { ...body, content: { ...body.content, ...streams } };
}
