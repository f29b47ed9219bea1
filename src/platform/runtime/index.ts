export { RuntimeModule } from './runtime.module.js';
