const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };
const UNESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\\': '\\' };

/** A record in the text format of COPY (PostgreSQL, "COPY", File Formats), with the end of its line. */
export function copyLine(values: readonly (string | null)[]): string {
  const cells = values.map((value) =>
    value === null ? '\\N' : value.replace(/[\\\n\r\t]/g, (sign) => ESCAPES[sign] ?? sign),
  );
  return `${cells.join('\t')}\n`;
}

/** The values of a line that `copyLine` made, without its end. */
export function parseCopyLine(line: string): (string | null)[] {
  return line
    .split('\t')
    .map((cell) =>
      cell === '\\N' ? null : cell.replace(/\\(.)/g, (_, sign: string) => UNESCAPES[sign] ?? sign),
    );
}
