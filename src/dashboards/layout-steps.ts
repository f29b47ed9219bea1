import { Injectable } from '@nestjs/common';
import type { Page, PageRequest } from '../kernel/page.js';
import { LayoutNotFoundError, NothingToUndoError, UndoConflictError } from './errors.js';
import { LayoutFeed } from './layout-feed.js';
import { inverseOf, rebase } from './layouts/inverse.js';
import { LayoutEditor } from './layouts/layout-editor.js';
import type { Edited, LayoutCaller, CurrentLayout, OperationPlan } from './layouts/layout-wish.js';
import type { Operation, OperationOutline } from './layouts/operation.js';
import { OperationRepository } from './layouts/operation.repository.js';

/** Which step of a layout is meant. */
export interface StepTarget {
  readonly layoutId: string;
  /** Of undo: the newest step with a smaller number. Absent: the newest one. */
  readonly before?: number | undefined;
  /** Version of the layout that is meant; absent: whatever it is by now. */
  readonly version?: number | undefined;
}

/**
 * Steps backwards and forwards, of each caller alone: what others did meanwhile stays, and what they changed of the
 * same is not touched.
 */
@Injectable()
export class LayoutSteps {
  constructor(
    private readonly editor: LayoutEditor,
    private readonly operations: OperationRepository,
    private readonly feed: LayoutFeed,
  ) {}

  /**
   * Takes back the newest own step that has not been taken back.
   * @throws LayoutNotFoundError, RegionVersionError
   * @throws NothingToUndoError LAYOUT_NOTHING_TO_UNDO
   * @throws UndoConflictError LAYOUT_UNDO_CONFLICT: somebody else changed the same since; and RegionOverlapError
   */
  undo(caller: LayoutCaller, { layoutId, before, version: layoutVersion }: StepTarget): Promise<Edited> {
    return this.editor.edit(caller, {
      ...{ layoutId, layoutVersion, kind: 'undo', isAboutHistory: true },
      plan: async (current) => {
        const { source } = current;
        const step = await this.operations.undoable(source, { layoutId, before, actor: caller.actor });
        if (step === undefined) throw new NothingToUndoError('undo', layoutId);
        return takeBack(step, current, 'undone');
      },
    });
  }

  /**
   * Does again what the newest own undo took back, unless the caller did something else since.
   * @throws as undo
   */
  redo(caller: LayoutCaller, { layoutId, version: layoutVersion }: StepTarget): Promise<Edited> {
    return this.editor.edit(caller, {
      ...{ layoutId, layoutVersion, kind: 'redo', isAboutHistory: true },
      plan: async (current) => {
        const step = await this.operations.redoable(current.source, { layoutId, actor: caller.actor });
        if (step === undefined) throw new NothingToUndoError('redo', layoutId);
        return takeBack(step, current, 'redone');
      },
    });
  }

  /** What was done, newest first, without contents. @throws LayoutNotFoundError LAYOUT_NOT_FOUND */
  async history(
    { tenantId, layoutId }: { readonly tenantId: string; readonly layoutId: string },
    page: PageRequest & { readonly actor?: string | undefined },
  ): Promise<Page<OperationOutline>> {
    const layout = await this.feed.find(tenantId, layoutId);
    if (layout === undefined) throw new LayoutNotFoundError(layoutId);
    return this.operations.list(layoutId, page);
  }
}

function takeBack(step: Operation, { regions }: CurrentLayout, what: 'undone' | 'redone'): OperationPlan {
  const changes = step.changes.map((change) => {
    const now = regions.find(({ id }) => id === change.regionId) ?? null;
    const back = rebase(inverseOf(change), now);
    if (back === undefined) throw new UndoConflictError(what, step.number, change.regionId, now);
    return back;
  });
  return { changes, takesBack: step.number };
}
