import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { TENANCY_CONFIG, type TenancyConfig } from '../config/index.js';
import { Logger } from '../platform/logging/index.js';
import { parseApiKey } from './api-key.js';
import { ConfiguredAdminKey } from './configured-admin-key.js';
import { FirstAdminKey } from './first-admin-key.js';

/** DI token of the function that shows one line to whoever started the process. */
export const ANNOUNCE = Symbol('ANNOUNCE');

/** Shows one line, outside of the log. */
export type Announce = (line: string) => void;

/** At start: an admin of tenant `default` can get in, by PLIMSOLL_ADMIN_KEY or by a key shown once. */
@Injectable()
export class AdminAccess implements OnModuleInit {
  constructor(
    @Inject(TENANCY_CONFIG) private readonly config: TenancyConfig,
    @Inject(ANNOUNCE) private readonly announce: Announce,
    private readonly configured: ConfiguredAdminKey,
    private readonly first: FirstAdminKey,
    private readonly logger: Logger,
  ) {}

  /** @throws AdminKeyConflictError TENANCY_ADMIN_KEY_CONFLICT */
  async onModuleInit(): Promise<void> {
    // The configuration has checked the form of the key.
    const given = this.config.adminKey && parseApiKey(this.config.adminKey.reveal());
    if (given === undefined) return this.showFirstKey();
    const outcome = await this.configured.ensure(given);
    const fields = { keyId: given.id, outcome };
    if (outcome === 'present but unusable') {
      this.logger.warn('PLIMSOLL_ADMIN_KEY is revoked or expired and opens nothing; set another one', fields);
    } else this.logger.info('PLIMSOLL_ADMIN_KEY is in place', fields);
  }

  private async showFirstKey(): Promise<void> {
    const key = await this.first.ensure();
    // Not logged: log lines are stored and shipped, and this is a secret for one pair of eyes.
    if (key !== undefined) this.announce(`First admin key (shown once): ${key}`);
  }
}
