import { catalog, type CatalogSession, FIRST_USER_OID, type FoundName } from '../catalog.repository.js';
import { chooseSchemas, doubtfulAttributes, type NameRules } from './name-resolution.js';
import { refuse } from './refuse.js';
import { RelationGuard } from './relation-guard.js';
import type { PlacedName, StatementFacts, UsedName } from './statement-facts.js';

/** How the statement is to be sent, once its names were found harmless. */
export interface Approval {
  /** The search path under which its names mean what was checked, pg_catalog first. */
  readonly searchPath: readonly string[];
  /** Names to complete, since their schema is not on that path. */
  readonly completions: readonly { readonly at: number; readonly schema: string }[];
  readonly relations: readonly FoundName[];
  /** Types that values of the statement may have. */
  readonly types: readonly number[];
}

/**
 * The second layer: what the names of a statement stand for on this server. Whatever the planner could run must be
 * PostgreSQL's own code, or that of an extension which only computes, and none of the built-in functions that have effects.
 */
export class CatalogGuard {
  private readonly behind: RelationGuard;

  constructor(private readonly session: CatalogSession) {
    this.behind = new RelationGuard(session);
  }

  /** @throws QueryPlanRefusedError QUERY_PLAN_REFUSED */
  async check(facts: StatementFacts, path: readonly string[]): Promise<Approval> {
    const rules = await this.readRules(facts, path);
    const chosen = chooseSchemas(facts, rules);
    const relations = facts.relations.flatMap((used) => firstOf(used, rules.relations, path));
    await this.checkAttributes(rules, facts.attributes, relations);
    // A type can be called like a function.
    const types = [...facts.types, ...facts.functions].flatMap((used) => firstOf(used, rules.types, path));
    const typeIds = types.map(({ oid }) => oid);
    const columns = await this.columnTypes(relations);
    await this.behind.checkTypes([...typeIds, ...columns]);
    return {
      searchPath: ['pg_catalog', ...chosen],
      completions: [
        ...completionsOf(facts.relations, rules.relations, path, chosen),
        ...completionsOf(facts.types, rules.types, path, chosen),
      ],
      relations,
      types: [...typeIds, ...columns],
    };
  }

  /**
   * Code that types alone lead to. Casts count only where the server does not tell which of them it takes: one that works
   * unasked counts always then.
   */
  async checkSilentCode(types: readonly number[], areCastsKnown: boolean): Promise<void> {
    const casts = areCastsKnown ? [] : await catalog.casts(this.session);
    const classes = await catalog.operatorClasses(this.session);
    const isMet = (type: number): boolean => type < FIRST_USER_OID || types.includes(type);
    const isCast = casts.some(({ types: ends, isImplicit }) => {
      const target = ends.at(-1) ?? 0;
      return ends.every(isMet) && (isImplicit || types.includes(target));
    });
    if (isCast) refuse('cast', 'a cast of a user could run without being named');
    if (classes.some(({ types: ends }) => ends.some((type) => types.includes(type)))) {
      refuse('cast', 'an operator class of a user could run without being named');
    }
  }

  /** `value.name` calls a function when no column has that name. */
  private async checkAttributes(
    rules: NameRules,
    attributes: readonly string[],
    relations: readonly FoundName[],
  ): Promise<void> {
    const calls = doubtfulAttributes(attributes, rules);
    if (calls.length === 0) return;
    const columns = await catalog.columns(
      this.session,
      relations.map(({ oid }) => oid),
      calls,
    );
    const call = calls.find((name) => !columns.includes(name));
    if (call !== undefined)
      refuse('function', `.${call} can call a function of that name`, { function: call });
  }

  private async columnTypes(relations: readonly FoundName[]): Promise<number[]> {
    const ofUsers = relations.map(({ oid }) => oid).filter((oid) => oid >= FIRST_USER_OID);
    return ofUsers.length === 0 ? [] : catalog.columnTypes(this.session, ofUsers);
  }

  private async readRules(facts: StatementFacts, path: readonly string[]): Promise<NameRules> {
    const named = [...facts.functions, ...facts.operators, ...facts.types, ...facts.relations];
    const explicit = named.flatMap(({ schema }) => (schema === undefined ? [] : [schema]));
    const schemas = [...new Set(['pg_catalog', ...path, ...explicit])];
    const names = (used: readonly { readonly name: string }[]): string[] => [
      ...new Set(used.map(({ name }) => name)),
    ];
    const callable = [...names(facts.functions), ...facts.attributes];
    return {
      path,
      functions: await catalog.functions(this.session, callable, schemas),
      operators: await catalog.operators(this.session, names(facts.operators), schemas),
      types: await catalog.types(this.session, [...names(facts.types), ...names(facts.functions)], schemas),
      relations:
        facts.relations.length === 0
          ? []
          : await catalog.relations(this.session, names(facts.relations), schemas),
    };
  }
}

/** What the server would find under a name. */
function firstOf(
  { schema, name }: UsedName,
  found: readonly FoundName[],
  path: readonly string[],
): readonly FoundName[] {
  const order = schema === undefined ? ['pg_catalog', ...path] : [schema];
  for (const place of order) {
    const hit = found.find((one) => one.schema === place && one.name === name);
    if (hit !== undefined) return [hit];
  }
  return [];
}

function completionsOf(
  names: readonly PlacedName[],
  found: readonly FoundName[],
  path: readonly string[],
  chosen: readonly string[],
): { at: number; schema: string }[] {
  return names.flatMap((used) => {
    const [hit] = used.schema === undefined ? firstOf(used, found, path) : [];
    if (hit === undefined || hit.schema === 'pg_catalog' || chosen.includes(hit.schema)) return [];
    if (used.at === undefined)
      refuse('type', `"${used.name}" is not one of PostgreSQL's own`, { name: used.name });
    return [{ at: used.at, schema: hit.schema }];
  });
}
