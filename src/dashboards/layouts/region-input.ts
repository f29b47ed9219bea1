import { z } from 'zod';
import { Line, pageObject, Version } from '../fields.js';

/** What a region shows is asked for by it, not stored in it; and a full layout must pass as one body. */
const MOST_CONTENT_BYTES = 4_096;
/** Far beyond every grid: such places are refused as outside of it, with its size. */
const FARTHEST = 1_000_000;

const FIELDS = {
  x: z.number().int().min(0).max(FARTHEST).transform(withoutSign),
  y: z.number().int().min(0).max(FARTHEST).transform(withoutSign),
  width: z.number().int().min(1).max(FARTHEST),
  height: z.number().int().min(1).max(FARTHEST),
  title: Line.max(200),
  kind: Line.min(1).max(50),
  content: pageObject(MOST_CONTENT_BYTES),
};

/** There is no -0 in the database. */
function withoutSign(cells: number): number {
  return cells + 0;
}

/** A region that is to be made. */
export const RegionInput = z.strictObject({
  ...FIELDS,
  title: FIELDS.title.default(''),
  content: FIELDS.content.default({}),
});
export type RegionInput = z.infer<typeof RegionInput>;

/** Fields of a region that are to be changed: all that is left out stays. */
export const RegionFields = z.strictObject(FIELDS).partial();
export type RegionFields = z.infer<typeof RegionFields>;

/** The same, with the version it is based on. */
export const RegionPatch = RegionFields.extend({ version: Version.optional() }).refine(
  (patch) => Object.keys(patch).some((field) => field !== 'version'),
  'must name a field to change',
);
export type RegionPatch = z.infer<typeof RegionPatch>;
