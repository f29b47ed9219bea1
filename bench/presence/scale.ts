/** How much is measured: in full for figures, or just enough to see that everything runs. */
export interface Scale {
  readonly fanOut: {
    readonly rooms: number;
    readonly clientsPerRoom: number;
    readonly updatesPerSecond: number;
    readonly warmUpMs: number;
    readonly ms: number;
  };
  readonly quiet: { readonly updates: number };
  /** Bursts of each kind a round. */
  readonly dispatch: {
    readonly clients: number;
    readonly notes: number;
    readonly pings: number;
    readonly rounds: number;
  };
  readonly connect: { readonly clients: number; readonly rounds: number };
  readonly memory: { readonly clients: number };
  readonly slow: { readonly readers: number; readonly ms: number };
  readonly drain: { readonly clients: number };
  /** Whether references that have no goal of their own are measured, too. */
  readonly isWithOthers: boolean;
  /** Whether parts share their arms. */
  readonly areArmsKept: boolean;
}

export const FULL: Scale = {
  fanOut: { rooms: 50, clientsPerRoom: 50, updatesPerSecond: 10, warmUpMs: 3_000, ms: 10_000 },
  quiet: { updates: 600 },
  dispatch: { clients: 500, notes: 3, pings: 12, rounds: 4 },
  connect: { clients: 1_000, rounds: 5 },
  memory: { clients: 5_000 },
  slow: { readers: 20, ms: 10_000 },
  drain: { clients: 1_000 },
  isWithOthers: true,
  areArmsKept: false,
};

export const SHORT: Scale = {
  fanOut: { rooms: 5, clientsPerRoom: 10, updatesPerSecond: 10, warmUpMs: 300, ms: 1_000 },
  quiet: { updates: 10 },
  dispatch: { clients: 50, notes: 1, pings: 2, rounds: 1 },
  connect: { clients: 50, rounds: 1 },
  memory: { clients: 50 },
  slow: { readers: 2, ms: 1_000 },
  drain: { clients: 50 },
  isWithOthers: false,
  areArmsKept: true,
};
