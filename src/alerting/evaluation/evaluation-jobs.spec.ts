import type { BackgroundJob, BackgroundJobs } from '../../platform/scheduling/index.js';
import type { SignalReporter } from '../signals/signal-reporter.js';
import type { AlertingUpkeep } from './alerting-upkeep.js';
import { EvaluationJobs, type EvaluationSteps } from './evaluation-jobs.js';

describe('EvaluationJobs', () => {
  it('removes what is old also while a partition cannot be dropped, and says that it failed', async () => {
    const jobs: BackgroundJob[] = [];
    const failures = [undefined, new Error('locked')];
    let tidied = 0;
    const upkeep = {
      keepPartitions: () => {
        const failure = failures.shift();
        return failure === undefined ? Promise.resolve() : Promise.reject(failure);
      },
      tidy: () => {
        tidied += 1;
        return Promise.resolve();
      },
    };
    await new EvaluationJobs(
      { register: (job: BackgroundJob) => jobs.push(job) } as unknown as BackgroundJobs,
      {} as EvaluationSteps,
      {} as SignalReporter,
      upkeep as unknown as AlertingUpkeep,
      { evaluateEveryMs: 5_000, eventDelayMs: 0, historyDays: 90, runbookBaseUrl: '' },
    ).onModuleInit();

    const run = jobs.find(({ name }) => name === 'alert-upkeep')?.run(new AbortController().signal);

    await expect(run).rejects.toThrow('locked');
    expect(tidied).toBe(1);
  });
});
