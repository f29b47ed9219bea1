import { EventType } from '../../platform/events/index.js';
import type { CollectorEvent } from './event.js';

/** Events of a tenant are committed, and no answer from before them is given any more. */
export interface EventsStored {
  readonly tenantId: string;
  /** The time of events that have none of their own. */
  readonly arrivedAt: Date;
  /** As they came: of any series, in the sender's order. */
  readonly events: readonly CollectorEvent[];
}

/**
 * Published on the instance that stored them, once: not again when a request is repeated, and not for what batch jobs
 * import, which is of the past.
 */
export const EVENTS_STORED = new EventType<EventsStored>('collectors.events-stored');
