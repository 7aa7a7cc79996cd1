-- uses: noted_moves
-- Labels of failures, and the parts of a block that has failures: which slots of the block failed, and why (:failed, :tried).
local MAX_FAILURES = 500 -- a vendor that invents codes cannot fill the memory
local HEAD = '<I2I4'
local NO_SLOTS = words(nil)

-- The label's number, and the label itself. Past the bound one label stands for all others of its vendor and state.
local function numbered(label)
  local number = redis.call('HGET', m .. ':labels', label)
  if number then return tonumber(number), label end
  local size = redis.call('HLEN', m .. ':labels')
  local other = label:match('^([^|]*|[^|]*|)') .. 'other|more codes than are told apart'
  if size >= MAX_FAILURES and label ~= other then return numbered(other) end
  redis.call('HSET', m .. ':labels', label, size + 1)
  return size + 1, label
end

local labels -- by number, read when the first one is asked for
local function label_of(number)
  if not labels or not labels[number] then
    labels = {}
    local flat = redis.call('HGETALL', m .. ':labels')
    for i = 1, #flat, 2 do labels[tonumber(flat[i + 1])] = flat[i] end
  end
  return labels[number]
end

local function count_failures(label, change)
  if redis.call('HINCRBY', m .. ':failures', label, change) <= 0 then redis.call('HDEL', m .. ':failures', label) end
end

-- The parts of a block in :failed or :tried without these slots, each {label number, minute, bits}. Empty parts are left out.
local function parts_without(hash, block, slots)
  local parts, text = {}, redis.call('HGET', m .. hash, block) or ''
  for at = 1, #text, PART do
    local number, minute = struct.unpack(HEAD, text, at)
    local bits = without(words(text:sub(at + 6, at + PART - 1)), slots)
    if count(bits) > 0 then parts[#parts + 1] = { number, minute, bits } end
  end
  return parts
end

local function write_parts(hash, block, parts)
  local texts = {}
  for i, part in ipairs(parts) do texts[i] = struct.pack(HEAD, part[1], part[2]) .. raw(part[3]) end
  if #parts == 0 then
    redis.call('HDEL', m .. hash, block)
  else
    redis.call('HSET', m .. hash, block, table.concat(texts))
  end
end

-- Put these slots in the part of this label and minute, and in no other.
local function put_in_part(hash, block, number, minute, slots)
  local parts, found = parts_without(hash, block, slots), nil
  for _, part in ipairs(parts) do
    if part[1] == number and part[2] == tonumber(minute) then found = part end
  end
  if found then
    merge(found[3], slots)
  else
    parts[#parts + 1] = { number, tonumber(minute), slots }
  end
  write_parts(hash, block, parts)
end
