-- Makes the caller the one who warms, unless somebody does.
-- KEYS: the run    ARGV: the caller's run as JSON, ms without a sign of life after which it counts as dead
-- Answers the run under way, or "" when it is the caller's now.
local run = redis.pcall('GET', KEYS[1])
if type(run) == 'table' then redis.call('UNLINK', KEYS[1]) end
if type(run) == 'string' then return run end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return ''
