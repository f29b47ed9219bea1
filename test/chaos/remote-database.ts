import type { FromWorker, ToWorker } from './messages.js';

/** A worker's way to the database of its run. Whatever it answers was true at one moment between question and answer. */
export class RemoteDatabase {
  private readonly asked = new Map<number, (version: number) => void>();
  private lastId = 0;

  constructor(private readonly tell: (message: FromWorker) => void) {}

  /** The version of a row. */
  load(row: number): Promise<number> {
    return this.ask((id) => ({ kind: 'load', id, row }));
  }

  /** Gives rows a new version, all at once. */
  write(rows: readonly number[]): Promise<number> {
    return this.ask((id) => ({ kind: 'write', id, rows }));
  }

  answer({ id, version }: Extract<ToWorker, { kind: 'version' }>): void {
    this.asked.get(id)?.(version);
    this.asked.delete(id);
  }

  private ask(question: (id: number) => FromWorker): Promise<number> {
    this.lastId += 1;
    const id = this.lastId;
    return new Promise((resolve) => {
      this.asked.set(id, resolve);
      this.tell(question(id));
    });
  }
}
