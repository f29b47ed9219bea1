import { AppError } from '../../src/kernel/app-error.js';
import type { Random } from '../support/random.js';
import type { Attempt } from './layout-judge.js';
import type { LayoutWish, LoggedOperation, ModelGrid, ModelRegion } from './layout-model.js';

/** What editors can do; each of them may be on another instance. */
export interface Editing {
  /** @returns the number of the operation, or of the latest one when there was nothing to do */
  fulfil(actor: string, wish: LayoutWish): Promise<number>;
  /** As a page shows them. */
  look(): Promise<readonly (ModelRegion & { readonly id: string; readonly version: number })[]>;
}

export interface LayoutRunOptions {
  readonly editings: readonly Editing[];
  readonly grid: ModelGrid;
  readonly random: Random;
  readonly steps: number;
  /** Without, nothing is taken back while it runs: then all of it can be taken back afterwards. */
  readonly isWithUndo: boolean;
}

interface Editor {
  readonly actor: string;
  readonly editing: Editing;
  /** What it saw last; old by now, as on anybody's page. */
  seen: Awaited<ReturnType<Editing['look']>>;
  pending: Promise<void> | undefined;
}

const MOST_SIDE = 3;

/**
 * Some editors at one layout. What they do next, who starts and whose answer is waited for come from `random`; what
 * happens at once meanwhile is left to the database.
 */
export class LayoutRun {
  readonly attempts: Attempt[] = [];
  private readonly editors: Editor[];
  private latest = 0;
  private inFlight = 0;

  constructor(private readonly options: LayoutRunOptions) {
    this.editors = options.editings.map((editing, index) => ({
      actor: `editor-${index + 1}`,
      editing,
      seen: [],
      pending: undefined,
    }));
  }

  /** Everybody makes steps, in any order and at once. */
  async interleave(): Promise<void> {
    const { random, steps } = this.options;
    for (let left = steps; left > 0;) {
      const editor = random.of(this.editors);
      if (editor.pending !== undefined) {
        await editor.pending;
        editor.pending = undefined;
      } else if (random.below(3) === 0) {
        editor.pending = editor.editing.look().then((seen) => void (editor.seen = seen));
      } else {
        editor.pending = this.attempt(editor, this.nextWish(editor));
        left -= 1;
      }
    }
    await this.settle();
  }

  /** Takes back every step that stands, the newest first, whosoever it is. */
  async unwind(operations: readonly LoggedOperation[]): Promise<void> {
    for (const { actor } of operations.toReversed()) await this.attemptAs(actor, { kind: 'undo' });
  }

  /** Takes back as many undos, the newest first. */
  async rewind(operations: readonly LoggedOperation[]): Promise<void> {
    for (const { actor } of operations) await this.attemptAs(actor, { kind: 'redo' });
  }

  private async attemptAs(actor: string, wish: LayoutWish): Promise<void> {
    const editor = this.editors.find((one) => one.actor === actor);
    if (editor !== undefined) await this.attempt(editor, wish);
  }

  private async settle(): Promise<void> {
    for (const editor of this.editors) {
      await editor.pending;
      editor.pending = undefined;
    }
  }

  private async attempt({ actor, editing }: Editor, wish: LayoutWish): Promise<void> {
    const from = this.latest;
    this.inFlight += 1;
    const answer = await editing.fulfil(actor, wish).then(
      (number) => ({ number }),
      (error: unknown) => {
        if (error instanceof AppError) return { code: error.code };
        throw error;
      },
    );
    if ('number' in answer) this.latest = Math.max(this.latest, answer.number);
    // Others whose answers are under way may have been before this one.
    const until = this.latest + this.inFlight;
    this.inFlight -= 1;
    this.attempts.push({ actor, wish, from, until, answer });
  }

  private nextWish({ seen }: Editor): LayoutWish {
    const { random, isWithUndo } = this.options;
    const dice = random.below(isWithUndo ? 12 : 8);
    if (dice >= 11) return { kind: 'redo' };
    if (dice >= 8)
      return { kind: 'undo', ...(random.below(4) === 0 && { before: 1 + random.below(this.latest + 1) }) };
    if (dice >= 6 || seen.length === 0) return { kind: 'create', region: this.region() };
    const { id: regionId, version: known } = random.of(seen);
    const version = random.below(2) === 0 ? known : undefined;
    if (dice === 5) return { kind: 'delete', regionId, version };
    return { kind: 'update', regionId, version, fields: this.fields() };
  }

  private fields(): Partial<ModelRegion> {
    const { random } = this.options;
    const { x, y, width, height } = this.region();
    const title = `title ${random.below(3)}`;
    return random.of([
      { x, y },
      { width, height },
      { title },
      { x, y, width, height, title },
      { content: { a: random.below(3) } },
    ]);
  }

  /** One in ten may reach over the edge. */
  private region(): ModelRegion {
    const { random, grid } = this.options;
    const [width, height] = [1 + random.below(MOST_SIDE), 1 + random.below(MOST_SIDE)];
    const isAnywhere = random.below(10) === 0;
    return {
      x: random.below(grid.columns - (isAnywhere ? 0 : width - 1)),
      y: random.below(grid.rows - (isAnywhere ? 0 : height - 1)),
      ...{ width, height },
      title: `title ${random.below(3)}`,
      kind: random.of(['chart', 'table']),
      content: { a: random.below(3) },
    };
  }
}
