import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { AppError } from '../../kernel/app-error.js';
import { Logger } from '../../platform/logging/index.js';
import { UpgradeFailedError } from '../errors.js';
import type { ConnectOutcome } from '../figures.js';
import { Session } from '../sessions/session.js';
import { Admission, pathOf, type Refusal } from './admission.js';
import { ConnectionMaker, type Upgrade } from './connection-maker.js';
import { serveWithoutUpgrade, wantsWebSocket } from './plain-request.js';
import { refuseUpgrade } from './upgrade-answer.js';
import { WaitingUpgrades } from './waiting-upgrades.js';
import { WebSockets } from './web-sockets.js';

/**
 * The door of the gateway: from the wish for a WebSocket to the welcome. What can be told without knowing the client
 * is refused as an HTTP request; the rest after the upgrade, by an `error` frame and a close code that pages can read.
 */
@Injectable()
export class UpgradePipeline implements OnApplicationBootstrap {
  private readonly webSockets = new WebSockets();

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly admission: Admission,
    private readonly maker: ConnectionMaker,
    private readonly waiting: WaitingUpgrades,
    private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    const server = this.host.httpAdapter.getHttpServer() as Server;
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      const upgrade = { request, socket, head };
      if (wantsWebSocket(request)) void this.waiting.receive(upgrade, () => this.admit(upgrade));
      else serveWithoutUpgrade(server, request, socket, head);
    });
  }

  private async admit(upgrade: Upgrade): Promise<ConnectOutcome> {
    try {
      const refusal = this.admission.refusalOf(upgrade.request);
      if (refusal !== undefined) return this.refuse(upgrade, refusal);
      const held = await this.admission.examine(upgrade.request);
      if ('error' in held) return this.refuse(upgrade, held);
      const made = await this.maker.make(this.webSockets, upgrade, held);
      if (made === undefined) return 'gone';
      return made instanceof Session ? 'opened' : this.refuse(upgrade, made);
    } catch (error) {
      return this.fail(upgrade, error);
    }
  }

  private refuse({ request, socket, head }: Upgrade, { error, outcome, reason }: Refusal): ConnectOutcome {
    if (reason === undefined) refuseUpgrade(socket, error, pathOf(request));
    else if (socket.writable) this.webSockets.refuse([request, socket, head], error, reason);
    return outcome;
  }

  private fail({ request, socket }: Upgrade, error: unknown): ConnectOutcome {
    const isExpected = error instanceof AppError && error.kind !== 'internal';
    if (!isExpected) this.logger.error('A WebSocket could not be opened', { err: error });
    refuseUpgrade(socket, isExpected ? error : new UpgradeFailedError(error), pathOf(request));
    return 'failed';
  }
}
