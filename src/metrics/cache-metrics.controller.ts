import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { z } from 'zod';
import {
  type CacheReport,
  CacheService,
  CacheWarmer,
  type InvalidationReceipt,
  WARMING_STRATEGIES,
  type WarmupRun,
  type WarmupStatus,
} from '../cache/index.js';
import { AnswerExamples } from '../platform/http/index.js';
import { Access, Caller, CallerIfKnown, type CallerIdentity } from '../tenancy/index.js';
import { CACHE_EXAMPLES } from './examples/cache.js';
import { CacheOperations, type ClearRequest } from './cache-operations.js';
import { type ShownKey, showKeys } from './shown-keys.js';

const HottestKeys = z.strictObject({
  limit: z
    .string()
    .regex(/^\d{1,3}$/, 'must be a whole number from 1 to 100')
    .transform(Number)
    .pipe(z.number().min(1).max(100))
    .default(20),
  order: z.enum(['hottest', 'coldest']).default('hottest'),
});

const Warmup = z.strictObject({ strategy: z.enum(WARMING_STRATEGIES) });

const Clear = z
  .strictObject({
    scope: z.enum(['all', 'tag', 'pattern', 'prefix']).default('all'),
    value: z
      .string()
      .min(1)
      .max(1_000)
      // The audit trail cannot store them.
      .regex(/^[^\0\p{Cs}]*$/u, 'must not contain NUL or lone surrogates')
      .optional(),
  })
  .refine(({ scope, value }) => (scope === 'all') === (value === undefined), {
    path: ['value'],
    error: 'is needed for tag, pattern and prefix, and for them alone',
  })
  .transform(({ scope, value }): ClearRequest =>
    scope === 'all' || value === undefined ? { scope: 'all' } : { scope, value },
  )
  // A request without a body clears everything.
  .prefault({});

/** The cache, seen and handled by operators. */
@Access('metrics-read')
@AnswerExamples(CACHE_EXAMPLES)
@Controller('metrics/cache')
export class CacheMetricsController {
  constructor(
    private readonly cache: CacheService,
    private readonly warmer: CacheWarmer,
    private readonly operations: CacheOperations,
  ) {}

  @Get()
  report(): CacheReport {
    return this.cache.report();
  }

  /**
   * Keys with the most reads, or with the least: of those that are not read the ones that have been here longest.
   * Those of other tenants are shown by their shape alone.
   */
  @Get('hottest-keys')
  hottestKeys(
    @Query({ schema: HottestKeys }) view: z.infer<typeof HottestKeys>,
    @CallerIfKnown() caller: CallerIdentity | undefined,
  ): readonly ShownKey[] {
    const { statistics } = this.cache;
    return showKeys(view.order === 'hottest' ? statistics.hottest() : statistics.coldest(), caller, view);
  }

  @Access('operator')
  @Post('warmup')
  @HttpCode(202)
  warmUp(
    @Body({ schema: Warmup }) { strategy }: z.infer<typeof Warmup>,
    @Caller() operator: CallerIdentity,
  ): Promise<WarmupRun> {
    return this.operations.warmUp(operator, strategy);
  }

  @Get('warmup/status')
  warmupStatus(): Promise<WarmupStatus> {
    return this.warmer.status();
  }

  @Access('operator')
  @Post('clear')
  @HttpCode(200)
  clear(
    @Body({ schema: Clear }) request: ClearRequest,
    @Caller() operator: CallerIdentity,
  ): Promise<InvalidationReceipt> {
    return this.operations.clear(operator, request);
  }
}
