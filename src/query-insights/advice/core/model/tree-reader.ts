import type { CatalogFacts, TableFacts } from '../facts.js';
import type { SortKey } from '../statement.js';
import { columnsOf, type Expression, type ExpressionReader } from '../plan/expression.js';
import { splitCondition } from '../plan/condition-text.js';
import {
  conditionsOf,
  expressionsOf,
  inputsOf,
  isJoin,
  isScan,
  isTransparent,
  nodesOf,
  type PlanNode,
  subSelectsOf,
} from '../plan/plan-node.js';
import { type ColumnRef, type Key, QualifierReader, type Relation } from '../plan/qualifier.js';
import {
  aliasesIn,
  aliasOf,
  bareOf,
  extraOf,
  fetchedBy,
  loopsOf,
  RECURSIONS,
  repeatedly,
} from './node-figures.js';
import { OrderReader, withoutDirection } from './order-reader.js';
import { isSorted, namesOf, scansOf, semiOf } from './tree-walk.js';
import type { JoinClause, JoinType, Scan, StatementModel, Tree } from './tree.js';

/** Reads what a statement computes out of the plan of how. */
export class TreeReader {
  private readonly qualifiers: QualifierReader;
  private readonly scans: Scan[] = [];
  private readonly relations = new Map<string, Relation>();
  private readonly keys = new Map<string, Key>();
  private readonly orders: OrderReader;

  constructor(
    private readonly reader: ExpressionReader,
    facts: CatalogFacts,
    private readonly tableOf: (node: PlanNode) => TableFacts | undefined,
  ) {
    this.qualifiers = new QualifierReader(reader, facts);
    const { qualifiers, relations, keys } = this;
    this.orders = new OrderReader({ reader, qualifiers, relations, keys });
  }

  /** @param orderBy of the statement: a plan that has the order by an index does not show it */
  read(root: PlanNode, orderBy: readonly SortKey[] = []): StatementModel {
    for (const node of nodesOf(root)) {
      const table = isScan(node) ? this.tableOf(node) : undefined;
      if (table !== undefined) this.relations.set(aliasOf(node), { alias: aliasOf(node), table });
    }
    const tree = this.ordered(this.toTree(root, new Set()), root, orderBy);
    this.collectNeeded(root);
    return { tree, scans: this.scans, cost: root['Total Cost'], keys: this.keys };
  }

  /** The order that an index of the plan gives without a word. */
  private ordered(tree: Tree, root: PlanNode, orderBy: readonly SortKey[]): Tree {
    if (orderBy.length === 0 || isSorted(tree)) return tree;
    const ids = orderBy.map((key) => this.orders.sortId(key, root));
    if (!ids.every((id) => id !== undefined)) return tree;
    const keys = orderBy.map(({ isDescending, isNullsFirst }, at) => ({
      id: ids[at] ?? '',
      isDescending,
      isNullsFirst,
    }));
    const sorted = (input: Tree): Tree => ({ ...input, kind: 'sort', keys, input, subSelects: [] });
    return tree.kind === 'limit' ? { ...tree, input: sorted(tree.input) } : sorted(tree);
  }

  /** @param outside aliases whose values come from around the sub-select */
  private toTree(node: PlanNode, outside: ReadonlySet<string>): Tree {
    const inputs = inputsOf(node);
    const [only] = inputs;
    if (isTransparent(node) && only !== undefined && subSelectsOf(node).length === 0)
      return this.toTree(only, outside);
    if (isScan(node)) return this.toScan(node, outside);
    if (isJoin(node)) return this.toJoin(node, outside);
    if (only !== undefined && inputs.length === 1) return this.toUnary(node, only, outside);
    if (node['Node Type'] === 'Recursive Union') return this.toRecursion(node, outside);
    const trees = inputs.map((input) => this.toTree(input, outside));
    return {
      ...this.common(node, outside),
      kind: 'other',
      keepsOrder: false,
      extra: extraOf(node),
      inputs: trees,
      ...(node.Alias !== undefined && { alias: node.Alias }),
    };
  }

  private common(node: PlanNode, outside: ReadonlySet<string>) {
    const around = new Set([...outside, ...aliasesIn(node)]);
    return {
      rows: node['Plan Rows'],
      width: node['Plan Width'],
      subSelects: subSelectsOf(node).map((select) => ({
        tree: this.toTree(select, around),
        loops: loopsOf(node, select),
        planCost: select['Total Cost'],
      })),
    };
  }

