-- Says where the log of a channel ends, and what it has after a number. To ask is to be interested: the log begins, or
-- lives on for a while.
-- KEYS: the log's state, its events
-- ARGV: an epoch for a log that begins, lifetime of the interest in ms, the reader's epoch and number
-- Answers epoch, number of the end, "1" when all that came after the reader's number follows, and then the events.
local state = redis.call('HMGET', KEYS[1], 'epoch', 'seq', 'first')
local epoch, seq, first = state[1], tonumber(state[2]), tonumber(state[3])
if not epoch or not seq or not first then
  redis.call('UNLINK', KEYS[1], KEYS[2])
  epoch, seq, first = ARGV[1], 0, 1
  redis.call('HSET', KEYS[1], 'epoch', epoch, 'seq', 0, 'first', 1, 'bytes', 0)
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
local from = tonumber(ARGV[4])
if ARGV[3] ~= epoch or from > seq or from + 1 < first then return { epoch, tostring(seq), '0' } end
local answer = { epoch, tostring(seq), '1' }
for number = from + 1, seq do
  local payload = redis.call('HGET', KEYS[2], number)
  if not payload then return { epoch, tostring(seq), '0' } end
  answer[#answer + 1] = payload
end
return answer
