-- Takes a lock, or takes a place in its queue.
-- KEYS: held (string, the holder's value), queue (sorted set by time of arrival), token (counter of all locks)
-- ARGV: value, TTL in ms, "1" to wait in turn, the waiter's channel, ms a grant waits for its waiter,
--       the owner when it holds other locks (else ""), prefix of all keys, "1" when PUBLISH counts every listener
-- Answers the token when the lock is the caller's, else {"busy", value of the holder, ms it has left},
-- {"deadlock", owners...}, {"paused", ms}, or {"unknown"} when this server was never greeted.
local token = redis.call('GET', KEYS[3])
if not token then return { 'unknown' } end
local function now_us()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000000 + tonumber(time[2])
end
if string.sub(token, 1, 1) == 'p' then
  -- Locks given before the server lost its memory may still be held.
  local left = math.ceil((tonumber(string.sub(token, 2)) - now_us()) / 1000)
  if left > 0 then return { 'paused', left } end
  redis.call('SET', KEYS[3], string.format('%.0f', now_us()))
end
if redis.call('EXISTS', KEYS[2]) == 0 and redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
  return redis.call('INCR', KEYS[3])
end

local me = ARGV[1] .. '\n' .. ARGV[4]
local function owner_of(value) return string.match(value, '^[^|]*|([^|]*)') end
local waits = ARGV[7] .. 'waits:' .. owner_of(ARGV[1])
local function take()
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  redis.call('ZREM', KEYS[2], me)
  if ARGV[6] ~= '' then redis.call('SREM', waits, KEYS[1]) end
  return redis.call('INCR', KEYS[3])
end

local held = redis.call('GET', KEYS[1])
-- A grant that waited for this call.
if held == ARGV[1] then return take() end
while not held do
  local head = redis.call('ZRANGE', KEYS[2], 0, 0)[1]
  if not head or head == me then return take() end
  redis.call('ZREM', KEYS[2], head)
  local value, channel = string.match(head, '^(.-)\n(.*)$')
  redis.call('SET', KEYS[1], value, 'PX', ARGV[5])
  local id = string.match(value, '^[^|]*')
  if redis.call('PUBLISH', channel, id) > 0 or ARGV[8] ~= '1' then
    held = value
  else
    -- Its process is gone.
    redis.call('DEL', KEYS[1])
  end
end
if ARGV[3] ~= '1' then return { 'busy', held, redis.call('PTTL', KEYS[1]) } end

if ARGV[6] ~= '' then
  -- Who waits for whom: a path that comes back to the caller is a deadlock, and the caller the one to give up.
  local function path_to_me(value, depth, seen)
    local owner = owner_of(value)
    if owner == ARGV[6] then return { owner } end
    if depth == 0 or seen[owner] then return nil end
    seen[owner] = true
    for _, key in ipairs(redis.call('SMEMBERS', ARGV[7] .. 'waits:' .. owner)) do
      local next_value = redis.call('GET', key)
      local path = next_value and path_to_me(next_value, depth - 1, seen)
      if path then
        table.insert(path, 1, owner)
        return path
      end
    end
    return nil
  end
  -- A sibling branch of the same owner will let go by itself.
  if owner_of(held) ~= ARGV[6] then
    local path = path_to_me(held, 64, {})
    if path then
      redis.call('ZREM', KEYS[2], me)
      redis.call('SREM', waits, KEYS[1])
      return { 'deadlock', unpack(path) }
    end
  end
  redis.call('SADD', waits, KEYS[1])
  redis.call('PEXPIRE', waits, 3600000)
end
redis.call('ZADD', KEYS[2], 'NX', now_us(), me)
redis.call('PEXPIRE', KEYS[2], 3600000)
return { 'busy', held, redis.call('PTTL', KEYS[1]) }
