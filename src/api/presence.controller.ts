import { Controller, Get, Param } from '@nestjs/common';
import { LayoutFeed, LayoutNotFoundError } from '../dashboards/index.js';
import { type PresentConnection, PresenceHub } from '../presence/index.js';
import { AnswerExamples } from '../platform/http/index.js';
import { Access, Caller, type CallerIdentity } from '../tenancy/index.js';
import { PRESENCE_EXAMPLES } from './examples/presence.js';

/** A key whose holder is in a layout, with each of its tabs. */
interface PresentUser {
  readonly userId: string;
  readonly name: string;
  /** When the first of its connections came. */
  readonly joinedAt: string;
  readonly connections: readonly Pick<PresentConnection, 'connectionId' | 'joinedAt' | 'state'>[];
}

/** Who is in a layout at the moment, on all instances. */
interface LayoutPresence {
  readonly layoutId: string;
  /** Those who came first stand first. */
  readonly users: readonly PresentUser[];
}

/** Who is where, for those who are not connected themselves. */
@Access('viewer')
@AnswerExamples(PRESENCE_EXAMPLES)
@Controller('api/presence')
export class PresenceController {
  constructor(
    private readonly hub: PresenceHub,
    private readonly layouts: LayoutFeed,
  ) {}

  /** @throws LayoutNotFoundError LAYOUT_NOT_FOUND */
  @Get('layouts/:id')
  async layout(
    @Caller() { tenantId }: CallerIdentity,
    @Param('id') layoutId: string,
  ): Promise<LayoutPresence> {
    const layout = await this.layouts.find(tenantId, layoutId);
    if (layout === undefined) throw new LayoutNotFoundError(layoutId);
    return { layoutId, users: byUser(await this.hub.present(tenantId, layoutId)) };
  }
}

function byUser(connections: readonly PresentConnection[]): readonly PresentUser[] {
  const users = new Map<string, PresentConnection[]>();
  const inOrder = [...connections].sort((one, other) => one.joinedAt.localeCompare(other.joinedAt));
  for (const connection of inOrder) {
    const there = users.get(connection.userId);
    if (there === undefined) users.set(connection.userId, [connection]);
    else there.push(connection);
  }
  return [...users.values()].flatMap((own) => {
    const [first] = own;
    if (first === undefined) return [];
    const shown = own.map(({ connectionId, joinedAt, state }) => ({ connectionId, joinedAt, state }));
    return [{ userId: first.userId, name: first.name, joinedAt: first.joinedAt, connections: shown }];
  });
}
