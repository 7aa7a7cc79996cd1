-- uses: rows
-- Attributes of people, and the terms that their terminals have by them. A person has the same record in every shard of the app.
-- The shard of the user's name is the person's home: there a record is changed first, and numbered. Below the hash tag:
--   :people, :people:<bucket>   the records, see rows.lua
-- and at a person's home:
--   :person_version             string: the version of the latest change of any person at home here
--   :person_changes             hash: version -> user, of changes that may not have reached every shard yet

local function record_key(user) return s .. ':people:' .. redis.sha1hex('u:' .. user):sub(1, 4) end

-- The version and the attributes of a record; 0 and an empty table for none.
local function record_of(user)
  local record = redis.call('HGET', record_key(user), user)
  if not record then return 0, {} end
  local fields = cmsgpack.unpack(record)
  return fields[1], fields[2]
end

local function terms_by(attributes)
  local found = {}
  for name, value in pairs(attributes) do found[attribute_term('p:', name, value)] = true end
  return found
end

local function add_bits(found, first, bits)
  for i = 1, #bits do
    local byte = bits:byte(i)
    for offset = 0, byte > 0 and 7 or -1 do
      if bit.band(byte, 2 ^ offset) ~= 0 then found[#found + 1] = first + 8 * (i - 1) + offset end
    end
  end
end

-- The slots of a user's terminals.
local function slots_of(user)
  local term, found = 'u:' .. user, {}
  local text = redis.call('HGET', term_bucket(term), term) or ''
  if text ~= '*' then
    for at = 1, #text, 4 do found[#found + 1] = struct.unpack(SLOT, text, at) end
    return found
  end
  local ranges = redis.call('HGETALL', s .. ':t:' .. term)
  for i = 1, #ranges, 2 do
    local first, offsets = ranges[i] * RANGE, ranges[i + 1]
    if offsets == '*' then
      add_bits(found, first, redis.call('GET', s .. ':b:' .. ranges[i] .. ':' .. term) or '')
    else
      for at = 1, #offsets, 2 do found[#found + 1] = first + struct.unpack(OFFSET, offsets, at) end
    end
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
  local had, has = terms_by(before), terms_by(attributes)
  for _, slot in ipairs(slots_of(user)) do change_terms(slot, had, has) end
  write_terms()
end

local function pack_attributes(attributes) return next(attributes) and cmsgpack.pack(attributes) or '' end
