import { type BeforeApplicationShutdown, Injectable, type OnModuleInit } from '@nestjs/common';
import { GracefulShutdown } from '../../platform/http/index.js';
import { GatewayStoppingError } from '../errors.js';
import { type ConnectOutcome, GatewayFigures } from '../figures.js';
import { pathOf } from './admission.js';
import type { Upgrade } from './connection-maker.js';
import { refuseUpgrade } from './upgrade-answer.js';

/**
 * Upgrades that wait for their key or their places. When the instance stops they are refused at once: whoever waited on
 * would be cut without a word when the process ends.
 */
@Injectable()
export class WaitingUpgrades implements OnModuleInit, BeforeApplicationShutdown {
  private readonly waiting = new Set<Upgrade>();
  private isClosed = false;

  constructor(
    private readonly figures: GatewayFigures,
    private readonly shutdown: GracefulShutdown,
  ) {}

  onModuleInit(): void {
    this.shutdown.draining.addEventListener('abort', () => this.close(), { once: true });
  }

  beforeApplicationShutdown(): void {
    this.close();
  }

  /** Lets an upgrade wait for `admit`, and notes what became of it. */
  async receive(upgrade: Upgrade, admit: () => Promise<ConnectOutcome>): Promise<void> {
    const seconds = this.figures.stopwatch();
    // A client that goes away meanwhile, or while it is answered, must not end the process.
    upgrade.socket.on('error', ignore);
    const outcome = await this.hold(upgrade, admit);
    this.figures.noteConnect(outcome);
    if (outcome !== 'opened') return;
    upgrade.socket.off('error', ignore);
    this.figures.upgradeSeconds.record(seconds());
  }

  private async hold(upgrade: Upgrade, admit: () => Promise<ConnectOutcome>): Promise<ConnectOutcome> {
    if (this.isClosed) return refuse(upgrade);
    this.waiting.add(upgrade);
    const outcome = await admit();
    return this.waiting.delete(upgrade) ? outcome : 'stopping';
  }

  /** From now on all are refused. */
  private close(): void {
    this.isClosed = true;
    for (const upgrade of this.waiting) refuse(upgrade);
    this.waiting.clear();
  }
}

function refuse({ socket, request }: Upgrade): 'stopping' {
  refuseUpgrade(socket, new GatewayStoppingError(), pathOf(request));
  return 'stopping';
}

function ignore(): void {
  // The socket closes after every error, which is all there is to know.
}
