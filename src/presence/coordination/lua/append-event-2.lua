-- Adds an event to the log of a channel, and tells it: the order in the log is the order of the messages.
-- KEYS: the log's state (hash: epoch, seq, first, bytes), its events (hash by number)
-- ARGV: the event's id, the payload, an epoch for a log that must begin anew, or '',
--       most events, most bytes, PUBLISH or SPUBLISH, the channel
-- Answers the event's number, or 0 when there is no log: nobody is interested, and whoever comes later hears of a gap.
local state = redis.call('HMGET', KEYS[1], 'epoch', 'seq', 'first', 'bytes')
local epoch, seq, first, bytes = state[1], tonumber(state[2]), tonumber(state[3]), tonumber(state[4])
if not epoch or not seq or not first or not bytes then return 0 end
if ARGV[3] ~= '' then
  redis.call('UNLINK', KEYS[2])
  epoch, seq, first, bytes = ARGV[3], 0, 1, 0
end
seq = seq + 1
redis.call('HSET', KEYS[2], seq, ARGV[2])
bytes = bytes + #ARGV[2]
while first <= seq and (seq - first >= tonumber(ARGV[4]) or bytes > tonumber(ARGV[5])) do
  bytes = bytes - redis.call('HSTRLEN', KEYS[2], first)
  redis.call('HDEL', KEYS[2], first)
  first = first + 1
end
redis.call('HSET', KEYS[1], 'epoch', epoch, 'seq', seq, 'first', first, 'bytes', bytes)
-- It lives as long as the interest in it, which events do not prolong.
redis.call('PEXPIRE', KEYS[2], math.max(1, redis.call('PTTL', KEYS[1])))
redis.call(ARGV[6], ARGV[7], epoch .. ' ' .. seq .. ' ' .. ARGV[1] .. ' ' .. ARGV[2])
return seq
