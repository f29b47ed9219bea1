import {
  type Candidate,
  catalog,
  type CatalogSession,
  FIRST_USER_OID,
  type ReachedRelation,
  type StoredTree,
} from '../catalog.repository.js';
import { isHarmlessVolatile, isHarmlessWhenStored, isSensitiveRelation } from './built-ins.js';
import { isConstantCall } from './node-tree.js';
import { refuse } from './refuse.js';
import { readTree, type TreeIds } from './tree-ids.js';

const SYSTEM_SCHEMAS = new Set(['pg_catalog', 'information_schema']);
/** Tables, partitioned ones, views, materialised views, sequences. */
const READABLE_KINDS = new Set(['r', 'p', 'v', 'm', 'S']);
const MOST_REACHED = 5_000;

/** What stands behind the relations and types of a statement: views, policies, partitions, indexes, domains. */
export class RelationGuard {
  constructor(private readonly session: CatalogSession) {}

  /** @throws QueryPlanRefusedError QUERY_PLAN_REFUSED */
  async checkRelations(relations: readonly number[]): Promise<void> {
    const seen = new Set<number>();
    for (let next = [...new Set(relations)]; next.length > 0;) {
      for (const oid of next) seen.add(oid);
      if (seen.size > MOST_REACHED) refuse('caps', `it reaches more than ${MOST_REACHED} relations`);
      const found = await this.behind(next);
      next = found.filter((oid) => !seen.has(oid));
    }
  }

  /** Types whose values may be made while planning: their input functions run, and domains check. */
  async checkTypes(types: readonly number[]): Promise<void> {
    const ofUsers = types.filter((oid) => oid >= FIRST_USER_OID);
    if (ofUsers.length === 0) return;
    const parts = await catalog.typeParts(this.session, ofUsers);
    for (const { schema, name, isSound } of parts) {
      if (!isSound) refuse('type', `the type "${schema}.${name}" is made by code of a user`, { type: name });
    }
    if (parts.length === 0) return;
    await this.checkTrees(
      await catalog.domainTrees(
        this.session,
        parts.map(({ oid }) => oid),
      ),
    );
  }

  /** Code that the server itself says it would run. */
  async checkCode({ functions, operators }: TreeIds): Promise<void> {
    const code = await catalog.code(this.session, functions, operators);
    for (const { schema, name, isSound } of code.values()) {
      const shown = `${schema}.${name}`;
      if (!isSound)
        refuse('execution', `it would run ${shown}(), which is not PostgreSQL's own`, { function: shown });
    }
  }

  /** Checks these relations, and answers those that they lead to. */
  private async behind(oids: readonly number[]): Promise<number[]> {
    const relations = await catalog.relationsById(this.session, oids);
    for (const relation of relations) checkRelation(relation);
    // What PostgreSQL's own views call is PostgreSQL's own.
    const ofUsers = relations.filter(({ isBuiltIn }) => !isBuiltIn).map(({ oid }) => oid);
    if (ofUsers.length === 0) return [];
    const children = await catalog.descendants(this.session, ofUsers);
    const trees = await catalog.relationTrees(this.session, ofUsers);
    await this.checkTrees(trees);
    return [...children, ...trees.flatMap(({ tree }) => readTree(tree).relations)];
  }

  private async checkTrees(trees: readonly StoredTree[]): Promise<void> {
    if (trees.length === 0) return;
    const read = trees.map((stored) => ({ ...stored, ids: readTree(stored.tree) }));
    const functions = read.flatMap(({ ids }) => ids.functions);
    const operators = read.flatMap(({ ids }) => ids.operators);
    const code = await catalog.code(this.session, functions, operators);
    for (const { source, tree, ids } of read) {
      for (const oid of [...ids.functions, ...ids.operators]) {
        const called = code.get(oid);
        if (called === undefined || isFine(called)) continue;
        // Planning works out what is constant in the expression of an index; of a column it cannot.
        if ((source === 'index' || source === 'statistics') && !isConstantCall(tree, oid)) continue;
        const { name } = called;
        refuse('function', `a ${source} calls ${name}(), which is not known to be harmless`, {
          function: name,
          source,
        });
      }
    }
  }
}

function isFine({ name, isBuiltIn, isSound, isVolatile }: Candidate): boolean {
  if (!isSound || (isVolatile && !isHarmlessVolatile(name))) return false;
  return !isBuiltIn || isHarmlessWhenStored(name);
}

function checkRelation({ schema, name, kind, isBuiltIn }: ReachedRelation): void {
  const relation = `${schema}.${name}`;
  if (kind === 'f') refuse('relation', `"${relation}" is a foreign table`, { relation });
  if (!READABLE_KINDS.has(kind)) refuse('relation', `"${relation}" is no table`, { relation });
  if ((isBuiltIn || SYSTEM_SCHEMAS.has(schema)) && isSensitiveRelation(name)) {
    refuse('relation', `"${relation}" holds more than the schema`, { relation });
  }
}
