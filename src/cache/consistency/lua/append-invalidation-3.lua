-- Gives an invalidation its place in the one order, drops what it names, and tells everybody.
-- KEYS: clock, log, members, then values and leases to drop (single server only)
-- ARGV: channel, the caller's epoch, the change as JSON, entries the log keeps, cells...
-- Answers {epoch, sequence, receivers, members}, or {} when the clock is not the caller's: it must beat first.
-- PERSIST changes nothing, but it is a write that a full Redis allows, and after one it allows the others too.
redis.call('PERSIST', KEYS[1])
local epoch = redis.call('HGET', KEYS[1], 'epoch')
if epoch ~= ARGV[2] then return {} end
local sequence = redis.call('HINCRBY', KEYS[1], 'seq', 1)
for index = 5, #ARGV do redis.call('HSET', KEYS[1], ARGV[index], sequence) end
for index = 4, #KEYS do redis.call('UNLINK', KEYS[index]) end
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[4], sequence .. '-0', 'c', ARGV[3])
local receivers = redis.call('PUBLISH', ARGV[1], epoch .. ' ' .. sequence .. ' ' .. ARGV[3])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
return { epoch, sequence, receivers, redis.call('ZCOUNT', KEYS[3], now, '+inf') }
