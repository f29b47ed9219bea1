-- Adds an event to the log of a channel, and tells it: the order in the log is the order of the messages.
-- KEYS: the log's state (hash: epoch, seq, first, bytes), its events (hash by number), who is interested (string)
-- ARGV: the event's id, the payload, an epoch for a log that begins, "1" when it must begin anew,
--       most events, most bytes, lifetime in ms, PUBLISH or SPUBLISH, the channel
-- Answers the event's number, or 0 when nobody is interested: then the log is gone, and whoever comes later hears that.
if redis.call('EXISTS', KEYS[3]) == 0 then
  redis.call('UNLINK', KEYS[1], KEYS[2])
  return 0
end
local state = redis.call('HMGET', KEYS[1], 'epoch', 'seq', 'first', 'bytes')
local epoch, seq, first, bytes = state[1], tonumber(state[2]), tonumber(state[3]), tonumber(state[4])
if not epoch or not seq or not first or not bytes or ARGV[4] == '1' then
  redis.call('UNLINK', KEYS[1], KEYS[2])
  epoch, seq, first, bytes = ARGV[3], 0, 1, 0
end
seq = seq + 1
redis.call('HSET', KEYS[2], seq, ARGV[2])
bytes = bytes + #ARGV[2]
while first <= seq and (seq - first >= tonumber(ARGV[5]) or bytes > tonumber(ARGV[6])) do
  bytes = bytes - redis.call('HSTRLEN', KEYS[2], first)
  redis.call('HDEL', KEYS[2], first)
  first = first + 1
end
redis.call('HSET', KEYS[1], 'epoch', epoch, 'seq', seq, 'first', first, 'bytes', bytes)
redis.call('PEXPIRE', KEYS[1], ARGV[7])
redis.call('PEXPIRE', KEYS[2], ARGV[7])
redis.call(ARGV[8], ARGV[9], epoch .. ' ' .. seq .. ' ' .. ARGV[1] .. ' ' .. ARGV[2])
return seq
