import { Injectable } from '@nestjs/common';
import { MetricRegistry } from '../../platform/telemetry/index.js';
import type { Session } from './session.js';

/** The open connections of this instance. */
@Injectable()
export class Sessions {
  private readonly open = new Set<Session>();

  constructor(registry: MetricRegistry) {
    registry.observedGauge(
      'gateway_connections',
      { help: 'WebSockets open on this instance.' },
      () => this.open.size,
    );
  }

  get size(): number {
    return this.open.size;
  }

  add(session: Session): void {
    this.open.add(session);
  }

  remove(session: Session): void {
    this.open.delete(session);
  }

  all(): IterableIterator<Session> {
    return this.open.values();
  }
}
