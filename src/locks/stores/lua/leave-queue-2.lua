-- Waits no longer.
-- KEYS: queue, waits of the owner    ARGV: value, the waiter's channel, the lock's key
redis.call('ZREM', KEYS[1], ARGV[1] .. '\n' .. ARGV[2])
redis.call('SREM', KEYS[2], ARGV[3])
return 1
