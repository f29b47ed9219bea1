import type { IndexUse } from '../cost/scan-cost.js';
import type { IndexFacts, IndexShape, KeyFacts } from '../facts.js';
import type { Qualifier } from '../plan/qualifier.js';
import type { OrderKey, Scan } from './tree.js';

/** Column of a scan that a join fixes, with the row that asks. */
export interface Binding {
  readonly key: string;
}

export interface Asked {
  readonly bindings: readonly Binding[];
  readonly loops: number;
}

export interface Context {
  readonly scan: Scan;
  readonly asked: Asked;
  readonly local: readonly Qualifier[];
  readonly rows: number;
}

/** What an index does for a scan. */
export interface Use {
  readonly shape: IndexShape;
  readonly served: readonly Qualifier[];
  /** Positions of keys with one value: they are in every order. */
  readonly fixed: readonly number[];
  readonly bound: number;
  readonly index: number;
  readonly descents: number;
  readonly bindings: number;
  readonly isSorted: boolean;
}

export interface BitmapPart {
  readonly use: Use;
  readonly described: IndexUse;
}

export function isExisting(shape: IndexShape): shape is IndexFacts {
  return 'pages' in shape;
}

export function usedOf(shape: IndexShape): readonly IndexShape[] {
  return isExisting(shape) ? [] : [shape];
}

export function nameOf({ column, expression }: KeyFacts): string {
  return column ?? expression ?? '';
}

const EXACT = new Set(['equal', 'null', 'not-null']);

/** A proposed or existing key serves a condition in its place. */
export function serves(one: Qualifier, key: KeyFacts, position: number, shape: IndexShape): boolean {
  if (one.keys[0]?.id !== nameOf(key)) return false;
  const isPattern = key.opclass?.endsWith('_pattern_ops') ?? false;
  switch (one.kind) {
    case 'row':
      return position === 0 || one.keys.every(({ id }, at) => idAt(shape, position + at) === id);
    case 'prefix':
      return one.opclass === undefined ? !isPattern : one.opclass === key.opclass;
    case 'range':
      return !isPattern;
    default:
      return EXACT.has(one.kind);
  }
}

export function idAt({ keys }: IndexShape, position: number): string | undefined {
  return keys[position]?.column ?? keys[position]?.expression;
}

export function hasClass(shape: IndexShape, { opclass }: Qualifier): boolean {
  const [key] = shape.keys;
  return key?.opclass === opclass || (opclass === 'jsonb_path_ops' && key?.opclass === undefined);
}

export function isCovered(scan: Scan, held: ReadonlySet<string>): boolean {
  return [...scan.needed].every((name) => held.has(name));
}

export function orderOf({ shape, fixed }: Use, alias: string): OrderKey[] {
  return shape.keys
    .filter((_, position) => !fixed.includes(position))
    .map(({ column, expression, isDescending, isNullsFirst, opclass }) => ({
      id: opclass === undefined ? `${alias}.${column ?? expression ?? ''}` : '',
      isDescending,
      isNullsFirst,
    }));
}

export function reversed({ id, isDescending, isNullsFirst }: OrderKey): OrderKey {
  return { id, isDescending: !isDescending, isNullsFirst: !isNullsFirst };
}
