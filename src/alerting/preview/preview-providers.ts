import { AnomalyPast } from './anomaly-past.js';
import { RulePreview } from './rule-preview.js';
import { ThresholdPast } from './threshold-past.js';

/** What tries rules on the past. */
export const PREVIEW_PROVIDERS = [AnomalyPast, RulePreview, ThresholdPast];
