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
--   :attributes       hash: 'a:<attribute>' of terminals, 'p:<attribute>' of people -> the most characters and the most bytes that
--                     any value has had, with a space between. '!' once all rows were counted. While they are counted anew
--                     (`mend_rows`): '+' -> the next slot to count, and what was seen since then, with '+' in front of the names
-- The terms of a row are its names, 'u:<user>', 'd:<day>' last seen, 'r:<day>' registered first, 'a:<attribute>=<value>' of its
-- own attributes and 'p:<attribute>=<value>' of its user's. Values have their type in front: 's:', 'n:', 'b:'.
local DAY, MAX_VALUE = 86400, 64
local MAX_NUMBER = 2 ^ 24
local OPT_OUT = ('!'):byte()
local MAX_LENGTHS = 4096 -- fields of :attributes; further attributes have no known length

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

local lengths = {} -- by name: the most characters and bytes of the values that are written
local function note_lengths(kind, attributes) -- nil or false for none
  for attribute, value in pairs(attributes or {}) do
    local name, bytes = kind .. attribute, #value - 2
    local known = lengths[name]
    if attribute:byte() ~= OPT_OUT and (not known or bytes > known[1]) then
      local _, further = value:gsub('[\128-\191]', '')
      known = known or { 0, 0 }
      lengths[name] = { math.max(known[1], bytes - further), math.max(known[2], bytes) }
    end
  end
end

local function raise_length(name, known)
  local stored, length = redis.call('HGET', s .. ':attributes', name), known
  if stored then
    local characters, bytes = stored:match('(%d+) (%d+)')
    length = { math.max(known[1], characters), math.max(known[2], bytes) }
    if length[1] == tonumber(characters) and length[2] == tonumber(bytes) then return end
  elseif redis.call('HLEN', s .. ':attributes') >= MAX_LENGTHS then
    return
  end
  redis.call('HSET', s .. ':attributes', name, length[1] .. ' ' .. length[2])
end

-- Write what `note_lengths` gathered. A length is never lowered here.
local function write_lengths()
  if not next(lengths) then return end
  local is_counting = redis.call('HEXISTS', s .. ':attributes', '+') == 1
  for name, known in pairs(lengths) do
    raise_length(name, known)
    if is_counting then raise_length('+' .. name, known) end
  end
end

-- Give up the count of all rows that is under way; returns what it has seen, by name.
local function drop_count()
  local found = {}
  local stored = redis.call('HGETALL', s .. ':attributes')
  for i = 1, #stored, 2 do
    if stored[i]:sub(1, 1) == '+' then
      redis.call('HDEL', s .. ':attributes', stored[i])
      if stored[i] ~= '+' then found[stored[i]:sub(2)] = stored[i + 1] end
    end
  end
  return found
end

-- The terms of a row, as keys of a table; the fields of the row; the attributes of its user, nil for no user.
local function terms_of(row)
  local found, fields = {}, fields_of(row)
  local user, attributes = fields[2], fields[4]
  for _, number in ipairs(numbers_in(row)) do found[name_of(number)] = true end
  local registered, seen = struct.unpack('<I4I4', row, 7)
  found['r:' .. math.floor(registered / DAY)] = true
  found['d:' .. math.floor(seen / DAY)] = true
  for name, value in pairs(attributes or {}) do found[attribute_term('a:', name, value)] = true end
  local of_user = user and attributes_of(user) or nil
  if user then found['u:' .. user] = true end
  for name, value in pairs(of_user or {}) do found[attribute_term('p:', name, value)] = true end
  return found, fields, of_user
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
