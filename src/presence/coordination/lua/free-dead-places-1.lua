-- Frees places of dead instances in a set: those that were not renewed since they died. One that turns out to live
-- takes them again.
-- KEYS: sorted set of holders by expiry
-- ARGV: lifetime of a place in ms, how many to look at most, how many to pass over, then each dead instance and the time
--       of its death
-- Answers how many were looked at, and how many were freed.
local latest, dead = 0, {}
for index = 4, #ARGV, 2 do
  dead[ARGV[index]] = tonumber(ARGV[index + 1]) + tonumber(ARGV[1])
  latest = math.max(latest, dead[ARGV[index]])
end
local entries = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', latest, 'WITHSCORES', 'LIMIT', ARGV[3], ARGV[2])
local freed = 0
for index = 1, #entries, 2 do
  local free_until = dead[string.match(entries[index], '^(%S+) ')]
  if free_until and tonumber(entries[index + 1]) <= free_until then
    freed = freed + redis.call('ZREM', KEYS[1], entries[index])
  end
end
return { #entries / 2, freed }
