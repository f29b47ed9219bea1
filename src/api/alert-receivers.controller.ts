import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Patch,
  Post,
  Put,
  Query,
  Req,
  UseInterceptors,
} from '@nestjs/common';
import type { Request } from 'express';
import type { z } from 'zod';
import {
  AlertReceivers,
  Deletion,
  ReceiverInput,
  ReceiverPatch,
  ReceiverReplacement,
  type StoredReceiver,
  type TestOutcome,
} from '../alerting/index.js';
import { DescribeRequest } from '../platform/http/index.js';
import { Access, Caller, type CallerIdentity } from '../tenancy/index.js';
import { AlertingCallers } from './alerting-callers.js';
import { expectedVersion } from './expected-version.js';
import { answerPage, NumberedPage, type PageAnswer } from './inputs.js';
import { BASED_ON_VERSION, VERSIONED_CHANGE, VERSIONED_READ, VersionedAnswer } from './versioned-answer.js';

/** Who is told of the alerts of the caller's tenant. Secrets are taken, and never given. */
@Controller('api/alert-receivers')
@Access('admin')
@UseInterceptors(VersionedAnswer)
export class AlertReceiversController {
  constructor(
    private readonly receivers: AlertReceivers,
    private readonly callers: AlertingCallers,
  ) {}

  @Post()
  create(
    @Caller() caller: CallerIdentity,
    @Body({ schema: ReceiverInput }) input: z.infer<typeof ReceiverInput>,
  ): Promise<StoredReceiver> {
    return this.receivers.create(this.callers.of(caller), input);
  }

  @Get()
  @Access('viewer')
  async list(
    @Caller() { tenantId }: CallerIdentity,
    @Query({ schema: NumberedPage }) page: z.infer<typeof NumberedPage>,
  ): Promise<PageAnswer<StoredReceiver>> {
    return answerPage(await this.receivers.list(tenantId, page));
  }

  @Get(':id')
  @DescribeRequest(VERSIONED_READ)
  @Access('viewer')
  get(@Caller() { tenantId }: CallerIdentity, @Param('id') id: string): Promise<StoredReceiver> {
    return this.receivers.get(tenantId, id);
  }

  @Put(':id')
  @DescribeRequest(VERSIONED_CHANGE)
  replace(
    @Caller() caller: CallerIdentity,
    @Param('id') id: string,
    @Body({ schema: ReceiverReplacement }) input: z.infer<typeof ReceiverReplacement>,
    @Req() request: Request,
  ): Promise<StoredReceiver> {
    const version = expectedVersion(request, input.version);
    return this.receivers.replace(this.callers.of(caller), id, { ...input, version });
  }

  @Patch(':id')
  @DescribeRequest(VERSIONED_CHANGE)
  change(
    @Caller() caller: CallerIdentity,
    @Param('id') id: string,
    @Body({ schema: ReceiverPatch }) patch: z.infer<typeof ReceiverPatch>,
    @Req() request: Request,
  ): Promise<StoredReceiver> {
    const version = expectedVersion(request, patch.version);
    return this.receivers.change(this.callers.of(caller), id, { ...patch, version });
  }

  /** Sends one message that says it is a test. */
  @Post(':id/test')
  @Access('editor')
  @HttpCode(200)
  test(@Caller() caller: CallerIdentity, @Param('id') id: string): Promise<TestOutcome> {
    return this.receivers.test(this.callers.of(caller), id);
  }

  @Delete(':id')
  @DescribeRequest(BASED_ON_VERSION)
  @HttpCode(204)
  delete(
    @Caller() caller: CallerIdentity,
    @Param('id') id: string,
    @Body({ schema: Deletion }) deletion: Deletion,
    @Req() request: Request,
  ): Promise<void> {
    return this.receivers.delete(this.callers.of(caller), id, expectedVersion(request, deletion?.version));
  }
}
