import type { JoinClause, JoinTree, Scan, Tree } from './tree.js';
import { namesOf, scansOf } from './tree-walk.js';

/** A clause with the share of pairs that it leaves. */
export interface Weighted extends JoinClause {
  share: number;
}

/** Inputs of the inner joins below. */
export function leavesOf({ left, right }: JoinTree): Tree[] {
  return [left, right].flatMap((side) => (isInnerJoin(side) ? leavesOf(side) : [side]));
}

export function isInnerJoin(tree: Tree): tree is JoinTree {
  return tree.kind === 'join' && tree.type === 'Inner' && tree.subSelects.length === 0;
}

export function clausesOf({ clauses, left, right }: JoinTree): JoinClause[] {
  return [...clauses, ...[left, right].filter(isInnerJoin).flatMap(clausesOf)];
}

/** All equalities that follow from those given. */
export function closureOf(clauses: readonly JoinClause[]): Weighted[] {
  const classes: JoinClause['left'][][] = [];
  for (const { left, right } of clauses) {
    const touched = classes.filter((group) =>
      group.some((ref) => idOf(ref) === idOf(left) || idOf(ref) === idOf(right)),
    );
    const merged = new Map([...touched.flat(), left, right].map((ref) => [idOf(ref), ref]));
    for (const group of touched) classes.splice(classes.indexOf(group), 1);
    classes.push([...merged.values()]);
  }
  return classes.flatMap((group) =>
    group.flatMap((left, at) =>
      group.slice(at + 1).flatMap((right) => (left.alias === right.alias ? [] : [{ left, right, share: 1 }])),
    ),
  );
}

/** Clauses that are independent of each other: a circle says nothing new when it closes. */
export function spanning(clauses: readonly Weighted[]): Weighted[] {
  const group = new Map<string, string>();
  const rootOf = (id: string): string => {
    const parent = group.get(id);
    return parent === undefined || parent === id ? id : rootOf(parent);
  };
  return clauses
    .toSorted((one, other) => one.share - other.share)
    .filter(({ left, right }) => {
      const [one, other] = [rootOf(idOf(left)), rootOf(idOf(right))];
      group.set(one, other);
      return one !== other;
    });
}

/** Clauses between the two sides, their left at the outer one. */
export function betweenOf(clauses: readonly JoinClause[], outer: ReadonlySet<string>): JoinClause[] {
  return clauses.flatMap((clause) => {
    const [isLeft, isRight] = [outer.has(clause.left.alias), outer.has(clause.right.alias)];
    if (isLeft === isRight) return [];
    return isLeft ? [clause] : [{ left: clause.right, right: clause.left }];
  });
}

export function aliasesOf(members: number, leaves: readonly Tree[]): Set<string> {
  const inside = leaves.filter((_, index) => members & (1 << index));
  return new Set(inside.flatMap((leaf) => [...namesOf(leaf)]));
}

export function scansIn(members: number, leaves: readonly Tree[]): Scan[] {
  return leaves.filter((_, index) => members & (1 << index)).flatMap(scansOf);
}

export function singleScan(members: number, leaves: readonly Tree[]): Scan | undefined {
  const inside = leaves.filter((_, index) => members & (1 << index));
  const [only] = inside;
  return inside.length === 1 && only?.kind === 'scan' && only.subSelects.length === 0 ? only.scan : undefined;
}

export function idOf({ alias, column }: JoinClause['left']): string {
  return `${alias}.${column}`;
}
