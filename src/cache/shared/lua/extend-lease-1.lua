-- Prolongs a lease.
-- KEYS: lease    ARGV: token, ms from now
local lease = redis.pcall('GET', KEYS[1])
if lease ~= ARGV[1] and lease ~= ARGV[1] .. '*' then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
