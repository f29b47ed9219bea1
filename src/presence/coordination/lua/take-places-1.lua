-- Takes a place in every set, or none: who is in one already keeps it.
-- KEYS: sorted sets of holders by expiry, in one slot
-- ARGV: lifetime in ms, the holder, then how many each set may hold
-- Answers 0, or the number (from 1) of the set that is full.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
for index, key in ipairs(KEYS) do
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
  local is_held = redis.call('ZSCORE', key, ARGV[2])
  if not is_held and redis.call('ZCARD', key) >= tonumber(ARGV[2 + index]) then return index end
end
for _, key in ipairs(KEYS) do
  redis.call('ZADD', key, now + tonumber(ARGV[1]), ARGV[2])
  redis.call('PEXPIRE', key, ARGV[1])
end
return 0
