import { z } from 'zod';
import { RowId, ShownName, Version } from '../fields.js';
import { RegionFields, RegionInput } from './region-input.js';

/** More than a layout has room for, so that too many are refused by what the layout has. */
const MOST_ROWS = 1_000;

const FIELDS = {
  name: ShownName,
  columns: z.number().int().min(1).max(1_000),
  rows: z.number().int().min(1).max(100_000),
};

/** A layout that is to be made. */
export const LayoutInput = z.strictObject({
  name: FIELDS.name,
  columns: FIELDS.columns.default(12),
  rows: FIELDS.rows.default(1_000),
});
export type LayoutInput = z.infer<typeof LayoutInput>;

/** Fields of a layout that are to be changed. */
export const LayoutPatch = z
  .strictObject(FIELDS)
  .partial()
  .extend({ version: Version.optional() })
  .refine((patch) => Object.keys(patch).some((field) => field !== 'version'), 'must name a field to change');
export type LayoutPatch = z.infer<typeof LayoutPatch>;

/** A layout as it is exported. */
export const LayoutImport = z.strictObject({
  ...FIELDS,
  format: z.literal('plimsoll-layout').optional(),
  formatVersion: z.literal(1).optional(),
  regions: z.array(RegionInput).max(MOST_ROWS),
});
export type LayoutImport = z.infer<typeof LayoutImport>;

/** What of it replaces the regions of a layout that is there: its own name and grid stay. */
export const RegionsImport = LayoutImport.partial({ name: true, columns: true, rows: true }).extend({
  version: Version.optional(),
});
export type RegionsImport = z.infer<typeof RegionsImport>;

const RegionUpdate = RegionFields.extend({ id: RowId, version: Version.optional() });
const RegionDeletion = z.strictObject({ id: RowId, version: Version.optional() });

/** Many changes, all of them or none; `version` is that of the layout. */
export const BulkInput = z
  .strictObject({
    create: z.array(RegionInput).max(MOST_ROWS).default([]),
    update: z.array(RegionUpdate).max(MOST_ROWS).default([]),
    delete: z.array(RegionDeletion).max(MOST_ROWS).default([]),
    version: Version.optional(),
  })
  .refine(
    (bulk) => bulk.create.length + bulk.update.length + bulk.delete.length > 0,
    'must name a region to create, update or delete',
  )
  .superRefine(({ update, delete: deleted }, context) => {
    const ids = [...update, ...deleted].map(({ id }) => id);
    const seen = new Set<string>();
    const twice = ids.find((id) => seen.size === seen.add(id).size);
    if (twice !== undefined)
      context.addIssue({ code: 'custom', message: `names region ${twice} more than once` });
  });
export type BulkInput = z.infer<typeof BulkInput>;

/** Which step is meant. */
export const StepInput = z
  .strictObject({ before: Version.optional(), version: Version.optional() })
  .optional();
export type StepInput = z.infer<typeof StepInput>;
