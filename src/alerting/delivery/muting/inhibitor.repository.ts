import { Injectable } from '@nestjs/common';
import { sql } from '../../../kernel/sql.js';
import { Database } from '../../../platform/database/index.js';
import { type Inhibitor, INHIBITS } from './inhibition.js';

/** Alerts that mute others. */
@Injectable()
export class InhibitorRepository {
  constructor(private readonly db: Database) {}

  /** Those of a tenant that fire, with all their labels. */
  firing(tenantId: string): Promise<Inhibitor[]> {
    return this.db.read<Inhibitor>(sql`
      SELECT alert.fingerprint, rule.labels || alert.labels AS labels
      FROM alert_instances AS alert JOIN alert_rules AS rule ON rule.id = alert.rule_id
      WHERE alert.tenant_id = ${tenantId}::bigint AND alert.state <> 'normal' AND alert.starts_at IS NOT NULL
        AND (rule.labels || alert.labels) ? ${INHIBITS}`);
  }
}
