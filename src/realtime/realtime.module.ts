import { Module } from '@nestjs/common';
import { DashboardsModule } from '../dashboards/index.js';
import { EventsModule } from '../platform/events/index.js';
import { HealthModule } from '../platform/health/index.js';
import { PerformanceModule } from '../performance/index.js';
import { PresenceModule } from '../presence/index.js';
import { TenancyModule } from '../tenancy/index.js';
import { CoreHandlers } from './dispatch/core-handlers.js';
import { Dispatcher } from './dispatch/dispatcher.js';
import { MessageHandlers } from './dispatch/message-handlers.js';
import { ProtocolDocuments } from './documents/protocol-documents.js';
import { GatewayFigures } from './figures.js';
import { Drain } from './life/drain.js';
import { GatewayHealth } from './life/gateway-health.js';
import { Heartbeats } from './life/heartbeats.js';
import { KeyWatch } from './life/key-watch.js';
import { RELAYS } from './relays/relays.js';
import { Refusals } from './sessions/refusals.js';
import { SessionOpener } from './sessions/session-opener.js';
import { Sessions } from './sessions/sessions.js';
import { Histories } from './subscriptions/histories.js';
import { Subscriptions } from './subscriptions/subscriptions.js';
import { Admission } from './upgrade/admission.js';
import { ConnectionMaker } from './upgrade/connection-maker.js';
import { UpgradePipeline } from './upgrade/upgrade-pipeline.js';
import { WaitingUpgrades } from './upgrade/waiting-upgrades.js';

/** The WebSocket gateway at /ws. */
@Module({
  imports: [DashboardsModule, EventsModule, HealthModule, PerformanceModule, PresenceModule, TenancyModule],
  providers: [
    Admission,
    ConnectionMaker,
    CoreHandlers,
    Dispatcher,
    Drain,
    GatewayFigures,
    GatewayHealth,
    Heartbeats,
    Histories,
    KeyWatch,
    MessageHandlers,
    ProtocolDocuments,
    Refusals,
    SessionOpener,
    Sessions,
    Subscriptions,
    UpgradePipeline,
    WaitingUpgrades,
    ...RELAYS,
  ],
})
export class RealtimeModule {}
