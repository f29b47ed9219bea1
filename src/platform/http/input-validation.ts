import { StandardSchemaValidationPipe } from '@nestjs/common';
import { InvalidInputError } from './errors.js';
import { explained, placeOf, type SchemaIssue } from './schema-issues.js';

const MAX_ISSUES = 20;
/** Paths and messages repeat names from the input, which may be long. */
const MAX_TEXT = 200;

/** Checks every handler argument that names a schema; what comes out is what the schema made of it. */
export function inputValidation(): StandardSchemaValidationPipe {
  return new StandardSchemaValidationPipe({ exceptionFactory: toInputError });
}

/** The error for what a schema found; for handlers that validate by themselves, such as streams. */
export function toInputError(issues: readonly SchemaIssue[], pathPrefix = ''): InvalidInputError {
  const all = explained(issues);
  const shown = all.slice(0, MAX_ISSUES).map((issue) => ({
    path: [pathPrefix, placeOf(issue)]
      .filter((part) => part !== '')
      .join('.')
      .slice(0, MAX_TEXT),
    message: issue.message.slice(0, MAX_TEXT),
  }));
  return new InvalidInputError(shown, all.length);
}
