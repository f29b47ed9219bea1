import { Injectable, type OnModuleInit } from '@nestjs/common';
import { PingRepository } from './ping.repository.js';
import { Readiness } from './readiness.js';

/** An instance without its database is not ready. */
@Injectable()
export class DatabaseReadiness implements OnModuleInit {
  constructor(
    private readonly readiness: Readiness,
    private readonly database: PingRepository,
  ) {}

  onModuleInit(): void {
    this.readiness.register({
      name: 'database',
      isRequired: true,
      check: async () => {
        await this.database.ping();
        return { status: 'up' };
      },
    });
  }
}
