import { ALLOWED_NODES, REFUSED_NODES } from './allowed-nodes.js';
import { Growth } from './growth.js';
import { refuse } from './refuse.js';
import type { PlacedName, StatementFacts, UsedName } from './statement-facts.js';
import { type Fields, isFields, listOf, nodeOf, taggedNode, textsOf } from './syntax-tree.js';

const MOST_NODES = 20_000;
const MOST_RELATIONS = 64;
const MOST_SELECTS = 128;
const LONGEST_LIST = 2_000;
const MOST_CUBE_COLUMNS = 8;
const LONGEST_TYPE_LENGTH = 10_000;

/** Names of WITH queries that hide tables. */
type Scope = ReadonlySet<string>;

/** Operators that the server looks for by itself: joins, IN, CASE, sorting, grouping. */
const IMPLICIT_OPERATORS = ['=', '<>', '<', '<=', '>', '>='];

/** Reads the tree of one SELECT: refuses what must not stand in it, and collects what it names. */
export class StatementWalk {
  private readonly functions: UsedName[] = [];
  private readonly operators: UsedName[] = IMPLICIT_OPERATORS.map((name) => ({ schema: undefined, name }));
  private readonly types: PlacedName[] = [];
  private readonly relations: PlacedName[] = [];
  private readonly attributes: string[] = [];
  private readonly growth = new Growth();
  private parameters = 0;
  private nodes = 0;
  private selects = 0;

  /** @throws QueryPlanRefusedError QUERY_PLAN_REFUSED */
  static read(select: Fields): StatementFacts {
    const walk = new StatementWalk();
    walk.select(select, new Set());
    walk.growth.check();
    const { functions, operators, types, relations, attributes, parameters } = walk;
    return { functions, operators, types, relations, attributes, parameters };
  }

  private value(value: unknown, scope: Scope, field = ''): void {
    if (Array.isArray(value)) return this.list(value, scope);
    if (!isFields(value)) return;
    const node = taggedNode(value);
    if (node !== undefined) this.node(node.tag, node.fields, scope);
    // The two sides of a set operation stand there without the name of their kind.
    else if (field === 'larg' || field === 'rarg') this.select(value, scope);
    else if (field === 'typeName' || field === 'typname') this.type(value, scope);
    else this.fields(value, scope);
  }

  private list(items: readonly unknown[], scope: Scope): void {
    if (items.length > LONGEST_LIST) {
      refuse('caps', `a list has ${items.length} elements, and ${LONGEST_LIST} are the most`, {
        elements: items.length,
      });
    }
    for (const item of items) this.value(item, scope);
  }

  private node(tag: string, fields: Fields, scope: Scope): void {
    this.nodes += 1;
    if (this.nodes > MOST_NODES) refuse('caps', `it has more than ${MOST_NODES} parts`);
    if (!ALLOWED_NODES.has(tag)) refuse('node', `it holds ${REFUSED_NODES[tag] ?? tag}`, { node: tag });
    if (tag === 'SelectStmt') return this.select(fields, scope);
    if (tag === 'TypeName') return this.type(fields, scope);
    this.growth.enter(tag, fields);
    this.collect(tag, fields, scope);
    this.fields(fields, scope);
  }

  private fields(fields: Fields, scope: Scope): void {
    for (const [field, value] of Object.entries(fields)) this.value(value, scope, field);
  }

  private select(select: Fields, outer: Scope): void {
    this.selects += 1;
    if (this.selects > MOST_SELECTS) refuse('caps', `it has more than ${MOST_SELECTS} SELECTs`);
    if (select['intoClause'] !== undefined)
      refuse('node', 'it holds INTO, which makes a table', { node: 'IntoClause' });
    const { withClause, ...rest } = select;
    const scope = isFields(withClause) ? this.withQueries(withClause, outer) : outer;
    this.growth.openSelect(select, scope);
    this.fields(rest, scope);
    this.growth.closeSelect();
  }

