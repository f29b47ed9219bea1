import { Injectable, type OnModuleInit } from '@nestjs/common';
import { MonitorDatabase } from '../database/index.js';
import { Readiness } from './readiness.js';

const PING_MS = 1_000;

/** An instance without its database is not ready. */
@Injectable()
export class DatabaseReadiness implements OnModuleInit {
  constructor(
    private readonly readiness: Readiness,
    private readonly database: MonitorDatabase,
  ) {}

  onModuleInit(): void {
    this.readiness.register({
      name: 'database',
      isRequired: true,
      check: async () => {
        await this.database.ping(PING_MS);
        return { status: 'up' };
      },
    });
  }
}
