export { PoolModule } from './pool.module.js';
