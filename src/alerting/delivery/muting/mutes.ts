import { Injectable } from '@nestjs/common';
import { labelMatcher } from '../../management/label-matching.js';
import { SilenceRepository } from '../../management/silence.repository.js';
import type { AlertSnapshot } from '../../model/alert.js';
import { isInhibited } from './inhibition.js';
import { InhibitorRepository } from './inhibitor.repository.js';

/** What is not told now. */
export interface Muting {
  readonly isMuted: (alert: AlertSnapshot) => boolean;
  /** When to look again at the latest: a silence may end early, and what inhibits may be resolved. */
  readonly untilMs: number;
}

const LOOK_AGAIN_MS = 15_000;

/** Silences and inhibition: what they cover is told later, if it still fires then. */
@Injectable()
export class Mutes {
  constructor(
    private readonly silences: SilenceRepository,
    private readonly inhibitors: InhibitorRepository,
  ) {}

  /** @param at by the database's clock */
  async of(tenantId: string, at: Date): Promise<Muting> {
    const silences = (await this.silences.active(at)).filter((silence) => silence.tenantId === tenantId);
    const matchers = silences.map((silence) => labelMatcher(silence.matchers));
    const inhibitors = await this.inhibitors.firing(tenantId);
    const ends = silences.map(({ endsAt }) => endsAt.getTime() - at.getTime());
    return {
      isMuted: (alert) => matchers.some((matches) => matches(alert.labels)) || isInhibited(alert, inhibitors),
      untilMs: Math.max(0, Math.min(LOOK_AGAIN_MS, ...ends)),
    };
  }
}
