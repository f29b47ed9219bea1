import { AppError } from '../kernel/app-error.js';
import type { Grid, Rectangle } from './layouts/rectangle.js';
import type { Region } from './layouts/region.js';

/** Whether it was refused, and nothing is changed. What was lost on the way to the database may be done. */
export function isRefusal(error: unknown): error is AppError {
  return error instanceof AppError && error.kind !== 'unavailable';
}

/** The tenant has no such layout. HTTP 404. */
export class LayoutNotFoundError extends AppError {
  readonly code = 'LAYOUT_NOT_FOUND';
  readonly kind = 'not_found';

  constructor(id: string) {
    const shown = id.slice(0, 64);
    super(`There is no layout "${shown}" in your tenant. GET /api/layouts lists them.`, { id: shown });
  }
}

/** The layout has no such region. HTTP 404. */
export class RegionNotFoundError extends AppError {
  readonly code = 'LAYOUT_REGION_NOT_FOUND';
  readonly kind = 'not_found';

  constructor(layoutId: string, id: string) {
    const shown = id.slice(0, 64);
    super(`Layout ${layoutId} has no region "${shown}". GET /api/layouts/${layoutId} shows its regions.`, {
      layoutId,
      id: shown,
    });
  }
}

/** A region would lie over another one. HTTP 409. */
export class RegionOverlapError extends AppError {
  readonly code = 'LAYOUT_REGION_OVERLAP';
  readonly kind = 'conflict';

  /** @param inTheWay its id is null when it was to be made by the same request */
  constructor(place: Rectangle, inTheWay: Rectangle & { readonly id: string | null }) {
    const other = inTheWay.id === null ? 'another one of the same request' : `region ${inTheWay.id}`;
    super(
      `A region of ${describe(place)} lies over ${other}, of ${describe(inTheWay)}. Choose a free place, or move that one.`,
      { place: rectangleOf(place), inTheWay: { id: inTheWay.id, ...rectangleOf(inTheWay) } },
    );
  }
}

/** A region would not lie on the grid. HTTP 400. */
export class RegionOutsideError extends AppError {
  readonly code = 'LAYOUT_REGION_OUTSIDE';
  readonly kind = 'invalid';

  constructor(place: Rectangle, { columns, rows }: Grid) {
    super(
      `A region of ${describe(place)} is not on the grid of ${columns} columns and ${rows} rows. Choose a place on it, or enlarge the layout.`,
      { place: rectangleOf(place), columns, rows },
    );
  }
}

/** The layout has as many regions as it may. HTTP 409. */
export class LayoutFullError extends AppError {
  readonly code = 'LAYOUT_FULL';
  readonly kind = 'conflict';

  constructor(limit: number) {
    super(`A layout has at most ${limit} regions. Delete one that is not needed, or use another layout.`, {
      limit,
    });
  }
}

/** Another one of the tenant has the name. HTTP 409. */
export class LayoutNameTakenError extends AppError {
  readonly code = 'LAYOUT_NAME_TAKEN';
  readonly kind = 'conflict';

  constructor(name: string) {
    super(`There is a layout "${name}" already. Choose another name.`, { name });
  }
}

/** The tenant has as many layouts as it may. HTTP 409. */
export class LayoutLimitError extends AppError {
  readonly code = 'LAYOUT_LIMIT_REACHED';
  readonly kind = 'conflict';

  constructor(limit: number) {
    super(`A tenant has at most ${limit} layouts. Delete one that is not needed.`, { limit });
  }
}

/** More people change the layout than can be served. Retrying later is safe. HTTP 503. */
export class LayoutBusyError extends AppError {
  readonly code = 'LAYOUT_BUSY';
  readonly kind = 'unavailable';

  constructor(layoutId: string, waiting: number) {
    super(`${waiting} changes of layout ${layoutId} are waiting already. Ask again in a few seconds.`, {
      layoutId,
      waiting,
    });
  }
}

/** It was changed meanwhile, or the version never was. HTTP 412. */
export class RegionVersionError extends AppError {
  readonly code = 'LAYOUT_VERSION_CONFLICT';
  readonly kind = 'outdated';