  /** Answers what is visible below. WITH alone shows a query to those after it; RECURSIVE to all of them. */
  private withQueries(clause: Fields, outer: Scope): Scope {
    const queries = listOf(clause['ctes']).map((item) => nodeOf(item, 'CommonTableExpr') ?? {});
    const scope = new Set(outer);
    const isRecursive = clause['recursive'] === true;
    if (isRecursive) for (const { ctename } of queries) scope.add(String(ctename));
    for (const query of queries) {
      this.node('CommonTableExpr', query, new Set(scope));
      this.growth.nameQuery(String(query['ctename']));
      scope.add(String(query['ctename']));
    }
    return scope;
  }

  private collect(tag: string, fields: Fields, scope: Scope): void {
    if (tag === 'RangeVar') return this.relation(fields, scope);
    this.collectors[tag]?.(fields);
  }

  /** What is noted of a node, by its kind. */
  private readonly collectors: Readonly<Record<string, (fields: Fields) => void>> = {
    FuncCall: ({ funcname }) => this.functions.push(usedName(textsOf(funcname))),
    RangeTableSample: ({ method }) => this.sampling(textsOf(method)),
    A_Expr: (fields) => this.operator(fields),
    SubLink: ({ operName }) => this.named(this.operators, operName),
    SortBy: ({ useOp }) => this.named(this.operators, useOp),
    GroupingSet: (fields) => this.groupingSet(fields),
    ColumnRef: ({ fields }) => this.attribute(textsOf(fields).slice(1)),
    A_Indirection: ({ indirection }) => this.attribute(textsOf(indirection)),
    ParamRef: ({ number }) => {
      this.parameters = Math.max(this.parameters, Number(number ?? 0));
    },
  };

  private named(into: UsedName[], names: unknown): void {
    const texts = textsOf(names);
    if (texts.length > 0) into.push(usedName(texts));
  }

  private operator(fields: Fields): void {
    // BETWEEN is no operator: it stands for those that are looked for anyway.
    if (!String(fields['kind']).includes('BETWEEN')) this.named(this.operators, fields['name']);
  }

  private attribute(names: readonly string[]): void {
    this.attributes.push(...names.filter((name) => name !== ''));
  }

  private sampling(names: readonly string[]): void {
    const { name } = usedName(names);
    if (name !== 'system' && name !== 'bernoulli') {
      refuse('function', `the sampling method "${name}" is not one of PostgreSQL's own`, { name });
    }
  }

  private relation({ schemaname, relname, location }: Fields, scope: Scope): void {
    const name = String(relname);
    const schema = typeof schemaname === 'string' ? schemaname : undefined;
    const isQuery = schema === undefined && scope.has(name);
    this.growth.useRelation(name, isQuery);
    if (isQuery) return;
    this.relations.push({ schema, name, at: offset(location) });
    if (this.relations.length > MOST_RELATIONS) {
      refuse('caps', `it names more than ${MOST_RELATIONS} relations`);
    }
  }

  private groupingSet({ kind, content }: Fields): void {
    const columns = listOf(content).length;
    if (kind === 'GROUPING_SET_CUBE' && columns > MOST_CUBE_COLUMNS) {
      refuse('caps', `CUBE has ${columns} columns, and ${MOST_CUBE_COLUMNS} are the most`, { columns });
    }
  }

  private type(fields: Fields, scope: Scope): void {
    const used = usedName(textsOf(fields['names']));
    this.types.push({ ...used, at: offset(fields['location']) });
    for (const item of listOf(fields['typmods'])) {
      const length = Number((nodeOf(item, 'A_Const')?.['ival'] as Fields | undefined)?.['ival'] ?? 0);
      // A cast to char(10000000) makes ten million blanks.
      if (length > LONGEST_TYPE_LENGTH && /^(bpchar|bit|varbit)$/.test(used.name)) {
        refuse('growth', `a value of ${used.name}(${length}) would be too large`, { length });
      }
    }
    this.list(listOf(fields['typmods']), scope);
  }
}

function usedName(texts: readonly string[]): UsedName {
  const [name = '', schema] = [...texts].reverse();
  return { schema, name };
}

/** Where a name stands; the grammar writes -1, or nothing for 0, where no SELECT has a name. */
function offset(location: unknown): number | undefined {
  return typeof location === 'number' && location > 0 ? location : undefined;
}
