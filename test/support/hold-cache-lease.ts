// Loads a value for ever: node --import ./scripts/register-ts.mjs test/support/hold-cache-lease.ts <url> <namespace> <key> <lease ms>
import { startCache } from './cache.js';

const [url = '', namespace = '', key = '', leaseMs = ''] = process.argv.slice(2);
const { cache } = await startCache({ url, settings: { namespace, leaseMs: Number(leaseMs) } });
setInterval(() => undefined, 60_000);
process.on('disconnect', () => process.exit(0));
await cache.getOrLoad(key, () => {
  process.send?.('loading');
  return new Promise(() => undefined);
});
