import { Body, Controller, Get, Post, Query } from '@nestjs/common';
import { z } from 'zod';
import {
  Access,
  Caller,
  type CreatedTenant,
  type CallerIdentity,
  type Tenant,
  Tenants,
} from '../tenancy/index.js';
import { answerPage, Name, NumberedPage, type PageAnswer } from './inputs.js';

const NewTenant = z.strictObject({
  slug: z
    .string()
    .regex(
      /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
      'must be 1 to 63 of a-z, 0-9 and -, not beginning or ending with -',
    ),
  name: Name,
});

/** All tenants, for operators. */
@Controller('api/tenants')
@Access('operator')
export class TenantsController {
  constructor(private readonly tenants: Tenants) {}

  @Post()
  create(
    @Caller() operator: CallerIdentity,
    @Body({ schema: NewTenant }) request: z.infer<typeof NewTenant>,
  ): Promise<CreatedTenant> {
    return this.tenants.create(operator, request);
  }

  @Get()
  async list(
    @Query({ schema: NumberedPage }) page: z.infer<typeof NumberedPage>,
  ): Promise<PageAnswer<Tenant>> {
    return answerPage(await this.tenants.list(page));
  }
}
