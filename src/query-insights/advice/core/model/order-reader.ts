import { columnsOf, type ExpressionReader } from '../plan/expression.js';
import type { PlanNode } from '../plan/plan-node.js';
import type { Key, QualifierReader, Relation } from '../plan/qualifier.js';
import type { SortKey } from '../statement.js';
import type { OrderKey } from './tree.js';

const SUFFIX = /( COLLATE ("[^"]+"|[\w.]+))?(?<desc> DESC)?( NULLS (?<nulls>FIRST|LAST))?$/;

interface Surroundings {
  readonly reader: ExpressionReader;
  readonly qualifiers: QualifierReader;
  readonly relations: ReadonlyMap<string, Relation>;
  /** Filled with the keys that orders name. */
  readonly keys: Map<string, Key>;
}

/** Reads sort and group keys as keys of tables. */
export class OrderReader {
  constructor(private readonly around: Surroundings) {}

  /** Sort keys as keys of relations; what none has keeps its text, so that no order matches it. */
  keysOf(texts: readonly string[]): OrderKey[] {
    return texts.map((text) => {
      const suffix = SUFFIX.exec(text);
      const isDescending = suffix?.groups?.['desc'] !== undefined;
      const nulls = suffix?.groups?.['nulls'];
      const bare = text.slice(0, suffix?.index);
      return {
        id: this.idOf(bare) ?? `?.${bare}`,
        isDescending,
        isNullsFirst: nulls === undefined ? isDescending : nulls === 'FIRST',
      };
    });
  }

  private idOf(text: string): string | undefined {
    for (const relation of this.relationsNamedIn(text)) {
      const key = this.around.qualifiers.key(text, relation);
      if (key === undefined) continue;
      this.around.keys.set(`${relation.alias}.${key.id}`, key);
      return `${relation.alias}.${key.id}`;
    }
    return undefined;
  }

  /** Columns without a table belong to the only one there is. */
  private relationsNamedIn(text: string): Relation[] {
    const aliases = columnsOf(this.around.reader.read(text)).map(({ alias }) => alias);
    const named = [...this.around.relations.values()].filter(({ alias }) => aliases.includes(alias));
    return named.length === 0 && aliases.includes(undefined)
      ? [...this.around.relations.values()].slice(0, 1)
      : named;
  }

  /** A key of the statement's own ORDER BY. */
  sortId({ place, alias, name }: SortKey, root: PlanNode): string | undefined {
    if (place !== undefined) return this.idOf(root.Output?.[place - 1] ?? '');
    const owners = [...this.around.relations.values()].filter(
      (relation) =>
        (alias === undefined || relation.alias === alias) && relation.table.columns.has(name ?? ''),
    );
    const [owner] = owners;
    if (owner === undefined || owners.length > 1 || name === undefined) return undefined;
    this.around.keys.set(`${owner.alias}.${name}`, { id: name, column: name });
    return `${owner.alias}.${name}`;
  }
}

export function withoutDirection(text: string): string {
  return text.replace(SUFFIX, '');
}
