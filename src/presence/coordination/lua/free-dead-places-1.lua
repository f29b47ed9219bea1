-- Frees places of a dead instance in a set: those that were not renewed since it died. If it turns out to live, it takes
-- them again.
-- KEYS: sorted set of holders by expiry
-- ARGV: lifetime of a place in ms, how many to look at most, how many to pass over, the instance, the time of its death
-- Answers how many were looked at, and how many were freed.
local latest = tonumber(ARGV[5]) + tonumber(ARGV[1])
local entries = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', latest, 'LIMIT', ARGV[3], ARGV[2])
local freed = 0
for _, holder in ipairs(entries) do
  if string.match(holder, '^(%S+) ') == ARGV[4] then freed = freed + redis.call('ZREM', KEYS[1], holder) end
end
return { #entries, freed }
