/** Who of the tenant may do what, beside its owner and admins. */
export const SHARINGS = ['private', 'read', 'edit'] as const;
export type Sharing = (typeof SHARINGS)[number];

/** What time a dashboard shows: a rolling window by its name, or from one instant to another. */
export type DashboardTimeRange =
  { readonly timeWindow: string } | { readonly from: string; readonly to: string };

/** A part of the page, by its name or with settings of its own. */
export type DashboardSection = string | Readonly<Record<string, unknown>>;

/** What people choose of a dashboard. */
export interface DashboardDefinition {
  readonly name: string;
  readonly sharing: Sharing;
  /** In the order they are shown. */
  readonly sections: readonly DashboardSection[];
  readonly filters: Readonly<Record<string, unknown>>;
  readonly timeRange: DashboardTimeRange;
  /** The layout it shows; null: none. */
  readonly layoutId: string | null;
}

/** A dashboard that is kept. */
export interface Dashboard extends DashboardDefinition {
  readonly id: string;
  /** Id of the key that made it. */
  readonly owner: string;
  /** Rises with each change. */
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
