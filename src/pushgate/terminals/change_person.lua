-- uses: people
-- Change the attributes, opt-outs and quiet hours of a person, at the person's home.
-- ARGV: user, max attributes, max terminals of the user in the shard, '1' to note the change for the other shards else '',
--   what to begin without: '' for nothing, 'a' attributes, 'o' opt-outs, 'ao' both; then for each attribute or opt-out that changes, or for
--   quiet hours, its name, and its value or '' to remove it
-- Returns the version of the change and the record as MessagePack ('' for none); {0, the record} where nothing changes;
-- {-1} for too many terminals, {-2, number} for too many attributes, {-3, number} for too many opt-outs.
local user, without = ARGV[1], ARGV[5]
local _, before = record_of(user)
local after, attributes, opt_outs, changes = {}, 0, 0, false

local function is_opt_out(name) return name:byte(1) == 33 end -- '!'

local function is_kept(name) -- whatever the change begins without
  return name == QUIET_HOURS or not without:find(is_opt_out(name) and 'o' or 'a')
end

for name, value in pairs(before) do
  if is_kept(name) then after[name] = value end
end
for i = 6, #ARGV, 2 do after[ARGV[i]] = ARGV[i + 1] ~= '' and ARGV[i + 1] or nil end
for name, value in pairs(after) do
  if is_opt_out(name) then
    if name ~= QUIET_HOURS then opt_outs = opt_outs + 1 end
  else
    attributes = attributes + 1
  end
  changes = changes or before[name] ~= value
end
for name in pairs(before) do changes = changes or after[name] == nil end
if attributes > tonumber(ARGV[2]) then return { -2, attributes } end
if opt_outs > MAX_OPT_OUTS then return { -3, opt_outs } end
if not changes then return { 0, pack_attributes(after) } end
if next(after) and #slots_of(user) > tonumber(ARGV[3]) then return { -1 } end
local version = redis.call('INCR', s .. ':person_version')
put_record(user, version, after, before)
if ARGV[4] ~= '' then redis.call('HSET', s .. ':person_changes', version, user) end
return { version, pack_attributes(after) }
