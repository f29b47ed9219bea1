/** One alert that would have been. */
export interface PreviewedAlert {
  readonly startsAt: string;
  /** Null: it would fire still. */
  readonly endsAt: string | null;
}

/** What would have become of one series. */
export interface PreviewedSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly firings: number;
  readonly firingMs: number;
  readonly messages: number;
  /** Share of evaluations without data, 0 to 1. */
  readonly missingRatio: number;
  /** The latest ones, oldest first. */
  readonly alerts: readonly PreviewedAlert[];
}

/** How a rule would have done on the last seven days. */
export interface RulePreviewReport {
  readonly from: string;
  readonly to: string;
  /** The rule is evaluated every so often here; live more often. */
  readonly stepMs: number;
  readonly evaluations: number;
  /** Alerts that would have begun. */
  readonly firings: number;
  readonly firingMs: number;
  /** What a receiver would have been told at the most: grouping, silences and storms make it fewer, reminders more. */
  readonly messages: number;
  /** The same condition without hold times, clear level and flap detection: a message at each change. */
  readonly naive: { readonly firings: number; readonly messages: number };
  /** Those that would have fired most often first. */
  readonly series: readonly PreviewedSeries[];
  /** Series that the rule matches, shown or not. */
  readonly seriesCount: number;
}
