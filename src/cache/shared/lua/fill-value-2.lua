-- Stores a value if the caller still is the one who loads it.
-- KEYS: value, lease    ARGV: token, value, TTL in ms, channel and name by which its end is announced
local lease = redis.pcall('GET', KEYS[2])
local is_awaited = lease == ARGV[1] .. '*'
if lease ~= ARGV[1] and not is_awaited then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('DEL', KEYS[2])
if is_awaited then redis.call('PUBLISH', ARGV[4], ARGV[5]) end
return 1
