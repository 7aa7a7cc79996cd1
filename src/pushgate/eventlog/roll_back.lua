-- uses: entries
-- The part of the store that has this stream went back: its readers are told by a new epoch, so that no id is used twice.
-- KEYS[1]: head of the stream's keys. ARGV: their end, when the store was last seen in order (s)
-- A stream that began an epoch since then has told it already; one that nobody reads has nobody to tell.
local suffix = ARGV[1]
if redis.call('EXISTS', KEYS[1] .. ':readers' .. suffix) == 0 then return 0 end
if tonumber(redis.call('GET', KEYS[1] .. ':epoch' .. suffix) or '0') > tonumber(ARGV[2]) then return 0 end
open_entries()
begin_epoch(KEYS[1], suffix, 'rolled_back')
local run = redis.call('INFO', 'server'):match('run_id:(%w+)') or ''
redis.call('SET', KEYS[1] .. ':epoch-server' .. suffix, run)
return 1
