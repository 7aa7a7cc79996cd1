-- uses: entries
-- Append an entry of an app's own events. KEYS[1]: {q}. ARGV: end of the keys, parts of the entry
-- Returns 1, 0 where nobody reads.
if redis.call('EXISTS', KEYS[1] .. ':readers' .. ARGV[1]) == 0 then return 0 end
open_entries()
append_entry(KEYS[1], ARGV[1], ARGV[2])
return 1
