/** A row as an application caches it: some 200 bytes of JSON. */
export interface Row {
  readonly id: number;
  readonly name: string;
  readonly tags: readonly string[];
  readonly ratio: number;
  readonly isActive: boolean;
  readonly note: string;
}

/** The row behind a key; the JSON of all rows is equally long. */
export function rowOf(index: number): Row {
  const id = 1_000_000 + index;
  return {
    id,
    name: `account number ${id}`,
    tags: ['alpha', 'beta', `group-${(index % 90) + 10}`],
    ratio: 0.125,
    isActive: true,
    note: `n${id}`.padEnd(80, '.'),
  };
}

/** Keys of one shape and one length, as they come out of a request: not in pieces that V8 puts together later. */
export function keysOf(entity: string, count: number): string[] {
  const keys = Array.from({ length: count }, (_, index) => `${entity}:${1_000_000 + index}`);
  return JSON.parse(JSON.stringify(keys)) as string[];
}

/** Lets `ms` pass, as a database would. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
