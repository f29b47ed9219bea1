-- Answers a stored value, or makes the caller the one who loads it.
-- KEYS: value, lease, and on a single server the invalidation clock
-- ARGV: token, length of the lease in ms, beginning of a stored value that cannot be used ("" for none)
-- Answers {1, value}, {2, ms the lease of another still has} or {3, epoch, sequence}.
-- A lease that somebody waits for ends in "*": only then its end is published.
local function text(key)
  local reply = redis.pcall('GET', key)
  if type(reply) ~= 'table' then return reply end
  -- Not a string: not ours.
  redis.call('UNLINK', key)
  return false
end
local value = text(KEYS[1])
-- An empty one has no beginning to be known by; it cannot be used.
if value and value ~= '' and (ARGV[3] == '' or string.sub(value, 1, #ARGV[3]) ~= ARGV[3]) then return { 1, value } end
local lease = text(KEYS[2])
-- One without an end is not ours: everybody would wait for it for ever.
if lease and redis.call('PTTL', KEYS[2]) >= 0 then
  if string.sub(lease, -1) ~= '*' then redis.pcall('SET', KEYS[2], lease .. '*', 'KEEPTTL') end
  return { 2, redis.call('PTTL', KEYS[2]) }
end
-- Deletes nothing, but it is a write that a full Redis allows, and after one it allows the next.
redis.call('DEL', KEYS[2])
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
if not KEYS[3] then return { 3 } end
local clock = redis.call('HMGET', KEYS[3], 'epoch', 'seq')
return { 3, clock[1] or '', tonumber(clock[2] or '0') }
