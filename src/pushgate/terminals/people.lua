-- uses: rows
-- Attributes, opt-outs and quiet hours of people, and the terms that their terminals have by them. A person has the same record in every shard of the app.
-- The shard of the user's name is the person's home: there a record is changed first, and numbered. Below the hash tag:
--   :people, :people:<bucket>   the records, see rows.lua
--   :quiet_hours                set: quiet hours that people have, as the value of the name '!~' in their records. Hygiene forgets
--                               others (hygiene/unused_hours.py)
-- and at a person's home:
--   :person_version             string: the version of the latest change of any person at home here
--   :person_changes             hash: version -> user, of changes that may not have reached every shard yet

local MAX_OPT_OUTS, QUIET_HOURS = 32, '!~'

local function terms_by(attributes)
  local found = {}
  for name, value in pairs(attributes) do found[attribute_term('p:', name, value)] = true end
  return found
end

-- The slots of a user's terminals.
local function slots_of(user)
  local term = 'u:' .. user
  local text = redis.call('HGET', term_bucket(term), term) or ''
  if text ~= '*' then return unpacked(SLOT, text) end
  local found, ranges = {}, redis.call('HGETALL', s .. ':t:' .. term)
  for i = 1, #ranges, 2 do
    local first, form = ranges[i] * RANGE, ranges[i + 1]
    local offsets = form == '*' and offsets_in(redis.call('GET', s .. ':b:' .. ranges[i] .. ':' .. term) or '')
      or unpacked(OFFSET, form)
    for _, offset in ipairs(offsets) do found[#found + 1] = first + offset end
  end
  return found
end

-- Store the record of a user, none without attributes, and change the terms of the user's slots.
local function put_record(user, version, attributes, before)
  local key = record_key(user)
  if next(attributes) then
    if redis.call('HSET', key, user, cmsgpack.pack({ version, attributes })) == 1 then redis.call('INCR', s .. ':people') end
  elseif redis.call('HDEL', key, user) == 1 and redis.call('DECR', s .. ':people') == 0 then
    redis.call('DEL', s .. ':people')
  end
  note_lengths('p:', attributes)
  write_lengths()
  if attributes[QUIET_HOURS] and attributes[QUIET_HOURS] ~= before[QUIET_HOURS] then
    redis.call('SADD', s .. ':quiet_hours', attributes[QUIET_HOURS])
    redis.call('HDEL', s .. ':unused', 'quiet_hours:' .. attributes[QUIET_HOURS])
  end
  local had, has = terms_by(before), terms_by(attributes)
  for _, slot in ipairs(slots_of(user)) do change_terms(slot, had, has) end
  write_terms()
end

local function pack_attributes(attributes) return next(attributes) and cmsgpack.pack(attributes) or '' end