  private toScan(node: PlanNode, outside: ReadonlySet<string>): Tree {
    const relation = this.relations.get(aliasOf(node));
    const common = this.common(node, outside);
    if (relation === undefined)
      return { ...common, kind: 'other', keepsOrder: false, extra: node['Total Cost'], inputs: [] };
    const all = conditionsOf(node).flatMap((condition) => this.qualifiers.read(condition, relation));
    const qualifiers = [...new Map(all.map((qualifier) => [qualifier.text, qualifier])).values()];
    const isCorrelated = qualifiers.some(({ outerColumns }) =>
      outerColumns.some(({ alias }) => outside.has(alias)),
    );
    const scan = {
      id: this.scans.length,
      ...relation,
      qualifiers,
      needed: new Set<string>(),
      node,
      isCorrelated,
    };
    this.scans.push(scan);
    return { ...common, kind: 'scan', scan };
  }

  /** The first rows, then the step again and again: the planner expects it ten times. */
  private toRecursion(node: PlanNode, outside: ReadonlySet<string>): Tree {
    const [first, step] = inputsOf(node);
    const common = this.common(node, outside);
    const inputs = first === undefined ? [] : [this.toTree(first, outside)];
    const again = step === undefined ? [] : [repeatedly(this.toTree(step, outside), step, RECURSIONS)];
    const extra = Math.max(0, node['Total Cost'] - (first?.['Total Cost'] ?? 0));
    return {
      ...common,
      kind: 'other',
      keepsOrder: false,
      extra,
      inputs,
      subSelects: [...common.subSelects, ...again],
    };
  }

  /** LATERAL: the inner side is computed anew for each row of the outer one. */
  private toLateral(node: PlanNode, outside: ReadonlySet<string>): Tree | undefined {
    const [outer, inner] = inputsOf(node);
    if (node['Node Type'] !== 'Nested Loop' || outer === undefined || inner === undefined) return undefined;
    const around = new Set(aliasesIn(outer));
    const bare = bareOf(inner);
    if (isScan(bare) || !this.asks(bare, around)) return undefined;
    const left = this.toTree(outer, outside);
    const right = this.toTree(inner, new Set([...outside, ...around]));
    const common = this.common(node, outside);
    const again = repeatedly(right, inner, Math.max(1, outer['Plan Rows']));
    const extra = Math.max(0, node['Total Cost'] - outer['Total Cost']);
    return {
      ...common,
      kind: 'other',
      keepsOrder: true,
      extra,
      inputs: [left],
      subSelects: [...common.subSelects, again],
    };
  }

  /** Conditions below the node name one of these tables. */
  private asks(node: PlanNode, aliases: ReadonlySet<string>): boolean {
    const texts = [...nodesOf(node)].filter(isScan).flatMap(conditionsOf);
    return texts.some((text) =>
      columnsOf(this.reader.read(text)).some(({ alias }) => aliases.has(alias ?? '')),
    );
  }

  private toJoin(node: PlanNode, outside: ReadonlySet<string>): Tree {
    const lateral = this.toLateral(node, outside);
    if (lateral !== undefined) return lateral;
    const [left, right] = inputsOf(node).map((input) => this.toTree(input, outside));
    const common = this.common(node, outside);
    if (left === undefined || right === undefined)
      return { ...common, kind: 'other', keepsOrder: false, extra: 0, inputs: [] };
    const conditions = [node['Hash Cond'], node['Merge Cond'], node['Join Filter']].flatMap(
      (text) => text ?? [],
    );
    const pieces = conditions.flatMap((condition) => splitCondition(condition, 'AND'));
    const explicit = pieces.flatMap((piece) => this.toClause(piece) ?? []);
    const clauses = [...explicit, ...this.impliedClauses(left, right)];
    const type = (node['Join Type'] ?? 'Inner') as JoinType;
    const joined = { ...common, kind: 'join' as const, type, left, right, clauses };
    const semi = type === 'Inner' ? semiOf(joined) : undefined;
    return { ...joined, filters: pieces.length - explicit.length, ...(semi !== undefined && { semi }) };
  }

