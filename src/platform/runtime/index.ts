export { RuntimeModule, START_INTERRUPTED } from './runtime.module.js';
