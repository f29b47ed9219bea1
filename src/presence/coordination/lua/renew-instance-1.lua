-- Says that an instance lives, and answers which ones do.
-- KEYS: sorted set of instances by expiry
-- ARGV: lifetime in ms, the instance
-- Answers whether it was known ("1" or "0"), the run of the server, and the instances that live.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local was_known = redis.call('ZADD', KEYS[1], now + tonumber(ARGV[1]), ARGV[2]) == 0
redis.call('PEXPIRE', KEYS[1], ARGV[1])
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)') or ''
local answer = redis.call('ZRANGE', KEYS[1], 0, -1)
table.insert(answer, 1, run)
table.insert(answer, 1, was_known and '1' or '0')
return answer
