/** How much is measured: in full for figures, or just enough to see that everything runs. */
export interface Scale {
  /** Alternating rounds of a ratio, and the length of one sample. */
  readonly rounds: number;
  readonly sampleMs: number;
  /** Rounds of the warm hits, whose samples are shorter. */
  readonly hitRounds: number;
  readonly coldKeyRounds: number;
  readonly outageMs: number;
  readonly requests: number;
  readonly memoryEntries: number;
  readonly taggedKeys: number;
  readonly tagRounds: number;
  /** Peers are measured where they only take part for information. */
  readonly withPeers: boolean;
}

export const FULL: Scale = {
  rounds: 11,
  sampleMs: 150,
  hitRounds: 61,
  coldKeyRounds: 20,
  outageMs: 4_000,
  requests: 2_000_000,
  memoryEntries: 100_000,
  taggedKeys: 10_000,
  tagRounds: 200,
  withPeers: true,
};

export const SHORT: Scale = {
  rounds: 3,
  sampleMs: 40,
  hitRounds: 9,
  coldKeyRounds: 3,
  outageMs: 1_500,
  requests: 200_000,
  memoryEntries: 20_000,
  taggedKeys: 1_000,
  tagRounds: 20,
  withPeers: false,
};
