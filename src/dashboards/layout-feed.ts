import { Injectable } from '@nestjs/common';
import { isRowId } from '../kernel/page.js';
import type { LayoutChange } from './layout-events.js';
import type { Layout } from './layouts/layout.js';
import { changeOf } from './layouts/layout-change.js';
import { LayoutRepository } from './layouts/layout.repository.js';
import { type LayoutHead, OperationRepository } from './layouts/operation.repository.js';

/** Of operations that are read at once. */
const MOST_BYTES = 2 * 1_024 * 1_024;

/** What was done to a layout from some operation on. */
export interface FedChanges {
  readonly changes: readonly LayoutChange[];
  /** Others come after these. */
  readonly isMore: boolean;
}

/** What was done to layouts, for those who tell collaborators of it. Read from the database at each call. */
@Injectable()
export class LayoutFeed {
  constructor(
    private readonly layouts: LayoutRepository,
    private readonly operations: OperationRepository,
  ) {}

  /** The layout as of the last commit, without its regions; undefined when the tenant has no such layout. */
  async find(tenantId: string, layoutId: string): Promise<Layout | undefined> {
    return isRowId(layoutId) ? this.layouts.find(tenantId, layoutId) : undefined;
  }

  /**
   * The first `limit` operations after `number`, in order; fewer when they are large. Numbers that are left out are of
   * operations that are not kept any more.
   */
  async since(layoutId: string, number: number, limit: number): Promise<FedChanges> {
    const page = { limit, mostBytes: MOST_BYTES };
    const { operations, isMore } = await this.operations.since(layoutId, number, page);
    return { changes: operations.map(changeOf), isMore };
  }

  /** Number of the latest operation by layout, by one statement; layouts that are gone are left out. */
  async latest(layoutIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const heads = await this.heads(layoutIds);
    return new Map([...heads].map(([layoutId, { number }]) => [layoutId, number]));
  }

  /** What layouts are apart from their regions, by one statement; those that are gone are left out. */
  async heads(layoutIds: readonly string[]): Promise<ReadonlyMap<string, LayoutHead>> {
    if (layoutIds.length === 0) return new Map();
    const rows = await this.operations.latest(layoutIds);
    return new Map(rows.map((head) => [head.layoutId, head]));
  }
}
