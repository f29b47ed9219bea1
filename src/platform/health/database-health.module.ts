import { Module } from '@nestjs/common';
import { DatabaseReadiness } from './database-readiness.js';
import { HealthModule } from './health.module.js';
import { PingRepository } from './ping.repository.js';

/** Ties readiness to the database. Apart from HealthModule, which applications without a database need as well. */
@Module({ imports: [HealthModule], providers: [PingRepository, DatabaseReadiness] })
export class DatabaseHealthModule {}
