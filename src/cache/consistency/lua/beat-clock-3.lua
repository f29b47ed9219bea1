-- Joins or keeps a place at the invalidation clock, and shows listeners that the channel works.
-- KEYS: clock (hash: epoch, seq, run, cells), log (stream), members (sorted set by expiry)
-- ARGV: channel, a fresh epoch, the caller's epoch and sequence, its id, its lifetime in ms, "1" to publish surely
-- Answers {epoch, sequence, Redis time in ms, age of the clock in ms}.
-- A clock that is missing, of another server run, or behind what the caller has seen cannot be trusted:
-- invalidations may be lost. It starts again under a fresh epoch, which no stored value carries.
-- PERSIST changes nothing, but it is a write that a full Redis allows, and after one it allows the others too.
redis.call('PERSIST', KEYS[1])
local function usable(key, kind)
  local is = redis.call('TYPE', key).ok
  if is ~= kind and is ~= 'none' then redis.call('UNLINK', key) end
end
usable(KEYS[1], 'hash')
usable(KEYS[2], 'stream')
usable(KEYS[3], 'zset')
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)') or ''
local clock = redis.call('HMGET', KEYS[1], 'epoch', 'seq', 'run')
local epoch, sequence = clock[1], tonumber(clock[2] or '')
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local is_behind = epoch == ARGV[3] and sequence ~= nil and sequence < tonumber(ARGV[4])
local is_fresh = not epoch or not sequence or clock[3] ~= run or is_behind
if is_fresh then
  epoch, sequence = ARGV[2], 0
  redis.call('UNLINK', KEYS[1], KEYS[2])
  redis.call('HSET', KEYS[1], 'epoch', epoch, 'seq', 0, 'run', run, 'born', now)
end
redis.call('ZADD', KEYS[3], now + tonumber(ARGV[6]), ARGV[5])
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now)
local last = tonumber(redis.call('HGET', KEYS[1], 'beat') or '0')
if is_fresh or ARGV[7] == '1' or now - last >= 700 or now < last then
  redis.call('HSET', KEYS[1], 'beat', now)
  redis.call('PUBLISH', ARGV[1], epoch .. ' ' .. sequence)
end
return { epoch, sequence, now, now - tonumber(redis.call('HGET', KEYS[1], 'born') or now) }
