import { z } from 'zod';
import type { Edited, Region } from '../dashboards/index.js';
import { Name, NumberedPage } from './inputs.js';

const MOST_WORDS = 10;

/** Words, each of which some word of what is looked for begins with. */
const Words = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must not hold control characters or lone surrogates')
  .transform((text) => text.split(/\s+/u).filter((word) => word !== ''))
  .refine((words) => words.length <= MOST_WORDS, `must be ${MOST_WORDS} words at most`);

/** Which regions. */
export const RegionList = NumberedPage.extend({ search: Words.optional(), kind: Name.max(50).optional() });
export type RegionList = z.infer<typeof RegionList>;

/** An operation as its caller is answered. */
export interface OperationAnswer {
  /** Its number; that of the latest one when nothing had to be changed. */
  readonly operation: number;
  readonly kind: Edited['kind'];
  readonly layoutVersion: number;
  /** Of undo and redo: the number of what was taken back. */
  readonly takesBack: number | null;
  /** Regions as they are now; null: gone. */
  readonly changes: readonly { readonly regionId: string; readonly region: Region | null }[];
}

export function showOperation({ number, kind, layoutVersion, takesBack, changes }: Edited): OperationAnswer {
  return {
    ...{ operation: number, kind, layoutVersion, takesBack },
    changes: changes.map(({ regionId, after }) => ({
      regionId,
      region: after === null ? null : { id: regionId, ...after, version: number },
    })),
  };
}
