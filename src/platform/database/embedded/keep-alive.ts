/**
 * Keeps the process alive until `work` settles. The clock's timers never do, so a process that only waits
 * for another one (a lock, a server in recovery) would otherwise exit in mid-start with nothing said.
 */
export async function keepAlive<T>(work: () => Promise<T>): Promise<T> {
  const { port1 } = new MessageChannel();
  port1.ref();
  try {
    return await work();
  } finally {
    port1.close();
  }
}
