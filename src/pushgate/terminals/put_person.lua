-- uses: people
-- Store a person's record as it is at home, unless a later one is here.
-- ARGV: user, version, attributes as MessagePack ('' for none: no record up to this version stays)
local user, version = ARGV[1], tonumber(ARGV[2])
local known, before = record_of(user)
local attributes = ARGV[3] ~= '' and cmsgpack.unpack(ARGV[3]) or {}
if known > 0 and next(attributes) == nil and known <= version or next(attributes) and known < version then
  put_record(user, version, attributes, before)
end
