-- Makes the caller the one who warms, unless somebody does.
-- KEYS: the run, the last run
-- ARGV: the caller's run as JSON, ms without a sign of life after which it counts as dead, ms it is remembered
-- Answers the run under way, or "" when it is the caller's now.
local run = redis.pcall('GET', KEYS[1])
-- What is no JSON was written by somebody else, and would be in the way for ever.
if type(run) == 'string' and pcall(cjson.decode, run) then return run end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[3])
return ''
