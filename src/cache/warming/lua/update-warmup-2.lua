-- Shows the progress of a run, if it still is the one that counts.
-- KEYS: the run, the last run
-- ARGV: its id, the run as JSON, ms without a sign of life after which it counts as dead, ms it is remembered,
--   "1" when it has ended
local run = redis.pcall('GET', KEYS[1])
local is_run, decoded = pcall(cjson.decode, run)
if is_run and type(decoded) == 'table' and decoded.runId ~= ARGV[1] then return 0 end
if ARGV[5] == '1' then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[4])
return 1
