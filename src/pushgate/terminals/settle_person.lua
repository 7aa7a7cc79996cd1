-- uses: people
-- Note that a change has reached every shard, if the record at home is still the one that was brought there.
-- ARGV: user, version of the change, version of the record that every shard has now (0 for none)
-- Returns 1, or 0 where the record changed.
local version = record_of(ARGV[1])
if version ~= tonumber(ARGV[3]) then return 0 end
redis.call('HDEL', s .. ':person_changes', ARGV[2])
return 1
