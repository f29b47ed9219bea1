import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { EventsModule } from '../platform/events/index.js';
import { SenderCheck } from '../platform/http/index.js';
import { AdminAccess, ANNOUNCE, type Announce } from './admin-access.js';
import { ApiKeys } from './api-keys.js';
import { AuditRepository } from './audit.repository.js';
import { AuditTrail } from './audit-trail.js';
import { Authenticator } from './authenticator.js';
import { ConfiguredAdminKey } from './configured-admin-key.js';
import { FirstAdminKey } from './first-admin-key.js';
import { AccessGuard } from './guard.js';
import { HeldKeys } from './held-keys.js';
import { KeyDirectory } from './key-directory.js';
import { KeyHolders } from './key-holders.js';
import { KeyIssuer } from './key-issuer.js';
import { KeyRevoker } from './key-revoker.js';
import { KeyRepository } from './key.repository.js';
import { LastUse } from './last-use.js';
import { TenantRepository } from './tenant.repository.js';
import { Tenants } from './tenants.js';

const announce: Announce = (line) => void process.stdout.write(`${line}\n`);

/** Tenants, API keys and the audit trail; guards every route of the application. */
@Module({
  imports: [EventsModule],
  providers: [
    { provide: APP_GUARD, useClass: AccessGuard },
    { provide: SenderCheck, useClass: KeyHolders },
    { provide: ANNOUNCE, useValue: announce },
    AdminAccess,
    ApiKeys,
    AuditRepository,
    AuditTrail,
    Authenticator,
    ConfiguredAdminKey,
    FirstAdminKey,
    HeldKeys,
    KeyDirectory,
    KeyIssuer,
    KeyRepository,
    KeyRevoker,
    LastUse,
    TenantRepository,
    Tenants,
  ],
  exports: [ApiKeys, AuditTrail, Authenticator, HeldKeys, SenderCheck, Tenants],
})
export class TenancyModule {}
