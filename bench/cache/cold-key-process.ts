// One of the processes that read a cold key at the same time; see cold-key.ts.
import { answerQuestions, startedWith } from '../support/peer-process.js';
import type { ColdRead } from './cold-key.js';
import { type PeerName, PEERS } from './peers.js';
import { pause, rowOf } from './values.js';

const CALLERS = 10;

const { peer, url, loaderMs } = startedWith() as { peer: PeerName; url: string; loaderMs: number };
const cache = await PEERS[peer]({ url, tiers: 'both' });

answerQuestions({
  read: async (key: string): Promise<ColdRead> => {
    let loads = 0;
    const load = async (): Promise<unknown> => {
      loads += 1;
      await pause(loaderMs);
      return rowOf(0);
    };
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: CALLERS }, () => cache.getOrLoad(key, load)));
    return { loads, tookMs: performance.now() - startedAt };
  },
});
