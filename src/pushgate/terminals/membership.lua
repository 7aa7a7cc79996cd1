-- uses: rows
-- Whether terms agree with rows.

local chunks = {} -- bits of 64 neighbouring slots by set and chunk, as they are asked for
local function get_bit(name, slot)
  local key = name .. '|' .. math.floor(slot / CHUNK)
  local bytes = chunks[key]
  if not bytes then
    local from = (slot % RANGE - slot % CHUNK) / 8
    bytes = redis.call('GETRANGE', s .. ':b:' .. math.floor(slot / RANGE) .. ':' .. name, from, from + CHUNK / 8 - 1)
    chunks[key] = bytes
  end
  local byte = bytes:byte(math.floor(slot % CHUNK / 8) + 1) or 0
  return bit.band(bit.rshift(byte, slot % 8), 1)
end

local forms, ranges = {}, {} -- by term, and by term and range, as they are asked for
local function has_term(term, slot)
  if forms[term] == nil then forms[term] = redis.call('HGET', term_bucket(term), term) end
  local slots = forms[term]
  if slots ~= '*' then return slots and holds(slots, struct.pack(SLOT, slot)) end
  local key = math.floor(slot / RANGE) .. '|' .. term
  if ranges[key] == nil then ranges[key] = redis.call('HGET', s .. ':t:' .. term, math.floor(slot / RANGE)) end
  local offsets = ranges[key]
  if offsets ~= '*' then return offsets and holds(offsets, struct.pack(OFFSET, slot % RANGE)) end
  return get_bit(term, slot) == 1
end

local wanted = {} -- numbers of names, as they are asked for
local function has_name(row, name)
  if wanted[name] == nil then wanted[name] = tonumber(redis.call('HGET', s .. ':names', name) or '-1') end
  for _, number in ipairs(numbers_in(row)) do
    if number == wanted[name] then return true end
  end
  return false
end

-- Whether the terminal of a slot has the term by its row.
local function belongs(slot, term)
  local row = row_at(slot)
  if not row or freed_in(row) then return false end
  local kind = term:sub(1, 2)
  if kind == 'd:' or kind == 'r:' then
    local at = kind == 'r:' and 7 or 11
    return math.floor(struct.unpack('<I4', row, at) / DAY) == tonumber(term:sub(3))
  end
  if kind == 'u:' or kind == 'a:' or kind == 'p:' then return terms_of(row)[term] == true end
  return has_name(row, term)
end
