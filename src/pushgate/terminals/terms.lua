-- uses: slots
-- Terms: named sets of slots, derived from the rows of terminals. Below the hash tag of the shard:
--   :terms:<bucket>      hash: term -> its slots, 4 bytes each, where they are at most 64; else '*'. The bucket is the first four
--                        hex digits of the term's SHA-1
--   :t:<term>            hash: range -> offsets of the term's slots in the range, 2 bytes each, where they are at most 256; else
--                        '*', and :b:<range>:<term> has their bits. Only for terms with '*'
--   :days                set: the terms of days, 'd:<day>' last seen and 'r:<day>' registered; a day counts from the epoch
local MAX_SLOTS, MAX_OFFSETS = 64, 256
local OFFSET = '<I2'

local function term_bucket(term) return s .. ':terms:' .. redis.sha1hex(term):sub(1, 4) end

local changed_terms = {} -- by term: the slots that are added, and those that are removed

local function change_of(term)
  local change = changed_terms[term]
  if not change then
    change = { added = {}, removed = {} }
    changed_terms[term] = change
  end
  return change
end

-- The slot gets or loses the term once `write_terms` is called. It must not have the term yet, or must have it.
local function add_term(term, slot) table.insert(change_of(term).added, slot) end
local function remove_term(term, slot) table.insert(change_of(term).removed, slot) end

-- The packed values without some of them.
local function without_values(text, form, values)
  if #values == 0 then return text end
  local gone, kept, size = {}, {}, struct.size(form)
  for _, value in ipairs(values) do gone[struct.pack(form, value)] = true end
  for at = 1, #text, size do
    local value = text:sub(at, at + size - 1)
    if not gone[value] then kept[#kept + 1] = value end
  end
  return table.concat(kept)
end

local function by_range(slots)
  local found = {}
  for _, slot in ipairs(slots) do
    local range = math.floor(slot / RANGE)
    found[range] = found[range] or {}
    table.insert(found[range], slot)
  end
  return found
end

local function offsets_of(slots)
  local found = {}
  for i, slot in ipairs(slots or {}) do found[i] = slot % RANGE end
  return found
end

local function set_bits(term, slots, value)
  for _, slot in ipairs(slots or {}) do set_bit(term, slot, value) end
end

-- Offsets of the bits that are set.
local function offsets_in(bytes)
  local found, at = {}, bytes:find('[^%z]')
  while at do
    local byte = bytes:byte(at)
    for low = 0, 7 do
      if bit.band(byte, 2 ^ low) ~= 0 then found[#found + 1] = 8 * (at - 1) + low end
    end
    at = bytes:find('[^%z]', at + 1)
  end
  return found
end

-- Change a term's slots in one range.
local function change_range(term, range, added, removed)
  local key = s .. ':t:' .. term
  local text = redis.call('HGET', key, range) or ''
  if text ~= '*' then
    text = without_values(text, OFFSET, offsets_of(removed)) .. packed(OFFSET, offsets_of(added))
    if #text == 0 then return redis.call('HDEL', key, range) end
    if #text <= MAX_OFFSETS * 2 then return redis.call('HSET', key, range, text) end
    for _, offset in ipairs(unpacked(OFFSET, text)) do set_bit(term, range * RANGE + offset, 1) end
    return redis.call('HSET', key, range, '*')
  end
  set_bits(term, added, 1)
  set_bits(term, removed, 0)
end

local function change_ranges(term, added, removed)
  added, removed = by_range(added), by_range(removed)
  for range, slots in pairs(added) do change_range(term, range, slots, removed[range]) end
  for range, slots in pairs(removed) do
    if not added[range] then change_range(term, range, nil, slots) end
  end
end

-- Set the bits `shared` of a user's slots, whose packed slots were `before` and are `after`. Those of removed slots are cleared
-- before: such a slot may have another user, whose turn is first.
local function share(before, after, change)
  if #after > 4 then
    local from = #before > 4 and #after - 4 * #change.added or 0
    for at = from + 1, #after, 4 do set_bit('shared', struct.unpack(SLOT, after, at), 1) end
  elseif #before > 4 and #after == 4 then
    set_bit('shared', struct.unpack(SLOT, after), 0)
  end
end

local function write_term(term, change)
  local bucket, is_user = term_bucket(term), term:sub(1, 2) == 'u:'
  local before = redis.call('HGET', bucket, term) or ''
  if before ~= '*' then
    local after = without_values(before, SLOT, change.removed) .. packed(SLOT, change.added)
    if is_user then share(before, after, change) end
    if #after == 0 then
      redis.call('HDEL', bucket, term)
    elseif #after <= 4 * MAX_SLOTS then
      redis.call('HSET', bucket, term, after)
    else
      change_ranges(term, unpacked(SLOT, after), {})
      redis.call('HSET', bucket, term, '*')
    end
    return
  end
  change_ranges(term, change.added, change.removed)
  if is_user then set_bits('shared', change.added, 1) end
  if #change.removed > 0 and redis.call('EXISTS', s .. ':t:' .. term) == 0 then redis.call('HDEL', bucket, term) end
end

-- Write what `add_term`, `remove_term` and `set_bit` gathered.
local function write_terms()
  for term, change in pairs(changed_terms) do
    if term:sub(1, 2) == 'u:' then set_bits('shared', change.removed, 0) end
  end
  for term, change in pairs(changed_terms) do
    if #change.added > 0 and term:match('^[dr]:') then redis.call('SADD', s .. ':days', term) end
    write_term(term, change)
  end
  write_bits()
end
