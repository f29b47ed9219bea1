import type { Provider } from '@nestjs/common';
import { BuiltInRuleRepository } from '../signals/built-in-rule.repository.js';
import { OwnSignals } from '../signals/own-signals.js';
import { ReportedSignals } from '../signals/reported-signals.js';
import { SignalReporter } from '../signals/signal-reporter.js';
import { SignalRepository } from '../signals/signal.repository.js';
import { AlertEngine } from './alert-engine.js';
import { AlertStateRepository } from './alert-state.repository.js';
import { AlertingUpkeep } from './alerting-upkeep.js';
import { BuiltInRules, EvaluationJobs, EvaluationSteps } from './evaluation-jobs.js';
import { EvaluationMetrics } from './evaluation-metrics.js';
import { Evaluation, EvaluationParts } from './evaluation.js';
import { EvaluatorLock } from './evaluator-lock.js';
import { TransitionPartitionRepository } from './history-partitions.repository.js';
import { RuleSet } from './rule-set.js';
import { RuleSetRepository } from './rule-set.repository.js';
import { StateWriter } from './state-writer.js';
import { ThresholdObserver } from './threshold-observer.js';

/** What the evaluation is made of, but for the list of observers. */
export const EVALUATION_PROVIDERS: readonly Provider[] = [
  AlertEngine,
  AlertStateRepository,
  AlertingUpkeep,
  BuiltInRuleRepository,
  BuiltInRules,
  Evaluation,
  EvaluationJobs,
  EvaluationMetrics,
  EvaluationParts,
  EvaluationSteps,
  EvaluatorLock,
  OwnSignals,
  ReportedSignals,
  RuleSet,
  RuleSetRepository,
  SignalReporter,
  SignalRepository,
  StateWriter,
  ThresholdObserver,
  TransitionPartitionRepository,
];
