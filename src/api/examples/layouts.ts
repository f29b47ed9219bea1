import type {
  ExportedLayout,
  FoundRegion,
  OperationOutline,
  Region,
  ShownLayout,
  ShownLayoutWithRegions,
} from '../../dashboards/index.js';
import type { Json } from '../../platform/http/index.js';
import type { OperationAnswer } from '../layout-answers.js';

const STATE = {
  ...{ x: 0, y: 0, width: 4, height: 2 },
  title: 'Revenue in EUR',
  kind: 'chart',
  content: { source: 'shop', type: 'price' },
};
const REGION = { id: '981', ...STATE, version: 41 } satisfies Region;
const LAYOUT = {
  id: '12',
  name: 'Operations',
  columns: 12,
  rows: 1_000,
  version: 43,
  lastOperation: 41,
  createdBy: '8q5ypezfihth',
  createdAt: '2026-05-04T09:28:00.000Z',
  updatedAt: '2026-05-04T10:02:11.318Z',
} satisfies ShownLayout;
const WHOLE = { ...LAYOUT, regions: [REGION] } satisfies ShownLayoutWithRegions;
const EXPORT = {
  format: 'plimsoll-layout',
  formatVersion: 1,
  name: 'Operations',
  columns: 12,
  rows: 1_000,
  regions: [STATE],
} satisfies ExportedLayout;
const DONE = {
  operation: 42,
  kind: 'bulk',
  layoutVersion: 44,
  takesBack: null,
  changes: [
    { regionId: '981', region: { ...REGION, x: 4, version: 42 } },
    { regionId: '977', region: null },
  ],
} satisfies OperationAnswer;
const FOUND = { layoutId: '12', ...REGION } satisfies FoundRegion;
const OUTLINE = {
  ...{ x: 0, y: 0, width: 4, height: 2 },
  title: 'Revenue in EUR',
  kind: 'chart',
};
const HISTORY = {
  number: 42,
  actor: '8q5ypezfihth',
  kind: 'update',
  layoutVersion: 44,
  takesBack: null,
  takenBackBy: null,
  at: '2026-05-04T10:03:27.104Z',
  changes: [{ regionId: '981', before: OUTLINE, after: { ...OUTLINE, x: 4 }, isContentChanged: false }],
} satisfies Json<OperationOutline>;

const page = (item: object) => ({ success: true, data: [item], meta: { nextCursor: null } });

/** What the routes of layouts take and answer. */
export const LAYOUT_EXAMPLES = {
  create: { request: { name: 'Operations', columns: 12 }, answer: { ...WHOLE, regions: [] } },
  import: { request: EXPORT, answer: WHOLE },
  list: { query: { limit: 50 }, answer: page(LAYOUT) },
  findRegions: { query: { search: 'rev eur' }, answer: page(FOUND) },
  get: { answer: WHOLE },
  export: { answer: EXPORT },
  change: {
    request: { name: 'Operations, night' },
    answer: { ...LAYOUT, name: 'Operations, night', version: 44 },
  },
  delete: { request: { version: 43 } },
  restore: { request: {}, answer: WHOLE },
};

/** What the routes of regions take and answer. */
export const REGION_EXAMPLES = {
  create: { request: STATE, answer: REGION },
  bulk: {
    request: { update: [{ id: '981', version: 41, x: 4 }], delete: [{ id: '977' }] },
    answer: DONE,
  },
  list: { query: { search: 'rev eur', kind: 'chart' }, answer: page(FOUND) },
  get: { answer: REGION },
  change: { request: { x: 4, width: 6 }, answer: { ...REGION, x: 4, width: 6, version: 42 } },
  delete: { request: { version: 41 } },
};

/** What the routes of steps take and answer. */
export const STEP_EXAMPLES = {
  undo: { request: {}, answer: { ...DONE, operation: 43, kind: 'undo', layoutVersion: 45, takesBack: 42 } },
  redo: { request: {}, answer: { ...DONE, operation: 44, kind: 'redo', layoutVersion: 46, takesBack: 43 } },
  replaceRegions: {
    request: EXPORT,
    answer: {
      ...DONE,
      kind: 'import',
      changes: [{ regionId: '982', region: { ...REGION, id: '982', version: 42 } }],
    },
  },
  history: { query: { limit: 50 }, answer: page(HISTORY) },
};
