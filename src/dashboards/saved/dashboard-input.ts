import { z } from 'zod';
import { Line, pageObject, RowId, ShownName, Version } from '../fields.js';
import { SHARINGS } from './dashboard.js';

const MOST_SECTIONS = 100;
const MOST_SECTION_BYTES = 4_096;
/** Of all of them together: a list shows many dashboards in full. */
const MOST_SECTIONS_BYTES = 65_536;
const MOST_FILTER_BYTES = 16_384;

/** As questions for statistics are asked. */
const TimeRange = z.union([
  z.strictObject({ timeWindow: Line.min(1).max(20) }),
  z
    .strictObject({ from: z.iso.datetime({ offset: true }), to: z.iso.datetime({ offset: true }) })
    .refine(({ from, to }) => Date.parse(from) < Date.parse(to), {
      path: ['to'],
      error: 'must be later than from',
    }),
]);

const FIELDS = {
  name: ShownName,
  sharing: z.enum(SHARINGS),
  sections: z
    .array(z.union([Line.min(1).max(100), pageObject(MOST_SECTION_BYTES)]))
    .max(MOST_SECTIONS)
    .refine(
      (sections) => Buffer.byteLength(JSON.stringify(sections)) <= MOST_SECTIONS_BYTES,
      `must be ${MOST_SECTIONS_BYTES} bytes of JSON at most, all together`,
    ),
  filters: pageObject(MOST_FILTER_BYTES),
  timeRange: TimeRange,
  layoutId: RowId.nullable(),
};

/** A dashboard that is to be kept. */
export const DashboardInput = z.strictObject({
  name: FIELDS.name,
  sharing: FIELDS.sharing.default('private'),
  sections: FIELDS.sections.default([]),
  filters: FIELDS.filters.default({}),
  timeRange: FIELDS.timeRange.default({ timeWindow: '1d' }),
  layoutId: FIELDS.layoutId.default(null),
});
export type DashboardInput = z.infer<typeof DashboardInput>;

/** One that takes the place of another; what the server sets may stay in it. Without `sharing` that stays as it is. */
export const DashboardReplacement = DashboardInput.extend({
  sharing: FIELDS.sharing.optional(),
  version: Version.optional(),
  id: z.unknown().optional(),
  owner: z.unknown().optional(),
  createdAt: z.unknown().optional(),
  updatedAt: z.unknown().optional(),
});
export type DashboardReplacement = z.infer<typeof DashboardReplacement>;

/** Fields of a dashboard that are to be changed. */
export const DashboardPatch = z
  .strictObject(FIELDS)
  .partial()
  .extend({ version: Version.optional() })
  .refine((patch) => Object.keys(patch).some((field) => field !== 'version'), 'must name a field to change');
export type DashboardPatch = z.infer<typeof DashboardPatch>;
