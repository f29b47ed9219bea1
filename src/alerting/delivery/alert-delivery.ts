import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import { Ids } from '../../kernel/ids.js';
import type { SecretReceiver } from '../management/receiver.repository.js';
import type { AlertSnapshot } from '../model/alert.js';
import type { AlertReceiver } from '../model/receiver.js';
import { SendAttempt } from './attempt.js';
import { GatewayNotices } from './gateway-notices.js';
import { NO_RULE } from './message.js';

/** What came of a test call. */
export interface TestOutcome {
  readonly isDelivered: boolean;
  /** Why not, in words that may be shown; null when it was. */
  readonly reason: string | null;
  readonly durationMs: number;
}

const KEY_CHARACTERS = 24;
const TEST_FINGERPRINT = '0000000000000000';

/** What others may ask of the delivery. */
@Injectable()
export class AlertDelivery {
  constructor(
    private readonly attempts: SendAttempt,
    private readonly gateway: GatewayNotices,
    private readonly clock: Clock,
    private readonly ids: Ids,
  ) {}

  /** Sends one alert that says it is a test, at once and without the outbox. Never rejects; tried once. */
  async test(receiver: SecretReceiver): Promise<TestOutcome> {
    const startedAt = this.clock.monotonic();
    const incident = `test-${this.ids.token(KEY_CHARACTERS)}`;
    const alert = testAlert(receiver, this.clock.now().toISOString());
    const told = { dedupKey: incident, transition: 'firing' as const, incident, alert };
    const message = {
      id: '0',
      key: incident,
      groupKey: '{}',
      attempt: 1,
      alerts: [told],
      openIncidents: new Set([incident]),
    };
    const outcome = await this.attempts.send(receiver, message, new AbortController().signal);
    if (outcome.kind === 'sent' && receiver.kind === 'gateway') this.gateway.tellHere(receiver, message);
    return {
      isDelivered: outcome.kind === 'sent',
      reason: outcome.kind === 'sent' ? null : outcome.reason,
      durationMs: Math.round(this.clock.monotonic() - startedAt),
    };
  }
}

function testAlert({ tenantId, name }: AlertReceiver, at: string): AlertSnapshot {
  return {
    tenantId,
    ruleId: NO_RULE,
    ruleName: 'Test',
    fingerprint: TEST_FINGERPRINT,
    state: 'firing',
    severity: 'info',
    labels: { alertname: 'Test', severity: 'info', receiver: name },
    summary: 'This is a test. Nothing is wrong, and nothing needs to be done.',
    detail: null,
    value: null,
    startsAt: at,
    endsAt: null,
    predictedAt: null,
    runbookUrl: null,
  };
}
