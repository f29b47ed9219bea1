import type { Qualifier } from '../plan/qualifier.js';
import type { JoinClause, Scan, Tree } from './tree.js';

/** Tables that the tree reads, without those of sub-selects. */
export function scansOf(tree: Tree): Scan[] {
  switch (tree.kind) {
    case 'scan':
      return [tree.scan];
    case 'join':
      return [...scansOf(tree.left), ...scansOf(tree.right)];
    case 'other':
      return tree.inputs.flatMap(scansOf);
    default:
      return scansOf(tree.input);
  }
}

/** Names of the tables and of everything else that has columns. */
export function namesOf(tree: Tree): Set<string> {
  if (tree.kind === 'scan') return new Set([tree.scan.alias]);
  if (tree.kind === 'join') return new Set([...namesOf(tree.left), ...namesOf(tree.right)]);
  if (tree.kind !== 'other') return namesOf(tree.input);
  const inner = tree.inputs.flatMap((input) => [...namesOf(input)]);
  return new Set(tree.alias === undefined ? inner : [...inner, tree.alias]);
}

/** A sort is seen on the way down to the tables, or something that has no order. */
export function isSorted(tree: Tree): boolean {
  if (tree.kind === 'sort') return true;
  if (tree.kind === 'limit') return isSorted(tree.input);
  if (tree.kind === 'group') return true;
  return tree.kind === 'other' && (tree.inputs.length !== 1 || tree.inputs.some(isSorted));
}

/** The condition needs no row of another table that a join gives. */
export function isLocal({ outerColumns }: Qualifier, scan: Scan): boolean {
  return outerColumns.length === 0 || scan.isCorrelated;
}

/** EXISTS and IN are planned as joins with a side that was made unique, too. */
export function semiOf(join: Omit<Tree & { readonly kind: 'join' }, 'filters'>): Tree | undefined {
  const { left, right } = join;
  const isUnique = (side: Tree): side is Tree & { readonly kind: 'group' } =>
    side.kind === 'group' &&
    side.aggregates === 0 &&
    side.keys.length > 0 &&
    side.keys.every(({ id }) => isJoined(id, join));
  if (isUnique(right)) return { ...join, type: 'Semi', right: right.input, filters: 0 };
  return isUnique(left) ? { ...join, type: 'Semi', left: right, right: left.input, filters: 0 } : undefined;
}

function isJoined(id: string, { clauses }: { readonly clauses: readonly JoinClause[] }): boolean {
  return clauses.some((clause) =>
    [clause.left, clause.right].some(({ alias, column }) => `${alias}.${column}` === id),
  );
}
