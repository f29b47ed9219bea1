import { z } from 'zod';

/** Ids of rows as they are shown. */
const RowId = z.string().regex(/^[1-9]\d{0,17}$/, 'must be the id of a row, such as "12"');
/** As scraper sources are called in measurements: what could never be one is not waited for. */
const SourceName = z
  .string()
  .min(1)
  .max(200)
  .refine((name) => !/[\p{Cc}\p{Cs}]/u.test(name), 'must not hold control characters or lone surrogates');

/** Channels that each tenant has one of. */
export const TENANT_CHANNELS = ['alerts', 'jobs', 'performance'] as const;

/** A layout: who is here, and what is changed. */
export const LayoutTarget = z.strictObject({ layout: RowId });
/** A scraper source: its points as they arrive. */
export const SourceTarget = z.strictObject({ source: SourceName });
/** Alerts, progress of batch jobs, or performance samples. */
export const ChannelTarget = z.strictObject({ channel: z.enum(TENANT_CHANNELS) });

export type Target =
  z.infer<typeof LayoutTarget> | z.infer<typeof SourceTarget> | z.infer<typeof ChannelTarget>;
