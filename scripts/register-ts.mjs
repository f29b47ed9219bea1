// Lets node run the TypeScript of bench/, load/ and scripts/: node --import ./scripts/register-ts.mjs bench/x.bench.ts
import { register } from 'node:module';

register('./ts-hooks.mjs', import.meta.url);
