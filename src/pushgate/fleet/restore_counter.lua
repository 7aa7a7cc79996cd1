-- Raise a counter that went back above what any scheduler has seen.
-- KEYS[1]: the hash tag of the part; reads and writes
--   :writes  string: the counter; see write_counters.py
-- ARGV: the counter as this scheduler has seen it
-- Returns 1 when this call raised it, 0 when another scheduler did.
-- Schedulers have seen values that differ by a few looks of each of them.
local MARGIN = 1000
local counter = KEYS[1] .. ':writes'
if tonumber(redis.call('GET', counter) or '0') > tonumber(ARGV[1]) then return 0 end
redis.call('SET', counter, string.format('%d', ARGV[1] + MARGIN))
return 1
