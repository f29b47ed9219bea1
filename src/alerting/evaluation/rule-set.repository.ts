import { Injectable } from '@nestjs/common';
import { sql } from '../../kernel/sql.js';
import { Database } from '../../platform/database/index.js';

/** Reads what changes of the rules as a whole. */
@Injectable()
export class RuleSetRepository {
  constructor(private readonly db: Database) {}

  /**
   * A text that is another one after every change of a rule or of who is told of it. Sums and not the latest change:
   * what commits later may have begun earlier.
   */
  async stamp(): Promise<string> {
    const [row] = await this.db.read<{ stamp: string }>(sql`
      SELECT concat_ws(' ', rules, ids, changes, links, receivers) AS stamp
      FROM (
          SELECT count(*) AS rules, sum(id) AS ids, sum((extract(epoch FROM updated_at) * 1000000)::bigint) AS changes FROM alert_rules) AS rule,
        (SELECT count(*) AS links, sum(receiver_id * (rule_id % 1000003 + 1)) AS receivers FROM alert_rule_receivers) AS link`);
    return row?.stamp ?? '';
  }

  /** When conditions were changed, of those rules where they were. */
  conditionChanges(): Promise<{ readonly id: string; readonly since: Date }[]> {
    return this.db.read(sql`
      SELECT id, condition_since AS since FROM alert_rules WHERE is_enabled AND condition_since > created_at`);
  }
}
