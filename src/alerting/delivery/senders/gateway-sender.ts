import { Injectable } from '@nestjs/common';
import type { AlertSender, SendOutcome } from './sender.js';

/**
 * Tells those who are connected. Nothing is sent here: the transaction that records the message as sent notifies all
 * instances, and each of them tells its own connections (see GatewayNotices).
 */
@Injectable()
export class GatewaySender implements AlertSender {
  readonly kind = 'gateway';
  readonly maxAlerts = 1_000;

  send(): Promise<SendOutcome> {
    return Promise.resolve({ kind: 'sent' });
  }
}
