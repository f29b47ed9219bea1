-- Gives locks back and hands each to the next in its queue.
-- KEYS: for each lock held and queue
-- ARGV: ms a grant waits for its waiter, "1" when PUBLISH counts every listener, then for each lock the value
-- Answers for each lock 1, 0 when it was not the caller's any more, or {"failed", why}.
local function release(held, queue, mine)
  if redis.call('GET', held) ~= mine then return 0 end
  local head = redis.call('ZPOPMIN', queue)[1]
  while head do
    local value, channel = string.match(head, '^(.-)\n(.*)$')
    -- The grant is state, the message only a hint: who misses it finds the lock to be its own.
    redis.call('SET', held, value, 'PX', ARGV[1])
    local id = string.match(value, '^[^|]*')
    if redis.call('PUBLISH', channel, id) > 0 or ARGV[2] ~= '1' then return 1 end
    head = redis.call('ZPOPMIN', queue)[1]
  end
  redis.call('DEL', held)
  return 1
end

local answers = {}
for i = 1, #KEYS / 2 do
  -- One that fails must not take the others with it.
  local is_done, answer = pcall(release, KEYS[2 * i - 1], KEYS[2 * i], ARGV[i + 2])
  if not is_done then answer = { 'failed', type(answer) == 'table' and answer.err or tostring(answer) } end
  answers[i] = answer
end
return answers
