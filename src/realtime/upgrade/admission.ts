import type { IncomingMessage } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { HTTP_CONFIG, type HttpConfig, WEBSOCKET_CONFIG, type WebSocketConfig } from '../../config/index.js';
import type { AppError } from '../../kernel/app-error.js';
import { Clock } from '../../kernel/clock.js';
import { clientAddress, GracefulShutdown, networkOf } from '../../platform/http/index.js';
import type { CloseReason } from '../../presence/index.js';
import {
  Authenticator,
  type HeldKey,
  isAllowed,
  KeyInvalidError,
  KeyMissingError,
  RoleTooLowError,
} from '../../tenancy/index.js';
import {
  ConnectsLimitedError,
  GatewayStoppingError,
  KeyExpiredError,
  OriginForbiddenError,
  SocketPathError,
} from '../errors.js';
import type { ConnectOutcome } from '../figures.js';
import { AddressGate } from './address-gate.js';
import { keyOf } from './credentials.js';
import { isOriginAllowed } from './origins.js';

const PATH = '/ws';

/** Why a client is not let in; `reason` where it is told by a close code, which browsers can read. */
export interface Refusal {
  readonly error: AppError;
  readonly outcome: ConnectOutcome;
  readonly reason?: CloseReason;
}

/** Who may open a WebSocket. */
@Injectable()
export class Admission {
  private readonly gate: AddressGate;

  constructor(
    @Inject(WEBSOCKET_CONFIG) private readonly config: WebSocketConfig,
    @Inject(HTTP_CONFIG) private readonly http: HttpConfig,
    private readonly shutdown: GracefulShutdown,
    private readonly authenticator: Authenticator,
    clock: Clock,
  ) {
    this.gate = new AddressGate(config.connectsPerSecond, clock);
  }

  /** What is refused before the upgrade, as any HTTP request is; in the order of what it costs. */
  refusalOf(request: IncomingMessage): Refusal | undefined {
    if (this.shutdown.isStopping) return { error: new GatewayStoppingError(), outcome: 'stopping' };
    const path = pathOf(request);
    if (path !== PATH) return { error: new SocketPathError(path), outcome: 'path' };
    const { trustProxyHops } = this.http;
    if (!isOriginAllowed(request, this.config.origins, trustProxyHops > 0)) {
      return { error: new OriginForbiddenError(request.headers.origin ?? ''), outcome: 'origin' };
    }
    const waitMs = this.gate.enter(networkOf(clientAddress(request, trustProxyHops)));
    if (waitMs > 0) {
      return { error: new ConnectsLimitedError(this.config.connectsPerSecond, waitMs), outcome: 'address' };
    }
    return keyOf(request) === undefined ? { error: new KeyMissingError(), outcome: 'key' } : undefined;
  }

  /** The key of the request, or why it does not let in. @throws KeyCheckBusyError TENANCY_KEY_CHECK_BUSY */
  async examine(request: IncomingMessage): Promise<HeldKey | Refusal> {
    const shown = await this.authenticator.examine(keyOf(request) ?? '');
    if (shown.state === 'expired') {
      return { error: new KeyExpiredError(), outcome: 'key', reason: 'TOKEN_EXPIRED' };
    }
    if (shown.state === 'invalid') {
      return { error: new KeyInvalidError(), outcome: 'key', reason: 'KEY_INVALID' };
    }
    if (this.shutdown.isStopping) return { error: new GatewayStoppingError(), outcome: 'stopping' };
    const { caller } = shown.held;
    if (isAllowed('viewer', caller)) return shown.held;
    return { error: new RoleTooLowError('viewer', caller.role), outcome: 'role', reason: 'FORBIDDEN' };
  }

  /** Forgets addresses that have not come for a while. */
  prune(): void {
    this.gate.prune();
  }
}

/** The path without the query, which may hold what must not be repeated. */
export function pathOf({ url = '/' }: IncomingMessage): string {
  return url.split('?', 1)[0] ?? '/';
}
