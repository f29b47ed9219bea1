import { StandardSchemaValidationPipe } from '@nestjs/common';
import { InvalidInputError } from './errors.js';

/** An issue of any Standard Schema library. */
interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

const MAX_ISSUES = 20;
/** Paths and messages repeat names from the input, which may be long. */
const MAX_TEXT = 200;

/** Checks every handler argument that names a schema; what comes out is what the schema made of it. */
export function inputValidation(): StandardSchemaValidationPipe {
  return new StandardSchemaValidationPipe({ exceptionFactory: toInputError });
}

/** The error for what a schema found; for handlers that validate by themselves, such as streams. */
export function toInputError(issues: readonly SchemaIssue[], pathPrefix = ''): InvalidInputError {
  const shown = issues.slice(0, MAX_ISSUES).map(({ message, path = [] }) => ({
    path: [pathPrefix, ...path.map(nameOf)]
      .filter((part) => part !== '')
      .join('.')
      .slice(0, MAX_TEXT),
    message: message.slice(0, MAX_TEXT),
  }));
  return new InvalidInputError(shown, issues.length);
}

function nameOf(segment: PropertyKey | { readonly key: PropertyKey }): string {
  return String(typeof segment === 'object' ? segment.key : segment);
}