  constructor(thing: 'layout' | 'region', expected: number, current: Region | object) {
    super(
      `The ${thing} does not have ${describeVersion(expected)}. "current" in the details is how it is now: change that, or ask again.`,
      { thing, expected, current },
    );
  }
}

/** What is to be undone or redone was changed by somebody else meanwhile. HTTP 409. */
export class UndoConflictError extends AppError {
  readonly code = 'LAYOUT_UNDO_CONFLICT';
  readonly kind = 'conflict';

  constructor(what: 'undone' | 'redone', operation: number, regionId: string, current: Region | null) {
    super(
      `Operation ${operation} cannot be ${what}: region ${regionId} was changed by somebody else since. ` +
        `Nothing was changed; ask with before=${operation} for the step before it.`,
      { operation, regionId, current },
    );
  }
}

/** The caller has no step to undo or redo. HTTP 409. */
export class NothingToUndoError extends AppError {
  readonly code = 'LAYOUT_NOTHING_TO_UNDO';
  readonly kind = 'conflict';

  constructor(what: 'undo' | 'redo', layoutId: string) {
    super(
      `You have nothing to ${what} in layout ${layoutId}. GET /api/layouts/${layoutId}/history shows what was done.`,
      { layoutId },
    );
  }
}

/** The tenant has no such dashboard, or its owner shares it with nobody. HTTP 404. */
export class DashboardNotFoundError extends AppError {
  readonly code = 'DASHBOARD_NOT_FOUND';
  readonly kind = 'not_found';

  constructor(id: string) {
    const shown = id.slice(0, 64);
    super(`There is no dashboard "${shown}" that you may see. GET /api/dashboards lists them.`, {
      id: shown,
    });
  }
}

/** Its owner lets others read it and nothing more. HTTP 403. */
export class DashboardReadOnlyError extends AppError {
  readonly code = 'DASHBOARD_READ_ONLY';
  readonly kind = 'forbidden';

  constructor(id: string, owner: string) {
    super(
      `Dashboard ${id} is changed by its owner and by admins alone. Save a copy, or ask ${owner} to share it for editing.`,
      { id, owner },
    );
  }
}

/** Others may change the dashboard, but not who sees it or whether it is there. HTTP 403. */
export class DashboardOwnerError extends AppError {
  readonly code = 'DASHBOARD_OWNER_ONLY';
  readonly kind = 'forbidden';

  constructor(id: string, owner: string) {
    super(
      `Dashboard ${id} is shared and deleted by its owner and by admins alone. Change its content, save a copy, or ask ${owner}.`,
      { id, owner },
    );
  }
}

/** The caller has a dashboard of that name. HTTP 409. */
export class DashboardNameTakenError extends AppError {
  readonly code = 'DASHBOARD_NAME_TAKEN';
  readonly kind = 'conflict';

  constructor(name: string) {
    super(`Its owner has a dashboard "${name}" already. Choose another name.`, { name });
  }
}

/** The tenant has as many dashboards as it may. HTTP 409. */
export class DashboardLimitError extends AppError {
  readonly code = 'DASHBOARD_LIMIT_REACHED';
  readonly kind = 'conflict';

  constructor(limit: number) {
    super(`A tenant has at most ${limit} dashboards. Delete one that is not needed.`, { limit });
  }
}

/** It was changed meanwhile, or the version never was. HTTP 412. */
export class DashboardVersionError extends AppError {
  readonly code = 'DASHBOARD_VERSION_CONFLICT';
  readonly kind = 'outdated';

  constructor(expected: number, current: object) {
    super(
      `The dashboard does not have ${describeVersion(expected)}. "current" in the details is how it is now: change that, or ask again.`,
      { expected, current },
    );
  }
}

/** 0 stands for what no version is called. */
function describeVersion(expected: number): string {
  return expected === 0
    ? 'what If-Match names, which takes an ETag exactly as it came'
    : `version ${expected}`;
}

function rectangleOf({ x, y, width, height }: Rectangle): Rectangle {
  return { x, y, width, height };
}

function describe({ x, y, width, height }: Rectangle): string {
  return `${width} x ${height} cells at (${x}, ${y})`;
}
