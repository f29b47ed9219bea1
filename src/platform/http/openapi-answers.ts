import type { OpenAPIObject } from '@nestjs/swagger';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;
type Responses = Operation['responses'];

const METHODS = ['get', 'put', 'post', 'delete', 'patch', 'options', 'head'] as const;

const PROBLEM_SCHEMA = {
  type: 'object',
  description: 'Problem details, RFC 9457.',
  required: ['type', 'title', 'status', 'detail', 'instance', 'code', 'details'],
  properties: {
    type: { type: 'string', format: 'uri' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    instance: { type: 'string' },
    code: { type: 'string', description: 'Stable; docs/reference/errors.md lists all.' },
    details: { type: 'object', additionalProperties: true },
    requestId: { type: 'string' },
  },
};

const ENVELOPE_SCHEMA = {
  type: 'object',
  required: ['success', 'data'],
  properties: { success: { type: 'boolean' }, data: {} },
};

/** Adds what all answers have in common: the envelope on success, problem details otherwise. */
export function describeAnswers(document: OpenAPIObject): OpenAPIObject {
  const schemas: Schemas = {
    ...document.components?.schemas,
    Problem: PROBLEM_SCHEMA,
    Envelope: ENVELOPE_SCHEMA,
  };
  const paths = Object.fromEntries(
    Object.entries(document.paths).map(([path, item]) => {
      const operations = METHODS.flatMap((method) => {
        const operation = item[method];
        return operation === undefined ? [] : [[method, withAnswers(operation)] as const];
      });
      return [path, { ...item, ...Object.fromEntries(operations) }];
    }),
  );
  return { ...document, paths, components: { ...document.components, schemas } };
}

function withAnswers(operation: Operation): Operation {
  const responses: Responses = {};
  for (const [status, response] of Object.entries<Responses[string]>(operation.responses)) {
    const isPlain = response !== undefined && !('$ref' in response) && response.content === undefined;
    const isSuccess = status.startsWith('2') && status !== '204';
    responses[status] =
      isPlain && isSuccess
        ? { ...response, description: response.description || 'Success.', content: json('Envelope') }
        : response;
    if (isPlain && status.startsWith('4')) responses[status] = problem(response.description);
  }
  return { ...operation, responses: { ...responses, default: problem('Any failure.') } };
}

function problem(description: string) {
  return { description, content: { 'application/problem+json': { schema: reference('Problem') } } };
}

function json(name: string) {
  return { 'application/json': { schema: reference(name) } };
}

function reference(name: string) {
  return { $ref: `#/components/schemas/${name}` };
}
