/** An object of the parser's tree, of which nothing is known. */
export type Fields = Readonly<Record<string, unknown>>;

/** Whether `value` is an object of the tree. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A node whose kind the tree tells: `{ "FuncCall": { ... } }`. */
export function taggedNode(value: Fields): { readonly tag: string; readonly fields: Fields } | undefined {
  const [tag, ...others] = Object.keys(value);
  if (tag === undefined || others.length > 0 || !/^[A-Z]/.test(tag)) return undefined;
  const fields = value[tag];
  return isFields(fields) ? { tag, fields } : undefined;
}

/** The fields of a node of this kind; undefined for any other value. */
export function nodeOf(value: unknown, tag: string): Fields | undefined {
  const node = isFields(value) ? taggedNode(value) : undefined;
  return node?.tag === tag ? node.fields : undefined;
}

/** The elements of a list field; empty when it is absent. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The texts of a list of String nodes; anything else in it counts as an empty text. */
export function textsOf(value: unknown): readonly string[] {
  return listOf(value).map((item) => {
    const text = nodeOf(item, 'String')?.['sval'];
    return typeof text === 'string' ? text : '';
  });
}

/** The text of a constant as it is written: digits of a number, characters of a string; undefined for what is no constant. */
export function constantText(value: unknown): string | undefined {
  const constant = nodeOf(value, 'A_Const');
  if (constant === undefined) return undefined;
  const [text, float, whole, bits] = ['sval', 'fval', 'ival', 'bsval'].map((name) => {
    const inner = constant[name];
    return isFields(inner) ? (inner[name] ?? 0) : undefined;
  });
  const found = text ?? float ?? whole ?? bits;
  return typeof found === 'string' || typeof found === 'number' ? String(found) : undefined;
}
