-- uses: people
-- Change the attributes of a person, at the person's home.
-- ARGV: user, max attributes, max terminals of the user in the shard, '1' to note the change for the other shards else '',
--   '1' to begin without attributes else '', then for each attribute that changes its name, and its value or '' to remove it
-- Returns the version of the change and the attributes as MessagePack ('' for none); {0, the attributes} where nothing changes;
-- {-1} for too many terminals, {-2, number} for too many attributes.
local user = ARGV[1]
local _, before = record_of(user)
local after, count, changes = {}, 0, false
if ARGV[5] == '' then
  for name, value in pairs(before) do after[name] = value end
end
for i = 6, #ARGV, 2 do after[ARGV[i]] = ARGV[i + 1] ~= '' and ARGV[i + 1] or nil end
for name, value in pairs(after) do
  count = count + 1
  changes = changes or before[name] ~= value
end
for name in pairs(before) do changes = changes or after[name] == nil end
if count > tonumber(ARGV[2]) then return { -2, count } end
if not changes then return { 0, pack_attributes(after) } end
if next(after) and #slots_of(user) > tonumber(ARGV[3]) then return { -1 } end
local version = redis.call('INCR', s .. ':person_version')
put_record(user, version, after, before)
if ARGV[4] ~= '' then redis.call('HSET', s .. ':person_changes', version, user) end
return { version, pack_attributes(after) }
