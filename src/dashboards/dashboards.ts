import { Injectable } from '@nestjs/common';
import { Clock } from '../kernel/clock.js';
import { isRowId, type Page, type PageRequest } from '../kernel/page.js';
import { Database, type Queryable } from '../platform/database/index.js';
import type { DashboardsCaller } from './caller.js';
import {
  DashboardLimitError,
  DashboardNameTakenError,
  DashboardNotFoundError,
  DashboardOwnerError,
  DashboardReadOnlyError,
  DashboardVersionError,
  LayoutNotFoundError,
} from './errors.js';
import { LayoutFeed } from './layout-feed.js';
import type { Dashboard, DashboardDefinition } from './saved/dashboard.js';
import type { DashboardInput, DashboardPatch, DashboardReplacement } from './saved/dashboard-input.js';
import { type DashboardFilter, DashboardRepository, type Onlooker } from './saved/dashboard.repository.js';
import { lockTenant } from './tenant-lock.repository.js';

/** Dashboards of one tenant. */
const MOST_DASHBOARDS = 10_000;

/** Which dashboard, and the version that its change is based on; absent: whatever it is by now. */
interface DashboardTarget {
  readonly id: string;
  readonly version?: number | undefined;
}

/** Saved dashboards. What somebody does not share is not there for others, but for admins of the tenant. */
@Injectable()
export class Dashboards {
  constructor(
    private readonly db: Database,
    private readonly dashboards: DashboardRepository,
    private readonly feed: LayoutFeed,
    private readonly clock: Clock,
  ) {}

  /** Newest first. */
  list(onlooker: Onlooker, filter: DashboardFilter, page: PageRequest): Promise<Page<Dashboard>> {
    return this.dashboards.list(onlooker, filter, page);
  }

  /** @throws DashboardNotFoundError DASHBOARD_NOT_FOUND */
  async get(onlooker: Onlooker, id: string): Promise<Dashboard> {
    const dashboard = isRowId(id) ? await this.dashboards.find(onlooker, id) : undefined;
    if (dashboard === undefined) throw new DashboardNotFoundError(id);
    return dashboard;
  }

  /** @throws DashboardNameTakenError, DashboardLimitError, LayoutNotFoundError */
  async create(caller: DashboardsCaller, input: DashboardInput): Promise<Dashboard> {
    const { tenantId, actor: owner } = caller;
    await this.refuseForeignLayout(tenantId, input.layoutId);
    return this.db.transaction(async (transaction) => {
      await lockTenant(transaction, tenantId);
      const count = await this.dashboards.count(transaction, tenantId, MOST_DASHBOARDS);
      if (count >= MOST_DASHBOARDS) throw new DashboardLimitError(MOST_DASHBOARDS);
      await this.refuseTaken(transaction, { tenantId, owner, name: input.name }, null);
      const dashboard = await this.dashboards.insert(
        transaction,
        { tenantId, owner, at: this.clock.now() },
        input,
      );
      await record(transaction, caller, 'dashboard.created', dashboard);
      return dashboard;
    });
  }

  /** Puts another one in its place; who sees it stays as it is unless that is said. @throws as change */
  async replace(
    caller: DashboardsCaller,
    id: string,
    { version, name, sharing, sections, filters, timeRange, layoutId }: DashboardReplacement,
  ): Promise<Dashboard> {
    await this.refuseForeignLayout(caller.tenantId, layoutId);
    const wish = { name, sections, filters, timeRange, layoutId };
    return this.modify(caller, { id, version }, (before) => ({
      ...wish,
      sharing: sharing ?? before.sharing,
    }));
  }

  /**
   * Changes some fields.
   * @throws DashboardNotFoundError, DashboardReadOnlyError, DashboardVersionError, DashboardNameTakenError
   * @throws DashboardOwnerError DASHBOARD_OWNER_ONLY: the caller is not the one who may share it
   * @throws LayoutNotFoundError
   */
  async change(
    caller: DashboardsCaller,
    id: string,
    { version, ...patch }: DashboardPatch,
  ): Promise<Dashboard> {
    await this.refuseForeignLayout(caller.tenantId, patch.layoutId ?? null);
    const given = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
    return this.modify(caller, { id, version }, (before) => ({ ...before, ...given }));
  }

  /** @throws DashboardNotFoundError, DashboardReadOnlyError, DashboardOwnerError, DashboardVersionError */
  async delete(caller: DashboardsCaller, id: string, version?: number): Promise<void> {
    await this.db.transaction(async (transaction) => {
      const dashboard = await this.lockOf(transaction, caller, { id, version });
      refuseNotOwn(caller, dashboard);
      await this.dashboards.markDeleted(transaction, id, this.clock.now());
      await record(transaction, caller, 'dashboard.deleted', dashboard);
    });
  }

  private modify(
    caller: DashboardsCaller,
    target: DashboardTarget,
    wishFor: (before: Dashboard) => DashboardDefinition,
  ): Promise<Dashboard> {
    return this.db.transaction(async (transaction) => {
      const before = await this.lockOf(transaction, caller, target);
      const wish = { ...wishFor(before), at: this.clock.now() };
      if (wish.sharing !== before.sharing) refuseNotOwn(caller, before);
      const { tenantId } = caller;
      await this.refuseTaken(transaction, { tenantId, owner: before.owner, name: wish.name }, target.id);
      const dashboard = await this.dashboards.update(transaction, target.id, wish);
      await record(transaction, caller, 'dashboard.updated', dashboard);
      return dashboard;
    });
  }

  private async lockOf(
    transaction: Queryable,
    caller: DashboardsCaller,
    { id, version }: DashboardTarget,
  ): Promise<Dashboard> {
    await lockTenant(transaction, caller.tenantId);
    const dashboard = isRowId(id) ? await this.dashboards.lock(transaction, caller, id) : undefined;
    if (dashboard === undefined) throw new DashboardNotFoundError(id);
    const { owner, sharing } = dashboard;
    if (sharing !== 'edit' && !isOwn(caller, dashboard)) throw new DashboardReadOnlyError(id, owner);
    if (version !== undefined && version !== dashboard.version)
      throw new DashboardVersionError(version, dashboard);
    return dashboard;
  }

  private async refuseForeignLayout(tenantId: string, layoutId: string | null): Promise<void> {
    if (layoutId === null || (await this.feed.find(tenantId, layoutId)) !== undefined) return;
    throw new LayoutNotFoundError(layoutId);
  }

  private async refuseTaken(
    transaction: Queryable,
    named: { readonly tenantId: string; readonly owner: string; readonly name: string },
    exceptId: string | null,
  ): Promise<void> {
    if (await this.dashboards.isTaken(transaction, named, exceptId))
      throw new DashboardNameTakenError(named.name);
  }
}

function isOwn({ actor, isAdmin }: DashboardsCaller, { owner }: Dashboard): boolean {
  return isAdmin || owner === actor;
}

function refuseNotOwn(caller: DashboardsCaller, dashboard: Dashboard): void {
  if (!isOwn(caller, dashboard)) throw new DashboardOwnerError(dashboard.id, dashboard.owner);
}

function record(
  transaction: Queryable,
  caller: DashboardsCaller,
  action: string,
  { id, name, sharing }: Dashboard,
): Promise<void> {
  return caller.record(transaction, { action, subject: id, details: { name, sharing } });
}
