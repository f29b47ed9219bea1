-- What was invalidated since a sequence.
-- KEYS: clock, log    ARGV: the sequence up to which the caller knows everything, most entries to answer
-- Answers {epoch, sequence, entries of the stream...}; the caller sees by their ids whether the log still had all.
local clock = redis.call('HMGET', KEYS[1], 'epoch', 'seq')
if not clock[1] then return {} end
if tonumber(clock[2]) <= tonumber(ARGV[1]) then return { clock[1], tonumber(clock[2]), {} } end
local entries = redis.call('XRANGE', KEYS[2], (tonumber(ARGV[1]) + 1) .. '-0', '+', 'COUNT', ARGV[2])
return { clock[1], tonumber(clock[2]), entries }
