import { createHash } from 'node:crypto';
import { Figures } from './figures.js';
import type { Fingerprint } from './fingerprints.js';
import { TextIndex } from './text-index.js';

/** Longer texts are kept by their digest: the table's memory is bounded, and hashing them costs little beside sending. */
const LONGEST_TEXT = 4_096;
/** Longer ones are never kept whole. */
const LONGEST_SOURCE = 262_144;
const MOST_SOURCE_CHARACTERS = 8 * 1_048_576;

/** One text of a statement and what it has cost since the table was last emptied. */
export interface TextEntry {
  /** At most 4,096 characters. */
  readonly text: string;
  /** The whole text, until its fingerprint is known; undefined when it is too long. */
  source: string | undefined;
  fingerprint: Fingerprint | undefined;
  figures: Figures;
  /** It made room for others; what still runs of it is counted with those that found no place. */
  isForgotten: boolean;
}

/**
 * Texts of statements, found in the hot path; at most `maxTexts`. What comes when it is full is counted together,
 * until `drain` makes room.
 */
export class TextTable {
  /** Statements that found no place. */
  other = new Figures();
  private readonly index = new TextIndex<TextEntry>();
  private sourceCharacters = 0;

  constructor(private readonly maxTexts: number) {}

  get size(): number {
    return this.index.size;
  }

  get isFull(): boolean {
    return this.index.size >= this.maxTexts;
  }

  /** The entry of a text, made at its first use; undefined when the table is full. */
  entryOf(text: string): TextEntry | undefined {
    const key = text.length > LONGEST_TEXT ? digestOf(text) : text;
    const known = this.index.get(key);
    if (known !== undefined || this.isFull) return known;
    const entry: TextEntry = {
      // A slice would keep the whole text alive.
      text: key === text ? text : Buffer.from(text.slice(0, LONGEST_TEXT)).toString(),
      source: this.sourceOf(text),
      fingerprint: undefined,
      figures: new Figures(),
      isForgotten: false,
    };
    this.index.add(key, entry);
    return entry;
  }

  /** Entries without a fingerprint. */
  unresolved(): TextEntry[] {
    return this.all().filter(({ fingerprint }) => fingerprint === undefined);
  }

  resolve(entry: TextEntry, fingerprint: Fingerprint): void {
    entry.fingerprint = fingerprint;
    this.sourceCharacters -= entry.source?.length ?? 0;
    entry.source = undefined;
  }

  /** Every entry that was called, with its figures, which start anew. When the table is full, rare texts leave it. */
  drain(): [entry: TextEntry, figures: Figures][] {
    const drained: [TextEntry, Figures][] = [];
    const isFull = this.isFull;
    for (const entry of this.all()) {
      if (entry.fingerprint === undefined || entry.figures.calls === 0) continue;
      drained.push([entry, entry.figures]);
      entry.figures = new Figures();
    }
    if (isFull) this.keepBusiest(new Map(drained));
    return drained;
  }

  /** Counts everything anew. */
  restart(): void {
    for (const entry of this.all()) entry.figures = new Figures();
    this.other = new Figures();
  }

  /** The statements that found no place; they are counted anew from then on. */
  takeOther(): Figures {
    const { other } = this;
    this.other = new Figures();
    return other;
  }

  /** Half of the places become free: texts whose values are written out are called once each. */
  private keepBusiest(drained: ReadonlyMap<TextEntry, Figures>): void {
    const callsOf = (entry: TextEntry): number => drained.get(entry)?.calls ?? 0;
    const ranked = [...this.index.entries()].sort(([, a], [, b]) => callsOf(b) - callsOf(a));
    this.index.clear();
    for (const [place, [key, entry]] of ranked.entries()) {
      entry.isForgotten = place >= this.maxTexts / 2 && entry.fingerprint !== undefined;
      if (!entry.isForgotten) this.index.add(key, entry);
    }
  }

  private all(): TextEntry[] {
    return Array.from(this.index.entries(), ([, entry]) => entry);
  }

  private sourceOf(text: string): string | undefined {
    const isTooMuch =
      text.length > LONGEST_SOURCE || this.sourceCharacters + text.length > MOST_SOURCE_CHARACTERS;
    if (isTooMuch) return undefined;
    this.sourceCharacters += text.length;
    return text;
  }
}

function digestOf(text: string): string {
  return createHash('sha1').update(text).digest('base64');
}
