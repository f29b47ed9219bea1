-- Gives a lock back and hands it to the next in the queue.
-- KEYS: held, queue    ARGV: value, ms a grant waits for its waiter, "1" when PUBLISH counts every listener
-- Answers 1, or 0 when the lock was not the caller's any more.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local head = redis.call('ZPOPMIN', KEYS[2])[1]
while head do
  local value, channel = string.match(head, '^(.-)\n(.*)$')
  -- The grant is state, the message only a hint: who misses it finds the lock to be its own.
  redis.call('SET', KEYS[1], value, 'PX', ARGV[2])
  local id = string.match(value, '^[^|]*')
  if redis.call('PUBLISH', channel, id) > 0 or ARGV[3] ~= '1' then return 1 end
  head = redis.call('ZPOPMIN', KEYS[2])[1]
end
redis.call('DEL', KEYS[1])
return 1
