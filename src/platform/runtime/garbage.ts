import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (options: { readonly type: 'major'; readonly execution: 'async' }) => Promise<void>;

let collect: Collect | undefined;

/**
 * One full collection, soon: until then it is not known what is unreachable, and a process that makes only
 * short-lived garbage collects fully once in minutes. Stops the process for 60 ms per 100 MB of strings, and
 * for some 300 ms per 100 MB of small objects. Not at
 * once, because whatever the stack of the caller seems to refer to would be kept.
 */
export async function collectGarbage(): Promise<void> {
  collect ??= exposeCollector();
  await collect({ type: 'major', execution: 'async' });
}

/** The documented way at run time: a context made under the flag has the function. */
function exposeCollector(): Collect {
  setFlagsFromString('--expose-gc');
  const exposed = runInNewContext('gc') as Collect;
  setFlagsFromString('--no-expose-gc');
  return exposed;
}
