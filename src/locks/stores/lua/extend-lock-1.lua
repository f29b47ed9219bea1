-- Prolongs a lock that is still the caller's.
-- KEYS: held    ARGV: value, TTL in ms    Answers 1, or 0 when it is not.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
