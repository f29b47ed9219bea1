import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { z } from 'zod';
import {
  Access,
  ApiKeys,
  Caller,
  type CreatedKey,
  type KeyInfo,
  type CallerIdentity,
  ROLES,
} from '../tenancy/index.js';
import { answerPage, KeyPage, Name, type PageAnswer } from './inputs.js';

const NewKey = z.strictObject({
  /** Defaults to the role. */
  name: Name.optional(),
  role: z.enum(ROLES),
  expiresAt: z.iso
    .datetime({ offset: true, error: 'must be a time in ISO 8601 with an offset' })
    .transform((text) => new Date(text))
    .optional(),
});

/** API keys of the caller's tenant. */
@Controller('api/keys')
@Access('admin')
export class KeysController {
  constructor(private readonly keys: ApiKeys) {}

  @Post()
  create(
    @Caller() caller: CallerIdentity,
    @Body({ schema: NewKey }) { name, ...request }: z.infer<typeof NewKey>,
  ): Promise<CreatedKey> {
    return this.keys.create(caller, { name: name ?? request.role, ...request });
  }

  @Get()
  async list(
    @Caller() caller: CallerIdentity,
    @Query({ schema: KeyPage }) page: z.infer<typeof KeyPage>,
  ): Promise<PageAnswer<KeyInfo>> {
    return answerPage(await this.keys.list(caller, page));
  }

  @Delete(':id')
  revoke(@Caller() caller: CallerIdentity, @Param('id') id: string): Promise<KeyInfo> {
    return this.keys.revoke(caller, id);
  }
}
