import { KnownReceivers } from '../management/known-receivers.js';
import { BurnRateObserver } from './burn-rate-observer.js';
import { SloRepository } from './slo.repository.js';
import { SloRules } from './slo-rules.js';
import { SloStatus } from './slo-status.js';
import { Slos } from './slos.js';

/** What SLOs are made of. */
export const SLO_PROVIDERS = [BurnRateObserver, KnownReceivers, SloRepository, SloRules, SloStatus, Slos];
