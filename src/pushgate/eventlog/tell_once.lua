-- uses: entries
-- Append an event of an app, unless it was told before.
-- KEYS[1]: {q}. ARGV: app, name of the key that remembers the event, for how long (ms), part of the entry
-- Returns 1 where the event is new.
open_entries()
local q, app = KEYS[1], ARGV[1]
if not redis.call('SET', q .. ':told:' .. app .. ':' .. ARGV[2], '', 'NX', 'PX', ARGV[3]) then return 0 end
if redis.call('EXISTS', q .. ':readers:' .. app) == 1 then append_entry(q, ':' .. app, ARGV[4]) end
return 1
