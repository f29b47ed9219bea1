import { ModulesContainer, Reflector } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { OpenAPIObject } from '@nestjs/swagger';
import { STREAM_TYPES } from './bodies.js';
import { DescribeRequest, type RequestDescription } from './describe-request.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['post']>;
type RequestBody = Exclude<NonNullable<Operation['requestBody']>, { $ref: string }>;

/** Adds to `document` what DescribeRequest says about the handlers of `app`. */
export function describeRequests(document: OpenAPIObject, app: NestExpressApplication): OpenAPIObject {
  const descriptions = collectDescriptions(app);
  const paths = Object.fromEntries(
    Object.entries(document.paths).map(([path, item]) => {
      const { post } = item;
      const description = descriptions.get(post?.operationId ?? '');
      const isDescribed = post !== undefined && description !== undefined;
      return [path, isDescribed ? { ...item, post: withRequest(post, description) } : item];
    }),
  );
  return { ...document, paths };
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

function withRequest(operation: Operation, { headers = [], streamOf }: RequestDescription): Operation {
  const parameters = headers.map(({ name, description, pattern }) => ({
    name,
    in: 'header' as const,
    required: false,
    description,
    schema: { type: 'string', pattern },
  }));
  const described = { ...operation, parameters: [...(operation.parameters ?? []), ...parameters] };
  const body = operation.requestBody;
  if (streamOf === undefined || body === undefined || '$ref' in body) return described;
  return { ...described, requestBody: withStream(body, streamOf) };
}

function withStream(body: RequestBody, streamOf: string): RequestBody {
  const stream = { schema: { type: 'string', description: `${streamOf} a line, as JSON.` } };
  const streams = Object.fromEntries([...STREAM_TYPES].map((type) => [type, stream]));
  return { ...body, content: { ...body.content, ...streams } };
}
