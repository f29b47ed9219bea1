-- Says that an instance lives, and answers what is known of the others.
-- KEYS: instances by expiry, those that are linked, the dead by the time of their death
-- ARGV: lifetime in ms, the instance, how long one that is cut off may be quiet, for how long the dead are remembered,
--       NUMSUB or SHARDNUMSUB, how names of the instances' own channels begin
-- Answers whether it was known ("1" or "0"), the run of the server, how many may be dead, those whose lease has not
-- ended, and the dead with the times of their deaths.
--
-- Each instance listens to a channel of its own. The kernel of a host closes the connections of a killed process, which
-- is seen here at once; one that only stands still keeps them, and lives until its lease ends.
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local lifetime, me = tonumber(ARGV[1]), ARGV[2]

local function is_linked(instance)
  local answer = redis.pcall('PUBSUB', ARGV[5], ARGV[6] .. instance)
  return type(answer) == 'table' and not answer.err and tonumber(answer[2]) > 0
end

for _, instance in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now)) do
  redis.call('ZADD', KEYS[3], 'NX', now, instance)
  redis.call('SREM', KEYS[2], instance)
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now - tonumber(ARGV[4]))

local was_dead = redis.call('ZREM', KEYS[3], me) == 1
local was_known = redis.call('ZADD', KEYS[1], now + lifetime, me) == 0 and not was_dead
-- Where subscriptions cannot be seen from here, nobody is linked, and only leases count.
redis.call(is_linked(me) and 'SADD' or 'SREM', KEYS[2], me)

local living, suspects = {}, 0
local leases = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
for index = 1, #leases, 2 do
  local instance, renewed_at = leases[index], tonumber(leases[index + 1]) - lifetime
  living[#living + 1] = instance
  if instance ~= me and redis.call('SISMEMBER', KEYS[2], instance) == 1 and not is_linked(instance) then
    if now - renewed_at >= tonumber(ARGV[3]) then
      redis.call('ZADD', KEYS[3], 'NX', now, instance)
    else
      suspects = suspects + 1
    end
  end
end
redis.call('PEXPIRE', KEYS[1], lifetime)
redis.call('PEXPIRE', KEYS[2], lifetime)
redis.call('PEXPIRE', KEYS[3], ARGV[4])
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)') or ''
local dead = redis.call('ZRANGE', KEYS[3], 0, -1, 'WITHSCORES')
return { was_known and '1' or '0', run, suspects, living, dead }
