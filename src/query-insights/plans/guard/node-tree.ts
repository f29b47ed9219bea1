/**
 * Whether `tree`, an expression as the catalogs keep it, calls function `oid` with nothing but constants: only then does
 * the planner run it.
 */
export function isConstantCall(tree: string, oid: number): boolean {
  const call = new RegExp(
    `\\{(?:FUNCEXPR|OPEXPR|DISTINCTEXPR|NULLIFEXPR|SCALARARRAYOPEXPR) [^{}]*:(?:funcid|opfuncid) ${oid}\\b`,
    'g',
  );
  for (const { index } of tree.matchAll(call)) {
    if (!/\{VAR /.test(tree.slice(index, endOfNode(tree, index)))) return true;
  }
  // What calls it by other means is not looked into.
  return tree.search(call) === -1;
}

/** Braces in names are escaped by a backslash. */
function endOfNode(tree: string, from: number): number {
  let open = 0;
  for (let index = from; index < tree.length; index += 1) {
    const sign = tree[index];
    if (sign === '\\') index += 1;
    else if (sign === '{') open += 1;
    else if (sign === '}') {
      open -= 1;
      if (open === 0) return index;
    }
  }
  return tree.length;
}
