import { Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import type { z } from 'zod';
import { type AlertDetail, Alerts, type AlertTransition, type AlertView } from '../alerting/index.js';
import { Clock } from '../kernel/clock.js';
import { Access, Caller, type CallerIdentity } from '../tenancy/index.js';
import { AlertList, pastOf, TransitionList } from './alert-questions.js';
import { AlertingCallers } from './alerting-callers.js';
import { answerPage, type PageAnswer } from './inputs.js';

/** Alerts of the caller's tenant, now and in the past. */
@Controller('api/alerts')
@Access('viewer')
export class AlertsController {
  constructor(
    private readonly alerts: Alerts,
    private readonly callers: AlertingCallers,
    private readonly clock: Clock,
  ) {}

  @Get()
  async list(
    @Caller() { tenantId }: CallerIdentity,
    @Query({ schema: AlertList }) { state, rule, from, to, ...page }: z.infer<typeof AlertList>,
  ): Promise<PageAnswer<AlertView>> {
    const isPast = from !== undefined || to !== undefined || state === 'resolved';
    const asked = { tenantId, ruleId: rule };
    if (!isPast) return answerPage(await this.alerts.current({ ...asked, state: state ?? 'active' }, page));
    const began = pastOf({ from, to }, this.clock.now());
    const found =
      state === 'firing'
        ? await this.alerts.current({ ...asked, state, began }, page)
        : await this.alerts.past({ ...asked, ...began, areResolved: state === 'resolved' }, page);
    return answerPage(found);
  }

  /** Every change of state, newest first. */
  @Get('history')
  async history(
    @Caller() { tenantId }: CallerIdentity,
    @Query({ schema: TransitionList }) { state, rule, from, to, ...page }: z.infer<typeof TransitionList>,
  ): Promise<PageAnswer<AlertTransition>> {
    const past = pastOf({ from, to }, this.clock.now());
    return answerPage(await this.alerts.transitions({ tenantId, ruleId: rule, state, ...past }, page));
  }

  @Get(':id')
  get(@Caller() { tenantId }: CallerIdentity, @Param('id') id: string): Promise<AlertDetail> {
    return this.alerts.get(tenantId, id);
  }

  /** Somebody knows: no more repeats, until it is resolved. */
  @Post(':id/acknowledge')
  @Access('editor')
  @HttpCode(200)
  acknowledge(@Caller() caller: CallerIdentity, @Param('id') id: string): Promise<AlertDetail> {
    return this.alerts.acknowledge(this.callers.of(caller), id);
  }

  @Delete(':id/acknowledge')
  @Access('editor')
  unacknowledge(@Caller() caller: CallerIdentity, @Param('id') id: string): Promise<AlertDetail> {
    return this.alerts.unacknowledge(this.callers.of(caller), id);
  }
}
