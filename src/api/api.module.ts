import { Module } from '@nestjs/common';
import { TenancyModule } from '../tenancy/index.js';
import { AuditController } from './audit.controller.js';
import { KeysController } from './keys.controller.js';
import { TenantsController } from './tenants.controller.js';

/** The edge under /api. */
@Module({
  imports: [TenancyModule],
  controllers: [AuditController, KeysController, TenantsController],
})
export class ApiModule {}
