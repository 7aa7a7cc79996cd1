-- uses: import_records
-- Begin an import, or go on with it. ARGV: app, name, now (ms), holder, until (ms), how long to keep the record (ms), how many
--   records an app may have
-- Returns 'held' where it is another holder's; else its state, '' for a new one.
if is_held_by_other(ARGV[4]) then return 'held' end
redis.call('HSET', record, 'holder', ARGV[4], 'until', ARGV[5])
keep_record(ARGV[6], tonumber(ARGV[7]))
return redis.call('HGET', record, 'state') or ''
