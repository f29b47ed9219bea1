import type { SentStatement, StatementWatcher } from '../../platform/database/index.js';
import type { PooledConnections } from './pooled-connections.js';

const NOTHING = (): void => undefined;

/** Remembers the last statement of each holder; only its text, which has no values in it. */
export class StatementNotes implements StatementWatcher {
  constructor(private readonly connections: Pick<PooledConnections, 'slotOf'>) {}

  began({ text, connection }: SentStatement): () => void {
    this.connections.slotOf(connection)?.note(text);
    return NOTHING;
  }
}
