-- Takes and frees places, wish after wish, as they came: each takes a place in every set it names, or none. Who is in a
-- set already keeps it.
-- KEYS: sorted sets of holders by expiry, in one slot
-- ARGV: lifetime in ms, then of each wish: the holder, how many sets, and of each its number (from 1) and how many it
--       may hold (-1: the holder leaves it)
-- Answers for each wish 0, or the number (from 1) of its set that is full.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local lifetime = tonumber(ARGV[1])

-- A set may be asked for by many: what has expired goes once, and it lives for another while.
for _, key in ipairs(KEYS) do
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
end

local function fulfil(holder, first, count)
  for index = 0, count - 1 do
    local key, limit = KEYS[tonumber(ARGV[first + 2 * index])], tonumber(ARGV[first + 2 * index + 1])
    if limit >= 0 and not redis.call('ZSCORE', key, holder) and redis.call('ZCARD', key) >= limit then
      return index + 1
    end
  end
  for index = 0, count - 1 do
    local key = KEYS[tonumber(ARGV[first + 2 * index])]
    if tonumber(ARGV[first + 2 * index + 1]) < 0 then
      redis.call('ZREM', key, holder)
    else
      redis.call('ZADD', key, now + lifetime, holder)
    end
  end
  return 0
end

local answers = {}
local at = 2
while ARGV[at] do
  local count = tonumber(ARGV[at + 1])
  answers[#answers + 1] = fulfil(ARGV[at], at + 2, count)
  at = at + 2 + 2 * count
end
for _, key in ipairs(KEYS) do
  redis.call('PEXPIRE', key, lifetime)
end
return answers
