import { Injectable } from '@nestjs/common';
import { DomainEvents } from '../../platform/events/index.js';
import { REGION_CHANGED } from '../layout-events.js';
import { changeOf, type DoneOperation } from './layout-change.js';

/** What follows from changes that are committed. */
@Injectable()
export class LayoutEffects {
  constructor(private readonly events: DomainEvents) {}

  /** Regions were changed. */
  edited(operation: DoneOperation): void {
    this.events.publish(REGION_CHANGED, changeOf(operation));
  }
}