  /** Clauses that a nested loop has pushed down into its inner scan. */
  private impliedClauses(left: Tree, right: Tree): JoinClause[] {
    const outer = namesOf(left);
    return scansOf(right).flatMap(({ alias, qualifiers }) =>
      qualifiers.flatMap(({ kind, keys, outer: other }) => {
        const column = keys[0]?.column;
        if (kind !== 'equal' || column === undefined || other === undefined || !outer.has(other.alias))
          return [];
        return [{ left: other, right: { alias, column } }];
      }),
    );
  }

  private toClause(piece: string): JoinClause | undefined {
    const expression = this.reader.read(piece);
    if (expression.kind !== 'operation' || expression.operator !== '=') return undefined;
    const [left, right] = expression.args.map((side) => this.toSide(side));
    return left === undefined || right === undefined ? undefined : { left, right };
  }

  private toSide(side: Expression): ColumnRef | undefined {
    const [ref] = columnsOf(side);
    const relation = this.relations.get(ref?.alias ?? '');
    // A CTE, a function, a sub-select: its columns join, though no index is on them.
    if (relation === undefined) {
      return side.kind === 'column' ? { alias: side.alias ?? '', column: side.name } : undefined;
    }
    const key = this.keyOf(side, relation);
    return key === undefined ? undefined : { alias: relation.alias, column: key };
  }

  private keyOf(side: Expression, relation: Relation): string | undefined {
    const key = this.qualifiers.keyOf(side, relation);
    if (key !== undefined) this.keys.set(`${relation.alias}.${key.id}`, key);
    return key?.id;
  }

  private toUnary(node: PlanNode, child: PlanNode, outside: ReadonlySet<string>): Tree {
    const input = this.toTree(child, outside);
    const common = this.common(node, outside);
    switch (node['Node Type']) {
      case 'Sort':
      case 'Incremental Sort':
        return { ...common, kind: 'sort', keys: this.orders.keysOf(node['Sort Key'] ?? []), input };
      case 'Limit':
        return { ...common, kind: 'limit', fetched: fetchedBy(node, child), input };
      case 'Aggregate':
      case 'Group':
        return { ...common, ...this.grouping(node), input };
      case 'Unique':
        return { ...common, kind: 'other', keepsOrder: true, extra: extraOf(node), inputs: [input] };
      default:
        return {
          ...common,
          kind: 'other',
          keepsOrder: /^(Subquery Scan|WindowAgg|ProjectSet|ModifyTable|LockRows|Result)$/.test(
            node['Node Type'],
          ),
          extra: extraOf(node),
          inputs: [input],
          ...(node.Alias !== undefined && { alias: node.Alias }),
        };
    }
  }

  private grouping(node: PlanNode) {
    const aggregates = (node.Output ?? []).filter((text) => /\w\(/.test(text));
    const extremes = aggregates.map((text) => /^(min|max)\((.*)\)$/.exec(text));
    const isExtreme = (node['Group Key'] ?? []).length === 0 && extremes.every((match) => match !== null);
    const keys = extremes.flatMap((match) => {
      const [key] = this.orders.keysOf([match?.[2] ?? '']);
      return key === undefined
        ? []
        : [{ ...key, isDescending: match?.[1] === 'max', isNullsFirst: match?.[1] === 'max' }];
    });
    return {
      kind: 'group' as const,
      keys: this.orders.keysOf(node['Group Key'] ?? []),
      aggregates: aggregates.length,
      extremes: isExtreme && keys.length === aggregates.length ? keys : [],
    };
  }

  /** What scans put out does not tell what is read of it: often it is the whole row. */
  private collectNeeded(root: PlanNode): void {
    for (const node of nodesOf(root)) {
      const isWhole = isScan(node) && node !== root;
      const texts = isWhole ? conditionsOf(node) : expressionsOf(node);
      const sole = isScan(node)
        ? aliasOf(node)
        : this.relations.size === 1
          ? this.scans[0]?.alias
          : undefined;
      for (const text of texts) this.collectFrom(text, sole);
    }
  }

  private collectFrom(text: string, sole: string | undefined): void {
    for (const { alias, name } of columnsOf(this.reader.read(withoutDirection(text)))) {
      for (const scan of this.scans) if (scan.alias === (alias ?? sole)) scan.needed.add(name);
    }
  }
}
