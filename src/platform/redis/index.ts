export { RedisUnavailableError } from './errors.js';
export { type RedisCommands, RedisLink, type RedisState } from './redis-link.js';
export { RedisModule } from './redis.module.js';
