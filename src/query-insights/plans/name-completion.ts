/** `text` with the schema of each completion written before its name; `at` counts bytes. */
export function completeNames(
  text: string,
  completions: readonly { readonly at: number; readonly schema: string }[],
): string {
  const bytes = Buffer.from(text);
  const pieces: Buffer[] = [];
  let from = 0;
  for (const { at, schema } of [...completions].sort((one, other) => one.at - other.at)) {
    pieces.push(bytes.subarray(from, at), Buffer.from(`"${schema.replaceAll('"', '""')}".`));
    from = at;
  }
  return Buffer.concat([...pieces, bytes.subarray(from)]).toString();
}
