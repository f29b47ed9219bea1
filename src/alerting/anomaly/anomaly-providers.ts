import { AnomalyObserver } from './anomaly-observer.js';
import { ForeseeingObserver } from './foreseeing-observer.js';
import { ModelShelf } from './model-shelf.js';
import { ModelUpkeep } from './model-upkeep.js';
import { Predictions } from './predictions.js';

/** What watches for anomalies, and foresees. */
export const ANOMALY_PROVIDERS = [AnomalyObserver, ForeseeingObserver, ModelShelf, ModelUpkeep, Predictions];
