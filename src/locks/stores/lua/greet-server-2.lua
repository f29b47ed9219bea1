-- Looks whether this server still knows the locks it gave. One that lost its memory gives none before the longest
-- TTL is over: their holders may be at work.
-- KEYS: run (id of the server process), token (counter of all locks)
-- ARGV: longest TTL in ms, "1" when no lock was ever taken here
-- Answers ms it has to pause.
local info = redis.call('INFO', 'server')
local run = string.match(info, 'run_id:(%x+)') or ''
local known = redis.call('GET', KEYS[1])
local token = redis.call('GET', KEYS[2])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local function left()
  local at = redis.call('GET', KEYS[2])
  if not at or string.sub(at, 1, 1) ~= 'p' then return 0 end
  return math.max(0, math.ceil((tonumber(string.sub(at, 2)) - now) / 1000))
end
if known == run and token then return left() end
local longest = tonumber(ARGV[1])
local pause = longest
if ARGV[2] == '1' and not known then
  pause = 0
elseif known and known ~= run then
  -- It came back with an older memory: what it forgot was given before it started.
  pause = longest - tonumber(string.match(info, 'uptime_in_seconds:(%d+)') or '0') * 1000
end
redis.call('SET', KEYS[1], run)
if pause > 0 then
  redis.call('SET', KEYS[2], 'p' .. string.format('%.0f', now + pause * 1000))
else
  -- Tokens grow even when the counter was lost: microseconds pass faster than locks are taken.
  redis.call('SET', KEYS[2], string.format('%.0f', now))
end
return math.max(0, pause)
