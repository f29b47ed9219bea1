import { Injectable } from '@nestjs/common';
import { DomainEvents } from '../../platform/events/index.js';
import { LAYOUT_TOUCHED, type LayoutTouched, REGION_CHANGED } from '../layout-events.js';
import { changeOf } from './layout-change.js';
import { LayoutInvalidation } from '../keeping/layout-invalidation.js';
import type { Edited } from './layout-wish.js';

/** What follows from changes: kept layouts are invalidated first, then others are told. */
@Injectable()
export class LayoutEffects {
  constructor(
    private readonly events: DomainEvents,
    private readonly kept: LayoutInvalidation,
  ) {}

  /** Operations on one layout, in their order; those that changed nothing are passed over. */
  async committed(edits: readonly Edited[]): Promise<void> {
    const changed = edits.filter(({ changes }) => changes.length > 0);
    const [first] = changed;
    if (first === undefined) return;
    await this.kept.invalidate(first.layoutId);
    for (const edited of changed) this.events.publish(REGION_CHANGED, changeOf(edited));
  }

  /** A layout itself was changed, or may have been. */
  async touched(layout: LayoutTouched): Promise<void> {
    await this.kept.invalidate(layout.layoutId);
    this.events.publish(LAYOUT_TOUCHED, layout);
  }

  /** Nobody knows whether a change of it was committed: whoever watches the layout's numbers finds out. */
  maybeCommitted(layoutId: string): Promise<void> {
    return this.kept.invalidate(layoutId);
  }
}
