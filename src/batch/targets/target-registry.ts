import { Injectable } from '@nestjs/common';
import { BatchOperationForbiddenError, BatchRequestError } from '../errors.js';
import type { BatchOperation, BatchTarget } from './batch-target.js';

const NEEDED: readonly (readonly [
  operation: BatchOperation,
  part: 'archiveTable' | 'ageColumn' | 'keyColumns' | 'transforms',
])[] = [
  ['ARCHIVE', 'archiveTable'],
  ['PURGE', 'ageColumn'],
  ['UPSERT', 'keyColumns'],
  ['MIGRATE', 'transforms'],
];

/** What batch jobs may touch; other modules register their tables at start. */
@Injectable()
export class TargetRegistry {
  private readonly targets = new Map<string, BatchTarget>();

  register(target: BatchTarget): void {
    if (this.targets.has(target.name)) throw new TypeError(`batch target ${target.name} is registered twice`);
    const { name, operations } = target;
    for (const [operation, part] of NEEDED) {
      const { [part]: value = [] } = target;
      const isMissing = operations.includes(operation) && value.length === 0;
      if (isMissing) throw new TypeError(`batch target ${name} needs ${part} for ${operation}`);
    }
    this.targets.set(name, target);
  }

  list(): readonly BatchTarget[] {
    return [...this.targets.values()];
  }

  /** As `find`, for somebody who asks. @throws BatchOperationForbiddenError BATCH_OPERATION_FORBIDDEN */
  findFor(caller: { readonly isAdmin?: boolean }, name: string, operation: BatchOperation): BatchTarget {
    const target = this.find(name, operation);
    if (target.adminOnly?.includes(operation) === true && caller.isAdmin !== true) {
      throw new BatchOperationForbiddenError(name, operation);
    }
    return target;
  }

  /** @throws BatchRequestError BATCH_REQUEST_INVALID */
  find(name: string, operation: BatchOperation): BatchTarget {
    const target = this.targets.get(name);
    if (target === undefined)
      throw new BatchRequestError('target', `is none of ${[...this.targets.keys()].join(', ')}`);
    if (!target.operations.includes(operation)) {
      throw new BatchRequestError('operation', `is not allowed here, only ${target.operations.join(', ')}`);
    }
    return target;
  }
}
