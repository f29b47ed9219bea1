import { Module } from '@nestjs/common';
import { ResponseCacheGate } from '../cache/index.js';
import { CollectorsModule, StatisticsGate } from '../collectors/index.js';
import { TenancyModule } from '../tenancy/index.js';
import { AuditController } from './audit.controller.js';
import { IngestController } from './ingest.controller.js';
import { KeysController } from './keys.controller.js';
import { StatisticsController } from './statistics.controller.js';
import { TenantsController } from './tenants.controller.js';

/** The edge under /api. */
@Module({
  imports: [CollectorsModule, TenancyModule],
  providers: [{ provide: ResponseCacheGate, useExisting: StatisticsGate }],
  controllers: [AuditController, IngestController, KeysController, StatisticsController, TenantsController],
})
export class ApiModule {}
