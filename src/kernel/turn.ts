/** Resolves when whatever else is ready has had its turn: for long work in memory, which must not block requests. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
