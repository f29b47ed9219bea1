/** A session and those whose locks it waits for. */
export interface LockWait {
  readonly pid: number;
  /** Sessions by number; 0 is a prepared transaction, which has none. */
  readonly blockedBy: readonly number[];
}

/** A session in the order of the tree: each after the one it stands below. */
export interface ForestNode {
  readonly pid: number;
  readonly blockedBy: readonly number[];
  /** Locks that must be released one after the other before its turn comes: 1 for whoever waits for the root itself. */
  readonly depth: number;
}

/** Who waits for whom, below one session that waits for nobody. */
export interface LockTree {
  readonly root: number;
  /** Each session once, below the one of those it waits for that is furthest from the root. */
  readonly waiting: readonly ForestNode[];
}

/** All trees of a moment, the one with the most waiting sessions first. */
export interface LockForest {
  readonly trees: readonly LockTree[];
  /** Sessions that wait for each other, or for those: the server ends one of them after `deadlock_timeout`. */
  readonly deadlocked: readonly number[];
}

/** Makes trees of pairs. No session is its own ancestor, and none is shown twice. */
export function growForest(waits: readonly LockWait[]): LockForest {
  const blockersOf = new Map(
    waits
      .filter(({ blockedBy }) => blockedBy.length > 0)
      .map(({ pid, blockedBy }) => [pid, unique(blockedBy)]),
  );
  const depths = depthsOf(blockersOf);
  const childrenOf = new Map<number, number[]>();
  for (const [pid, blockers] of blockersOf) {
    if (!depths.has(pid)) continue;
    const parent = deepest(blockers, depths);
    append(childrenOf, parent, pid);
  }
  const roots = [...childrenOf.keys()].filter((pid) => !blockersOf.has(pid));
  const trees = roots.map((root) => ({ root, waiting: below(root, childrenOf, { blockersOf, depths }) }));
  return {
    trees: trees.sort((a, b) => b.waiting.length - a.waiting.length || a.root - b.root),
    deadlocked: [...blockersOf.keys()].filter((pid) => !depths.has(pid)).sort((a, b) => a - b),
  };
}

type Blockers = ReadonlyMap<number, readonly number[]>;
type Depths = ReadonlyMap<number, number>;

/** Longest way from a session that waits for nobody; what is left out waits in a circle, or for one. */
function depthsOf(blockersOf: Blockers): Map<number, number> {
  const depths = new Map<number, number>();
  const waitingFor = new Map<number, number[]>();
  const open = new Map<number, number>();
  for (const [pid, blockers] of blockersOf) {
    const waiting = blockers.filter((blocker) => blockersOf.has(blocker));
    open.set(pid, waiting.length);
    for (const blocker of waiting) append(waitingFor, blocker, pid);
  }
  // Each is reached when the last of those it waits for was.
  const ready = [...open].flatMap(([pid, count]) => (count === 0 ? [pid] : []));
  for (let pid = ready.pop(); pid !== undefined; pid = ready.pop()) {
    const above = (blockersOf.get(pid) ?? []).map((blocker) => depths.get(blocker) ?? 0);
    depths.set(pid, 1 + Math.max(...above));
    for (const next of waitingFor.get(pid) ?? []) {
      const left = (open.get(next) ?? 0) - 1;
      open.set(next, left);
      if (left === 0) ready.push(next);
    }
  }
  return depths;
}

function append(lists: Map<number, number[]>, key: number, value: number): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

function deepest(blockers: readonly number[], depths: Depths): number {
  return blockers.reduce((best, pid) => ((depths.get(pid) ?? 0) > (depths.get(best) ?? 0) ? pid : best));
}

function below(
  root: number,
  childrenOf: ReadonlyMap<number, readonly number[]>,
  { blockersOf, depths }: { readonly blockersOf: Blockers; readonly depths: Depths },
): ForestNode[] {
  const nodes: ForestNode[] = [];
  // A stack instead of recursion: chains may be as long as the server has connections.
  const stack = [...(childrenOf.get(root) ?? [])].reverse();
  for (let pid = stack.pop(); pid !== undefined; pid = stack.pop()) {
    nodes.push({ pid, blockedBy: blockersOf.get(pid) ?? [], depth: depths.get(pid) ?? 0 });
    stack.push(...[...(childrenOf.get(pid) ?? [])].reverse());
  }
  return nodes;
}

/** A parallel query counts once for each of its processes. */
function unique(pids: readonly number[]): number[] {
  return [...new Set(pids)];
}
