import { ModulesContainer, Reflector } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { OpenAPIObject } from '@nestjs/swagger';
import { type AnswerExample, AnswerExamples } from './answer-examples.js';
import { toEnvelope } from './envelope.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Parameters = NonNullable<Operation['parameters']>;
type Body = NonNullable<Operation['requestBody']>;
type Responses = Operation['responses'];

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** Adds to `document` what AnswerExamples says about the handlers of `app`; answers must be described already. */
export function addExamples(document: OpenAPIObject, app: NestExpressApplication): OpenAPIObject {
  const examples = collectExamples(app);
  const paths = Object.fromEntries(
    Object.entries(document.paths).map(([path, item]) => {
      const operations = METHODS.flatMap((method) => {
        const operation = item[method];
        const own = examples.get(operation?.operationId ?? '');
        const example = own?.sameAs === undefined ? own : examples.get(own.sameAs);
        return operation === undefined || example === undefined
          ? []
          : [[method, withExample(operation, example)] as const];
      });
      return [path, { ...item, ...Object.fromEntries(operations) }];
    }),
  );
  return { ...document, paths };
}

/** By operation id, as the generator makes it of class and method. */
function collectExamples(app: NestExpressApplication): ReadonlyMap<string, AnswerExample> {
  const reflector = app.get(Reflector);
  const modules = [...app.get(ModulesContainer).values()];
  const controllers = modules.flatMap((module) => [...module.controllers.values()]);
  return new Map(
    controllers.flatMap(({ name, metatype }) => {
      const examples = typeof metatype === 'function' ? reflector.get(AnswerExamples, metatype) : undefined;
      return Object.entries(examples ?? {}).map(
        ([method, example]) => [`${String(name)}_${method}`, example] as const,
      );
    }),
  );
}

function withExample(operation: Operation, example: AnswerExample): Operation {
  const { parameters, requestBody } = operation;
  return {
    ...operation,
    ...(parameters !== undefined && { parameters: withQuery(parameters, example.query ?? {}) }),
    ...(requestBody !== undefined && { requestBody: withBody(requestBody, example.request) }),
    responses: withAnswer(operation.responses, example),
  };
}

function withQuery(parameters: Parameters, query: Readonly<Record<string, string | number>>): Parameters {
  return parameters.map((parameter) =>
    '$ref' in parameter || query[parameter.name] === undefined
      ? parameter
      : { ...parameter, example: query[parameter.name] },
  );
}

function withBody(body: Body, example: unknown): Body {
  const json = '$ref' in body ? undefined : body.content['application/json'];
  if (json === undefined || '$ref' in body || example === undefined) return body;
  return { ...body, content: { ...body.content, 'application/json': { ...json, example } } };
}

function withAnswer(responses: Responses, { answer, texts = {} }: AnswerExample): Responses {
  const described = Object.entries<Responses[string]>(responses).map(([status, response]) => {
    if (response === undefined || '$ref' in response || !status.startsWith('2')) return [status, response];
    const json = response.content?.['application/json'];
    const content = {
      ...response.content,
      ...(answer !== undefined && { 'application/json': { ...json, example: toEnvelope(answer) } }),
      ...Object.fromEntries(
        Object.entries(texts).map(([type, example]) => [type, { schema: { type: 'string' }, example }]),
      ),
    };
    return [status, { ...response, content }];
  });
  return Object.fromEntries(described) as Responses;
}
