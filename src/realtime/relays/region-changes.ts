import { Injectable, type OnModuleInit } from '@nestjs/common';
import { z } from 'zod';
import {
  LayoutRegions,
  type LayoutCaller,
  RegionFields,
  RegionInput,
  type RegionOutcome,
} from '../../dashboards/index.js';
import { toInputError } from '../../platform/http/index.js';
import { isAllowed, RoleTooLowError } from '../../tenancy/index.js';
import { MessageHandlers, type MessageOf } from '../dispatch/message-handlers.js';
import { reasonOf } from '../dispatch/read-frame.js';
import { FrameInvalidError } from '../errors.js';
import type { Session } from '../sessions/session.js';

type Change = MessageOf<'region.change'>;

/**
 * Answers region.change: by the rules and the way of the API, so that nobody can do over one what the other refuses.
 * The answer is sent when the change is committed; all who follow the layout hear of it as region.changed.
 */
@Injectable()
export class RegionChanges implements OnModuleInit {
  constructor(
    private readonly handlers: MessageHandlers,
    private readonly regions: LayoutRegions,
  ) {}

  onModuleInit(): void {
    this.handlers.register('region.change', (session, message) => this.answer(session, message));
  }

  private async answer(session: Session, message: Change): Promise<void> {
    const { caller } = session;
    if (!isAllowed('editor', caller)) throw new RoleTooLowError('editor', caller.role);
    const { tenantId, keyId } = caller;
    const { operation, layoutVersion, regionId } = await this.change({ tenantId, actor: keyId }, message);
    const ref = message.ref === undefined ? {} : { ref: message.ref };
    session.send({ type: 'ack', ...ref, seq: operation, layoutVersion, regionIds: [regionId] });
  }

  private change(caller: LayoutCaller, message: Change): Promise<RegionOutcome> {
    const { layout: layoutId } = message;
    switch (message.action) {
      case 'create':
        return this.regions.create(caller, layoutId, parse(RegionInput, message.region));
      case 'update': {
        const fields = parse(RegionFields, message.region);
        return this.regions.update(caller, { layoutId, ...regionOf(message) }, fields);
      }
      case 'delete':
        return this.regions.delete(caller, { layoutId, ...regionOf(message) });
    }
  }
}

function regionOf({
  regionId,
  version,
}: {
  readonly regionId: string;
  readonly version?: number | undefined;
}): {
  readonly regionId: string;
  readonly version?: number;
} {
  return { regionId, ...(version !== undefined && { version }) };
}

/** @throws FrameInvalidError REALTIME_FRAME_INVALID, with the fields that are wrong */
function parse<Schema extends z.ZodType>(schema: Schema, region: unknown): z.output<Schema> {
  const parsed = schema.safeParse(region);
  if (parsed.success) return parsed.data;
  const { details } = toInputError(parsed.error.issues, 'region');
  throw new FrameInvalidError(reasonOf(details), details);
}
