import type { Provider } from '@nestjs/common';
import { PlanRunner } from './plan-runner.js';
import { QueryPlans } from './query-plans.js';

/** Plans of statements that operators send. */
export const PLAN_PROVIDERS: Provider[] = [PlanRunner, QueryPlans];
