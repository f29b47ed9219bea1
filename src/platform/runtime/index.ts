export { collectGarbage } from './garbage.js';
export { RuntimeModule, START_INTERRUPTED } from './runtime.module.js';
export { currentWork, hasWritten, noteWrite, runAs, type Work } from './work.js';
