/** What a tenant may have at most. */
export const LIMITS = {
  /** Without those of its SLOs. */
  rules: 10_000,
  receivers: 100,
  /** That hold or will. */
  silences: 1_000,
  slos: 500,
} as const;

/** Silences that are over and still shown. */
export const KEPT_SILENCES = 1_000;
