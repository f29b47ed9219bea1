-- Takes a vote back.
-- KEYS: vote    ARGV: value    Answers 1, or 0 when it was no longer there.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
