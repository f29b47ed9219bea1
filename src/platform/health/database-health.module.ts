import { Module } from '@nestjs/common';
import { DatabaseReadiness } from './database-readiness.js';
import { HealthModule } from './health.module.js';

/** Ties readiness to the database. Apart from HealthModule, which applications without a database need as well. */
@Module({ imports: [HealthModule], providers: [DatabaseReadiness] })
export class DatabaseHealthModule {}
