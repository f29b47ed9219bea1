import { Figures } from './figures.js';
import type { Fingerprint } from './fingerprints.js';
import type { TextEntry } from './text-table.js';

/** A statement in all its texts, and what it has cost. */
export interface ProfiledStatement extends Fingerprint {
  /** The text seen last, at most 4,096 characters. */
  text: string;
  /** Since the start or the last reset. */
  total: Figures;
  /** Since the last window was taken. */
  window: Figures;
}

/** Statements by fingerprint; at most `maxStatements`, what comes later is counted together. */
export class FingerprintTable {
  private statements = new Map<string, ProfiledStatement>();
  private others = new Figures();

  constructor(private readonly maxStatements: number) {}

  get other(): Figures {
    return this.others;
  }

  all(): readonly ProfiledStatement[] {
    return [...this.statements.values()];
  }

  get(id: string): ProfiledStatement | undefined {
    return this.statements.get(id);
  }

  add({ fingerprint, text }: TextEntry, figures: Figures): void {
    const statement = fingerprint && (this.statements.get(fingerprint.id) ?? this.insert(fingerprint, text));
    if (statement === undefined) return this.others.merge(figures);
    statement.text = text;
    statement.total.merge(figures);
    statement.window.merge(figures);
  }

  addOther(figures: Figures): void {
    this.others.merge(figures);
  }

  /** Everything that ran since the last call. */
  takeWindow(): Map<ProfiledStatement, Figures> {
    const taken = new Map<ProfiledStatement, Figures>();
    for (const statement of this.statements.values()) {
      if (statement.window.calls === 0) continue;
      taken.set(statement, statement.window);
      statement.window = new Figures();
    }
    return taken;
  }

  clear(): void {
    this.statements = new Map();
    this.others = new Figures();
  }

  private insert({ id, kind }: Fingerprint, text: string): ProfiledStatement | undefined {
    if (this.statements.size >= this.maxStatements) return undefined;
    const [total, window] = [new Figures(), new Figures()];
    const statement: ProfiledStatement = { id, kind, text, total, window };
    this.statements.set(id, statement);
    return statement;
  }
}
