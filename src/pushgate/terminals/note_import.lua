-- uses: import_records
-- Note how far an import is. ARGV: as of begin_import.lua, then the state. Returns 1, or 0 where it is another holder's by now.
if redis.call('HGET', record, 'holder') ~= ARGV[4] then return 0 end
redis.call('HSET', record, 'until', ARGV[5], 'state', ARGV[8])
keep_record(ARGV[6], tonumber(ARGV[7]))
return 1
