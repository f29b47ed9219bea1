-- Shows the progress of a run, if it still is the one that counts.
-- KEYS: the run, the last run    ARGV: its id, the run as JSON, ms it counts, "1" when it has ended
local run = redis.pcall('GET', KEYS[1])
if type(run) ~= 'string' then run = nil end
local is_ours = run ~= nil and cjson.decode(run).runId == ARGV[1]
if run ~= nil and not is_ours then return 0 end
if ARGV[4] == '1' then
  redis.call('DEL', KEYS[1])
  redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
else
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
return 1
