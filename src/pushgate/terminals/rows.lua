-- uses: terms
-- Rows of terminals, and the terms that follow from them. Below the hash tag of the shard:
--   :names            hash: name -> its number; '#' -> the next number. Numbers are never used again
--   :named:<n / 64>   hash: n % 64 -> the name with the number n
--   :names:<z | l>    set: the time zones, the languages among the names, without 'z:' and 'l:'
--     names are what many terminals have alike: 't:<tag>', 'z:<timezone>', 'v:<app version>', 'f:<key of a frozen audience>',
--     'l:<language>' of terminals whose own language is not that of their group, and 'o:anonymous' of terminals that registered
--     themselves without a registration token, 'x:<category>' of terminals that opted out of it
--   :people           string: how many users have a record, absent for none
--   :people:<bucket>  hash: user -> MessagePack list: version, attributes. The bucket is that of the user's term. Beside the
--                     attributes are the person's opt-outs, as '!<category>' with the value 'b:1'
-- The terms of a row are its names, 'u:<user>', 'd:<day>' last seen, 'r:<day>' registered first, 'a:<attribute>=<value>' of its
-- own attributes and 'p:<attribute>=<value>' of its user's. Values have their type in front: 's:', 'n:', 'b:'.
local DAY, MAX_VALUE = 86400, 64
local MAX_NUMBER = 2 ^ 24

local names, numbers = {}, {} -- as they are asked for
local function name_of(number)
  if not names[number] then
    names[number] = redis.call('HGET', s .. ':named:' .. math.floor(number / 64), number % 64)
  end
  return names[number]
end

local function number_of(name)
  if numbers[name] then return numbers[name] end
  local number = redis.call('HGET', s .. ':names', name)
  if not number then
    number = redis.call('HINCRBY', s .. ':names', '#', 1) - 1
    if number >= MAX_NUMBER then error('too many names') end
    redis.call('HSET', s .. ':names', name, number)
    redis.call('HSET', s .. ':named:' .. math.floor(number / 64), number % 64, name)
    if name:find('^[zl]:') then redis.call('SADD', s .. ':names:' .. name:sub(1, 1), name:sub(3)) end
  end
  numbers[name] = tonumber(number)
  return numbers[name]
end

local function numbers_in(row)
  local found = {}
  for i = 1, row:byte(HEAD + 1) do found[i] = struct.unpack('<I3', row, HEAD + 2 + NAME * (i - 1)) end
  return found
end

local function pack_numbers(list)
  local parts = { string.char(#list) }
  for i, number in ipairs(list) do parts[i + 1] = struct.pack('<I3', number) end
  return table.concat(parts)
end

local function attribute_term(prefix, name, value)
  return prefix .. name .. '=' .. (#value > MAX_VALUE and redis.sha1hex(value) or value)
end

local function record_key(user) return s .. ':people:' .. redis.sha1hex('u:' .. user):sub(1, 4) end

-- The version and the attributes of a user's record; 0 and an empty table for none.
local function record_of(user)
  local record = redis.call('HGET', record_key(user), user)
  if not record then return 0, {} end
  return unpack(cmsgpack.unpack(record))
end

local has_people
-- The attributes of a user's record, empty for none.
local function attributes_of(user)
  if has_people == nil then has_people = redis.call('EXISTS', s .. ':people') == 1 end
  return has_people and select(2, record_of(user)) or {}
end

-- The terms of a row, as keys of a table.
local function terms_of(row)
  local found, fields = {}, fields_of(row)
  local user, attributes = fields[2], fields[4]
  for _, number in ipairs(numbers_in(row)) do found[name_of(number)] = true end
  local registered, seen = struct.unpack('<I4I4', row, 7)
  found['r:' .. math.floor(registered / DAY)] = true
  found['d:' .. math.floor(seen / DAY)] = true
  for name, value in pairs(attributes or {}) do found[attribute_term('a:', name, value)] = true end
  if user then
    found['u:' .. user] = true
    for name, value in pairs(attributes_of(user)) do found[attribute_term('p:', name, value)] = true end
  end
  return found
end

-- The slot has the terms of `after` instead of those of `before`; each may be nil.
local function change_terms(slot, before, after)
  for term in pairs(before or {}) do
    if not (after and after[term]) then remove_term(term, slot) end
  end
  for term in pairs(after or {}) do
    if not (before and before[term]) then add_term(term, slot) end
  end
end

-- The slots that a terminal had before, as far as nobody else has them by now.
local function former_slots(slot, id)
  local found = {}
  for _, before in ipairs(unpacked(SLOT, redis.call('HGET', place('former', slot)) or '')) do
    if id_at(before) == id then found[#found + 1] = before end
  end
  return found
end

-- No terminal is to be found by its former slot any more.
local function forget_move(slot)
  if redis.call('HDEL', place('fwd', slot)) == 1 then set_bit('moved', slot, 0) end
end
