import { IndexAdvisor } from './index-advisor.js';
import { RecordedWorkload, ServerWorkload } from './recorded-workload.js';

/** The parts of index advice. */
export const ADVICE_PROVIDERS = [{ provide: RecordedWorkload, useClass: ServerWorkload }, IndexAdvisor];
