-- Gives a lease back.
-- KEYS: lease    ARGV: token, channel and name by which its end is announced
local lease = redis.pcall('GET', KEYS[1])
local is_awaited = lease == ARGV[1] .. '*'
if lease ~= ARGV[1] and not is_awaited then return 0 end
redis.call('DEL', KEYS[1])
if is_awaited then redis.call('PUBLISH', ARGV[2], ARGV[3]) end
return 1
