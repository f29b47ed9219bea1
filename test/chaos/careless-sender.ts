import { sql } from '../../src/kernel/sql.js';
import type { Database } from '../../src/platform/database/index.js';

interface CarelessRow {
  readonly id: string;
  readonly dedupKey: string;
  readonly transition: string;
  readonly alert: object;
  readonly url: string;
}

const AT_ONCE = 4;

/** How it is done without a lease, and the newest first: the control arm, which must be caught. */
export class CarelessSender {
  constructor(private readonly db: Database) {}

  /** Sends what waits. Answers whether there was something. */
  async send(): Promise<boolean> {
    const rows = await this.db.query<CarelessRow>(sql`
      SELECT row.id, row.dedup_key AS "dedupKey", row.transition, row.alert, receiver.secrets ->> 'url' AS url
      FROM alert_outbox AS row JOIN alert_receivers AS receiver ON receiver.id = row.receiver_id
      WHERE row.state = 'waiting' ORDER BY row.id DESC LIMIT ${AT_ONCE}`);
    await Promise.all(rows.map((row) => this.tell(row)));
    return rows.length > 0;
  }

  private async tell({ id, dedupKey, transition, alert, url }: CarelessRow): Promise<void> {
    const body = JSON.stringify({ alerts: [{ ...alert, dedupKey, transition }] });
    const headers = { 'content-type': 'application/json', 'idempotency-key': dedupKey };
    const answer = await fetch(url, { method: 'POST', body, headers }).catch(() => undefined);
    if (answer?.ok !== true) return;
    await this.db.query(sql`
      UPDATE alert_outbox SET state = 'sent', finished_at = clock_timestamp() WHERE id = ${id}::bigint`);
  }
}
