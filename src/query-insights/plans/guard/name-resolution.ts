import type { Candidate, FoundName } from '../catalog.repository.js';
import { isHarmlessBuiltIn, isHarmlessVolatile } from './built-ins.js';
import { refuse } from './refuse.js';
import type { StatementFacts, UsedName } from './statement-facts.js';

/** What the server has under the names of a statement, in the schemas where it may look. */
export interface NameRules {
  /** Schemas of unqualified names, without pg_catalog. */
  readonly path: readonly string[];
  readonly functions: readonly Candidate[];
  readonly operators: readonly Candidate[];
  readonly types: readonly FoundName[];
  readonly relations: readonly FoundName[];
}

/**
 * The schemas of `path` in which names may be looked for: those without a function or operator of a user that could be
 * taken for one the statement means. Which of several functions of one name the server takes depends on types that only
 * it knows, so all of one name count. What a schema left out was needed for is completed, or refused here.
 *
 * @throws QueryPlanRefusedError QUERY_PLAN_REFUSED
 */
export function chooseSchemas(facts: StatementFacts, rules: NameRules): readonly string[] {
  for (const used of facts.functions) checkFunction(used, rules);
  for (const used of facts.operators) checkOperator(used, rules);
  const names = new Set([...facts.functions.map(({ name }) => name), ...facts.attributes]);
  const operators = new Set(facts.operators.map(({ name }) => name));
  const isDoubtful = (schema: string): boolean =>
    rules.functions.some((one) => one.schema === schema && names.has(one.name) && !isFine(one)) ||
    rules.operators.some((one) => one.schema === schema && operators.has(one.name) && !isFine(one));
  return rules.path.filter((schema) => !isDoubtful(schema));
}

function isFine({ name, isBuiltIn, isSound, isVolatile }: Candidate): boolean {
  if (!isSound) return false;
  return isBuiltIn ? isHarmlessBuiltIn(name) && (!isVolatile || isHarmlessVolatile(name)) : !isVolatile;
}

function checkFunction(used: UsedName, { functions, path }: NameRules): void {
  const { name } = used;
  const inSchema = (schema: string): Candidate[] =>
    functions.filter((one) => one.name === name && one.schema === schema);
  const schemas = used.schema === undefined ? ['pg_catalog', ...path] : [used.schema];
  const builtIn = schemas.includes('pg_catalog') ? inSchema('pg_catalog') : [];
  const isDangerous = builtIn.some((one) => !isFine(one));
  if (isDangerous) refuse('function', `${name}() can do more than compute`, { function: name });
  if (builtIn.length > 0) return;
  const others = schemas.flatMap(inSchema);
  if (others.some((one) => !isFine(one))) {
    refuse('function', `${name}() is not one of PostgreSQL's own functions`, { function: name });
  }
}

function checkOperator(used: UsedName, { operators }: NameRules): void {
  const places = used.schema === undefined ? ['pg_catalog'] : [used.schema];
  // Those of pg_catalog that are sound are not listed; a user's there cannot be avoided.
  const doubtful = operators.filter(
    (one) => one.name === used.name && places.includes(one.schema) && !isFine(one),
  );
  if (doubtful.length > 0) {
    refuse('operator', `the operator ${used.name} is not one of PostgreSQL's own`, { operator: used.name });
  }
}

/** Attributes that are dangerous when the server takes them for a call of a built-in function. */
export function doubtfulAttributes(
  attributes: readonly string[],
  { functions }: NameRules,
): readonly string[] {
  const dangerous = functions.filter((one) => one.schema === 'pg_catalog' && !isFine(one));
  return attributes.filter((name) => dangerous.some((one) => one.name === name));
}
