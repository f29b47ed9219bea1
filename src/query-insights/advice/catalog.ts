import type {
  CastRow,
  CatalogRepository,
  FunctionRow,
  IndexPartRow,
  IndexRow,
  ServerRow,
  TableRow,
} from './catalog.repository.js';
import type { CatalogFacts, CostSettings, IndexFacts, KeyFacts, TableFacts } from './core/facts.js';
import { expressionsOf, isScan, nodesOf, type PlanNode } from './core/plan/plan-node.js';

const CALLED = /\b([a-z_][a-z0-9_$]*)\(/gi;
/** Functions that EXPLAIN prints in the words of the SQL standard. */
const IN_WORDS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/\bTRIM\(/, ['btrim', 'ltrim', 'rtrim']],
  [/ AT TIME ZONE /, ['timezone']],
];
/** Of something else than a constant; strings need no catalog. */
const CAST = /\)::(?!text\b)/;
const MB = 1_048_576;
const BLOCK_BYTES = 8192;

/** The catalog as far as it was needed, read once for many statements. */
export class Catalog {
  private server: Promise<ServerRow> | undefined;
  private knownCasts: Promise<CastRow[]> | undefined;
  private readonly known = new Map<string, TableFacts>();
  private readonly functions = new Map<string, readonly FunctionRow[]>();

  constructor(private readonly repository: CatalogRepository) {}

  /** Where hypopg was created; undefined when it was not. */
  async hypopgSchema(): Promise<string | undefined> {
    this.server ??= this.repository.server();
    return (await this.server).hypopgSchema ?? undefined;
  }

  /** Facts about all that the plan names. */
  async factsFor(plan: PlanNode): Promise<CatalogFacts> {
    const nodes = [...nodesOf(plan)];
    const named = nodes
      .filter(isScan)
      .map((node) => ({ schema: node.Schema ?? 'public', name: node['Relation Name'] ?? '' }));
    await this.loadTables(named);
    const texts = nodes.flatMap(expressionsOf);
    await this.loadFunctions(texts);
    if (texts.some((text) => CAST.test(text))) this.knownCasts ??= this.repository.casts();
    return this.facts();
  }

  tableOf({ Schema: schema = 'public', 'Relation Name': name = '' }: PlanNode): TableFacts | undefined {
    return this.table(schema, name);
  }

  table(schema: string, name: string): TableFacts | undefined {
    return this.known.get(`${schema}.${name}`);
  }

  async loadTables(named: readonly { readonly schema: string; readonly name: string }[]): Promise<void> {
    const missing = named.filter(({ schema, name }) => !this.known.has(`${schema}.${name}`));
    if (missing.length === 0) return;
    this.keep(
      await this.repository.tables(
        missing.map(({ schema }) => schema),
        missing.map(({ name }) => name),
      ),
    );
  }

  keep(rows: readonly TableRow[]): TableFacts[] {
    const tables = rows.map(toTable);
    for (const table of tables) this.known.set(`${table.schema}.${table.name}`, table);
    return tables;
  }

  private async loadFunctions(texts: readonly string[]): Promise<void> {
    const names = texts.flatMap((text) => [
      ...[...text.matchAll(CALLED)].map(([, name = '']) => name.toLowerCase()),
      ...IN_WORDS.flatMap(([pattern, functions]) => (pattern.test(text) ? functions : [])),
    ]);
    const missing = [...new Set(names)].filter((name) => !this.functions.has(name));
    if (missing.length === 0) return;
    const rows = await this.repository.functions(missing);
    for (const name of missing) {
      this.functions.set(
        name,
        rows.filter((row) => row.name === name || row.name.endsWith(`.${name}`)),
      );
    }
  }

  private async facts(): Promise<CatalogFacts> {
    this.server ??= this.repository.server();
    const { settings, extensions } = await this.server;
    return {
      settings: toSettings(settings),
      tables: new Map([...this.known.values()].map((table) => [table.oid, table])),
      functions: [...this.functions.values()].flat(),
      casts: (await this.knownCasts) ?? [],
      extensions: new Set(extensions),
    };
  }
}

function toSettings(settings: Readonly<Record<string, string>>): CostSettings {
  const number = (name: string, otherwise: number) => Number(settings[name] ?? otherwise);
  return {
    seqPage: number('seq_page_cost', 1),
    randomPage: number('random_page_cost', 4),
    cpuTuple: number('cpu_tuple_cost', 0.01),
    cpuIndexTuple: number('cpu_index_tuple_cost', 0.005),
    cpuOperator: number('cpu_operator_cost', 0.0025),
    cachePages: number('effective_cache_size', 4 * 1024 * MB) / BLOCK_BYTES,
    workMemBytes: number('work_mem', 4 * MB),
    serverVersion: number('server_version_num', 150_000),
  };
}

function toTable(row: TableRow): TableFacts {
  return {
    oid: row.oid,
    schema: row.schema,
    name: row.name,
    isVisible: row.isVisible,
    kind: row.kind,
    ...(row.rootOid !== null && { rootOid: row.rootOid }),
    // As the planner does: as dense as they were when they were counted.
    rows: row.kind === 'p' ? row.rows : (row.rows * row.pages) / row.knownPages,
    pages: row.pages,
    allVisibleShare: Math.min(1, row.allVisiblePages / row.knownPages),
    columns: new Map(
      row.columns.map((column) => [column.name, { ...column, commonShares: column.commonShares ?? [] }]),
    ),
    indexes: row.indexes.map(toIndex),
    foreignKeys: row.foreignKeys,
    writes: { inserts: row.inserts, updates: row.updates, hotUpdates: row.hotUpdates, deletes: row.deletes },
  };
}

function toIndex({ parts, keyCount, method, predicate, ...rest }: IndexRow): IndexFacts {
  return {
    ...rest,
    method: method as IndexFacts['method'],
    keys: parts.slice(0, keyCount).map(toKey),
    include: parts.slice(keyCount).flatMap(({ column }) => column ?? []),
    ...(predicate !== null && { predicate }),
  };
}

function toKey({ column, expression, isDescending, isNullsFirst, opclass }: IndexPartRow): KeyFacts {
  return {
    ...(column === null ? { expression } : { column }),
    isDescending,
    isNullsFirst,
    ...(opclass !== null && { opclass }),
  };
}
