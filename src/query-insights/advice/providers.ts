import { IndexAdvisor } from './index-advisor.js';
import { ServerWorkload } from './recorded-workload.js';

/** The parts of index advice, but for the workload that is recorded. */
export const ADVICE_PROVIDERS = [ServerWorkload, IndexAdvisor];
