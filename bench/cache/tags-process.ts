// The other instance when a tag is invalidated; see tags.ts.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { answerQuestions, startedWith } from '../support/peer-process.js';
import { inParallel } from '../support/rounds.js';
import { openSubject } from './subject.js';
import { rowOf } from './values.js';

const IN_FLIGHT = 64;

const { url, maxEntries, tag } = startedWith() as { url: string; maxEntries: number; tag: string };
const { cache } = await openSubject(url, { maxEntries });
const options = { tags: [tag] };

answerQuestions({
  /** How many of the keys this process did not have. */
  readAll: (keys: readonly string[]) =>
    inParallel(keys.length, IN_FLIGHT, async (index) => {
      const { source } = await cache.read(keys[index] ?? '', () => rowOf(index), options);
      return source === 'l1' ? 0 : 1;
    }),

  get: (key: string) => cache.get(key),

  /** Has a value of the key. */
  hold: (key: string) => cache.getOrLoad(key, () => 'first', options),

  /** Reads a key it holds until it has to be loaded again; when that was, on the clock that all processes share. */
  watch: async (key: string): Promise<string> => {
    let loadedAt: bigint | undefined;
    const load = (): string => {
      loadedAt = process.hrtime.bigint();
      return 'again';
    };
    while (loadedAt === undefined) {
      await cache.getOrLoad(key, load, options);
      await nextTurn();
    }
    return String(loadedAt);
  },
});
