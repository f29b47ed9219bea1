/** How deep the tree of a statement can be at most, as far as its tokens tell. */
export interface Nesting {
  /** Brackets and CASEs open at once. */
  readonly brackets: number;
  /** The same, with chains of operators, joins and set operations, each of which nests one level deeper. */
  readonly levels: number;
}

/** One open bracket. */
interface Level {
  /** Words and operators since the last sign that ends an expression. */
  run: number;
  /** Joins and set operations: they nest to the left, whatever stands between them. */
  chain: number;
  readonly isCase: boolean;
}

/** What stands between tokens, or is one however long it is, in the order in which it must be tried. */
const TOKEN =
  /(?<gap>\s+|--[^\n\r]*)|(?<comment>\/\*)|(?<escaped>[eE]'(?:[^'\\]|''|\\[\s\S])*(?:'|$))|(?<text>(?:[uU]&|[bBxXnN])?'(?:[^']|'')*(?:'|$)|(?:[uU]&)?"(?:[^"]|"")*(?:"|$))|(?<dollar>\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$)|(?<word>[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)|(?<value>[\d.]+|\$\d+)|(?<sign>[\s\S])/y;

const CHAINING = new Set(['union', 'intersect', 'except', 'join']);
const ENDING = new Set([
  'and',
  'or',
  'select',
  'from',
  'where',
  'on',
  'when',
  'then',
  'else',
  'having',
  'values',
]);

/**
 * Measures before parsing: the parser recurses, and WebAssembly whose stack overflowed a few hundred times answers
 * nothing any more. One pass, linear in the length; never too small.
 *
 * @param enough stops as soon as there are more levels
 */
export function measureNesting(text: string, enough = Infinity): Nesting {
  const depth = new Depth();
  const token = new RegExp(TOKEN);
  while (token.lastIndex < text.length && depth.deepest.levels <= enough) {
    const from = token.lastIndex;
    const groups = token.exec(text)?.groups ?? {};
    if (groups['comment'] !== undefined) token.lastIndex = endOfComment(text, from);
    else if (groups['dollar'] !== undefined) token.lastIndex = endOfDollarText(text, from, groups['dollar']);
    else if (groups['word'] !== undefined) depth.word(groups['word'].toLowerCase());
    else if (groups['sign'] !== undefined) depth.sign(groups['sign']);
  }
  return depth.deepest;
}

/** Adds up what is open, token by token. */
class Depth {
  private readonly levels: Level[] = [{ run: 0, chain: 0, isCase: false }];
  private total = 0;
  private brackets = 0;
  private most = 0;

  get deepest(): Nesting {
    return { brackets: this.brackets, levels: this.most };
  }

  word(word: string): void {
    if (word === 'case') this.open(true);
    else if (word === 'end' && this.top.isCase) this.close();
    else if (CHAINING.has(word)) this.link();
    else if (ENDING.has(word)) this.endRun();
    else this.grow();
  }

  sign(sign: string): void {
    if (sign === '(' || sign === '[') this.open(false);
    else if (sign === ')' || sign === ']') this.closeBracket();
    else if (sign === ',' || sign === ';') this.endRun();
    else this.grow();
  }

  private get top(): Level {
    return this.levels.at(-1) ?? { run: 0, chain: 0, isCase: false };
  }

  private open(isCase: boolean): void {
    this.levels.push({ run: 0, chain: 0, isCase });
    this.brackets = Math.max(this.brackets, this.levels.length - 1);
    this.add(1);
  }

  private closeBracket(): void {
    // A CASE that never ends is no SQL; what is wrong about it is the parser's to say.
    while (this.top.isCase) this.close();
    this.close();
  }

  private close(): void {
    if (this.levels.length === 1) return;
    const { run, chain } = this.top;
    this.levels.pop();
    this.total -= run + chain + 1;
  }

  private grow(): void {
    this.top.run += 1;
    this.add(1);
  }

  private link(): void {
    this.endRun();
    this.top.chain += 1;
    this.add(1);
  }

  private endRun(): void {
    this.total -= this.top.run;
    this.top.run = 0;
  }

  private add(levels: number): void {
    this.total += levels;
    this.most = Math.max(this.most, this.total);
  }
}

/** Comments nest. */
function endOfComment(text: string, from: number): number {
  const mark = /\/\*|\*\//g;
  mark.lastIndex = from + 2;
  for (let open = 1; open > 0;) {
    const found = mark.exec(text);
    if (found === null) return text.length;
    open += found[0] === '/*' ? 1 : -1;
  }
  return mark.lastIndex;
}

function endOfDollarText(text: string, from: number, tag: string): number {
  const end = text.indexOf(tag, from + tag.length);
  return end === -1 ? text.length : end + tag.length;
}
