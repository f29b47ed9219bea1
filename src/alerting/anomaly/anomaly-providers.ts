import { AnomalyObserver } from './anomaly-observer.js';
import { ModelShelf } from './model-shelf.js';
import { ModelUpkeep } from './model-upkeep.js';

/** What watches for anomalies. */
export const ANOMALY_PROVIDERS = [AnomalyObserver, ModelShelf, ModelUpkeep];
