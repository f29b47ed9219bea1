// Parses statements in a thread of its own: 6,000 columns would hold up the event loop for 70 ms, and the grammar's
// 80 MB go away with the thread. Plain JavaScript: a thread does not share the loader that may translate the application.
import { parentPort } from 'node:worker_threads';
import { fingerprintSync, loadModule, parseSync } from 'libpg-query';

/** The tree of longer texts costs more than what it tells. */
const LONGEST_PARSED = 65_536;

await loadModule();
parentPort.on('message', ({ id, texts }) => {
  parentPort.postMessage({ id, answers: texts.map(describe) });
});

/** Null for what the grammar does not know. */
function describe(text) {
  if (text === '') return null;
  try {
    return { id: fingerprintSync(text), kind: kindOf(text) };
  } catch {
    return null;
  }
}

function kindOf(text) {
  if (text.length > LONGEST_PARSED) return 'other';
  const { stmts = [] } = parseSync(text);
  if (stmts.length !== 1) return 'several';
  const [node = ''] = Object.keys(stmts[0].stmt ?? {});
  return node.replace(/Stmt$/, '').toLowerCase();
}
