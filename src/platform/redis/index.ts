export { AbsentRedis } from './absent-redis.js';
export { connectRedis, type OwnRedisLink } from './connect-redis.js';
export { RedisUnavailableError } from './errors.js';
export { LuaScript } from './lua-script.js';
export { type RedisCommands, RedisLink, type RedisState } from './redis-link.js';
export { RedisModule } from './redis.module.js';
