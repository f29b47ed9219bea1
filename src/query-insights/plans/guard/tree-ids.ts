/** Object ids out of the server's own print of a statement or an expression. */
export interface TreeIds {
  readonly functions: readonly number[];
  readonly operators: readonly number[];
  readonly types: readonly number[];
  readonly relations: readonly number[];
}

const FUNCTION = /:(?:funcid|aggfnoid|winfnoid|opfuncid|startInRangeFunc|endInRangeFunc|fnoid) (\d+)/g;
const OPERATOR = /:(?:opno|eqop|sortop|cycle_mark_neop|cmpop) (\d+)|:opnos \(o ([\d ]+)\)/g;
const TYPE =
  /:\w*(?:type|typeid|restype|typeId)\w* (\d+)|:(?:coltypes|funccoltypes|aggargtypes|colTypes|ctecoltypes) \(o ([\d ]+)\)/g;

const RELATION = /:relid (\d+)/g;

/**
 * Reads a tree of nodes: `debug_print_rewritten`, which is the statement after its names were resolved, views expanded,
 * and policies added; or an expression of the catalogs.
 */
export function readTree(text: string): TreeIds {
  return {
    functions: idsOf(text, FUNCTION),
    operators: idsOf(text, OPERATOR),
    types: idsOf(text, TYPE),
    relations: idsOf(text, RELATION),
  };
}

function idsOf(text: string, pattern: RegExp): number[] {
  const ids = [...text.matchAll(pattern)].flatMap(([, one, list]) =>
    (list ?? one ?? '').split(' ').map(Number),
  );
  return [...new Set(ids)].filter((id) => Number.isInteger(id) && id > 0);
}
