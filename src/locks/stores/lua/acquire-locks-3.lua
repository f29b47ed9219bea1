-- Takes locks, or takes places in their queues.
-- KEYS: token (counter of all locks), then for each lock held (string, the holder's value) and queue (sorted set by
--       time of arrival)
-- ARGV: ms a grant waits for its waiter, "1" when PUBLISH counts every listener,
--       then for each lock value, TTL in ms, flags: w to wait in turn, n when the owner holds other locks
-- Answers for each lock the token when it is the caller's, else {"busy", value of the holder, ms it has left},
-- {"deadlock", owners...}, {"paused", ms}, {"unknown"} when this server was never greeted, or {"failed", why}.
-- The prefix of all keys, owners and channels are derived: fewer arguments cost less than that.
local locks = (#KEYS - 1) / 2
local answers = {}
local function same_for_all(answer)
  for i = 1, locks do answers[i] = answer end
  return answers
end
local function now_us()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000000 + tonumber(time[2])
end
local token = redis.call('GET', KEYS[1])
if not token then return same_for_all({ 'unknown' }) end
if string.byte(token) == 112 then
  -- "p": locks given before the server lost its memory may still be held.
  local left = math.ceil((tonumber(string.sub(token, 2)) - now_us()) / 1000)
  if left > 0 then return same_for_all({ 'paused', left }) end
  redis.call('SET', KEYS[1], string.format('%.0f', now_us()))
end

local prefix = string.sub(KEYS[1], 1, -6)
local function owner_of(value) return string.match(value, '^[^|]*|([^|]*)') end

-- Owners from that of the value to `owner`, each of whom waits for what the next one holds.
local function path_to(owner, value, depth, seen)
  local at = owner_of(value)
  if at == owner then return { at } end
  if not at or depth == 0 or seen[at] then return nil end
  seen[at] = true
  for _, key in ipairs(redis.call('SMEMBERS', prefix .. 'waits:' .. at)) do
    local next_value = redis.call('GET', key)
    local path = next_value and path_to(owner, next_value, depth - 1, seen)
    if path then
      table.insert(path, 1, at)
      return path
    end
  end
  return nil
end

-- True when the lock is the caller's.
local function acquire(held_key, queue, value, ttl, flags)
  if redis.call('EXISTS', queue) == 0 and redis.call('SET', held_key, value, 'NX', 'PX', ttl) then return true end
  local owner, instance = string.match(value, '^[^|]*|([^|]*)|([^|]*)')
  local me = value .. '\n' .. prefix .. 'grants:' .. instance
  local waits = prefix .. 'waits:' .. owner
  local is_nested = string.find(flags, 'n', 1, true)
  local function take()
    redis.call('SET', held_key, value, 'PX', ttl)
    redis.call('ZREM', queue, me)
    if is_nested then redis.call('SREM', waits, held_key) end
    return true
  end

  local held = redis.call('GET', held_key)
  -- A grant that waited for this call.
  if held == value then return take() end
  while not held do
    local head = redis.call('ZRANGE', queue, 0, 0)[1]
    if not head or head == me then return take() end
    redis.call('ZREM', queue, head)
    local head_value, channel = string.match(head, '^(.-)\n(.*)$')
    redis.call('SET', held_key, head_value, 'PX', ARGV[1])
    local id = string.match(head_value, '^[^|]*')
    if redis.call('PUBLISH', channel, id) > 0 or ARGV[2] ~= '1' then
      held = head_value
    else
      -- Its process is gone.
      redis.call('DEL', held_key)
    end
  end
  if not string.find(flags, 'w', 1, true) then return { 'busy', held, redis.call('PTTL', held_key) } end

  if is_nested then
    -- A path that comes back to the caller is a deadlock, and the caller the one to give up. A sibling branch of the
    -- same owner will let go by itself.
    local path = owner_of(held) ~= owner and path_to(owner, held, 64, {})
    if path then
      redis.call('ZREM', queue, me)
      redis.call('SREM', waits, held_key)
      return { 'deadlock', unpack(path) }
    end
    redis.call('SADD', waits, held_key)
    redis.call('PEXPIRE', waits, 3600000)
  end
  redis.call('ZADD', queue, 'NX', now_us(), me)
  redis.call('PEXPIRE', queue, 3600000)
  return { 'busy', held, redis.call('PTTL', held_key) }
end

local given = 0
for i = 1, locks do
  local key, arg = 2 * i, 3 * i
  -- One that fails must not take the others with it.
  local is_done, answer = pcall(acquire, KEYS[key], KEYS[key + 1], ARGV[arg], ARGV[arg + 1], ARGV[arg + 2])
  if not is_done then answer = { 'failed', type(answer) == 'table' and answer.err or tostring(answer) } end
  if answer == true then
    given = given + 1
    answer = given
  end
  answers[i] = answer
end
if given > 0 then
  local before = redis.call('INCRBY', KEYS[1], given) - given
  for i = 1, locks do
    if type(answers[i]) == 'number' then answers[i] = answers[i] + before end
  end
end
return answers
