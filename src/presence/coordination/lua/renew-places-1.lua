-- Keeps the places of an instance for another while; those that Redis has lost are taken again, full or not: they are
-- in use.
-- KEYS: sorted sets of holders by expiry, in one slot
-- ARGV: lifetime in ms, the instance, then of each set how many connections, and the connections (at most 1,000 in all)
local time = redis.call('TIME')
local untilMs = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000) + tonumber(ARGV[1])
local at = 3
for _, key in ipairs(KEYS) do
  local count = tonumber(ARGV[at])
  local entries = {}
  for index = 1, count do
    entries[#entries + 1] = untilMs
    entries[#entries + 1] = ARGV[2] .. ' ' .. ARGV[at + index]
  end
  redis.call('ZADD', key, unpack(entries))
  redis.call('PEXPIRE', key, ARGV[1])
  at = at + 1 + count
end
return 0
