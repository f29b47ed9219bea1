// A process that uses the embedded server until it is told to end: node hold-embedded-server.mjs <data directory>
// Prints one JSON line per event of the server, and {"url"} when it is ready.
const dist = new URL('../../dist/', import.meta.url);
const { EmbeddedPostgres } = await import(new URL('platform/database/embedded/embedded-postgres.js', dist));
const { SystemClock } = await import(new URL('kernel/clock.js', dist));

const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const server = new EmbeddedPostgres({
  dataDir: process.argv[2],
  clock: new SystemClock(),
  onEvent: print,
  settings: { fsync: 'off' },
});

for (const ending of ['SIGINT', 'SIGTERM', 'disconnect']) {
  process.on(ending, async () => {
    await server.stop();
    process.exit(0);
  });
}
// Listening for its end must not keep a holder alive that could not start.
process.channel?.unref();
try {
  print(await server.start());
  setInterval(() => undefined, 60_000);
} catch (error) {
  print({ error: error.code, message: error.message });
  process.exitCode = 1;
}
