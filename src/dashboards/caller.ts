import type { Queryable } from '../platform/database/index.js';
import type { LayoutCaller } from './layouts/layout-wish.js';

/** A change that matters: who did it is known to the recorder. */
export interface RecordedChange {
  /** thing.past-participle */
  readonly action: string;
  /** Id of the thing. */
  readonly subject: string;
  /** Safe to show to admins of the tenant. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** On whose behalf something is changed. Made by the edge, which knows keys and the audit trail. */
export interface DashboardsCaller extends LayoutCaller {
  /** Sees and changes all dashboards of the tenant. */
  readonly isAdmin: boolean;
  /** Writes the change into the audit trail, within the transaction of the change. */
  readonly record: (transaction: Queryable, change: RecordedChange) => Promise<void>;
}
