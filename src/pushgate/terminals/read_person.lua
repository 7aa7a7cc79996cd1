-- uses: people
-- Read a person's record at home. ARGV: user
-- Returns its version and the attributes as MessagePack; without a record the version of the latest change at this home and ''.
local version, attributes = record_of(ARGV[1])
if version == 0 then version = tonumber(redis.call('GET', s .. ':person_version') or '0') end
return { version, pack_attributes(attributes) }
