-- Say when there is work on a claimed frozen audience next. KEYS[1] is {q}:freezes, see write_freeze.lua.
-- ARGV: its member of the set, until when it is claimed (ms), when there is work (ms; '' for never)
-- Returns 1, or 0 where the claim is lost.
if tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or '-1') ~= tonumber(ARGV[2]) then return 0 end
if ARGV[3] == '' then
  redis.call('ZREM', KEYS[1], ARGV[1])
else
  redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])
end
return 1
