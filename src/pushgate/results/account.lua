-- uses: bits
-- What one shard knows of one message. KEYS[1]: {app:shard}:m:<message id>
--   :targeted, :pending, :accepted, :invalid, :rejected, :expired, :cancelled, :delivered, :clicked
--                 block field -> bits; a block field is '<group> <block>'
--   :doubt        block field -> bits of those that were sent to and not answered, once or more
--   :counts       '<group>|<state>' -> terminals; always the number of bits. '<group>|received': delivered or clicked;
--                 '<group>|unaccepted_clicks': clicked, but not accepted. '|open' -> terminals whose state may
--                 still change by itself: pending, or withheld by a worker that is just sending them at most once
--   :failures     label '<vendor>|<state>|<code>|<meaning>' -> terminals
--   :labels       label -> its number; a message tells MAX_FAILURES of them apart
--   :failed       block field -> who of it failed how: parts of 134 bytes, each a label's number, a minute, and bits.
--                 A slot is in one part at most; what it says holds while the slot is in the label's state
--   :timeline     '<minute>|<state>' -> terminals
--   :marker       'planned', 'planned <n>' once its failures were sent again for the n-th time, or the state it was
--                 ended in; absent before it is planned
--   :waiting      block field -> 'submitted <ms>' | 'retry <ms>': when it was, or will be, handed to Gearman
--   :lease:<block field>  the worker that has it
local m = KEYS[1]

local function keep_until(names, at)
  for _, name in ipairs(names) do redis.call('PEXPIREAT', m .. name, at) end
end

local MAX_FAILURES = 500 -- a vendor that invents codes cannot fill the memory

-- The label's number, and the label that stands for it: past the bound, one for all others of its vendor and state.
local function numbered(label)
  local number = redis.call('HGET', m .. ':labels', label)
  if number then return tonumber(number), label end
  local size = redis.call('HLEN', m .. ':labels')
  local other = label:match('^([^|]*|[^|]*|)') .. 'other|more codes than are told apart'
  if size >= MAX_FAILURES and label ~= other then return numbered(other) end
  redis.call('HSET', m .. ':labels', label, size + 1)
  return size + 1, label
end

local function tally(label, change)
  if redis.call('HINCRBY', m .. ':failures', label, change) <= 0 then redis.call('HDEL', m .. ':failures', label) end
end

local PART, HEAD = 134, '<I2I4'

-- The parts of a block, without these slots; those left empty are gone.
local function parts_without(field, moved)
  local parts, text = {}, redis.call('HGET', m .. ':failed', field) or ''
  for at = 1, #text, PART do
    local number, minute = struct.unpack(HEAD, text, at)
    local bits = words(text:sub(at + 6, at + PART - 1))
    for i = 1, 32 do bits[i] = bit.band(bit.tobit(bits[i]), bit.bnot(moved[i])) end
    if count(bits) > 0 then parts[#parts + 1] = { number, minute, bits } end
  end
  return parts
end

local function keep_parts(field, parts)
  local texts = {}
  for i, part in ipairs(parts) do texts[i] = struct.pack(HEAD, part[1], part[2]) .. raw(part[3]) end
  if #parts == 0 then
    redis.call('HDEL', m .. ':failed', field)
  else
    redis.call('HSET', m .. ':failed', field, table.concat(texts))
  end
end

-- These slots, n of them, came to a failure.
local function failed(field, label, moved, n, minute)
  local number, kept = numbered(label)
  tally(kept, n)
  local parts, found = parts_without(field, moved), nil
  for _, part in ipairs(parts) do
    if part[1] == number and part[2] == tonumber(minute) then found = part end
  end
  if found then
    for i = 1, 32 do found[3][i] = bit.bor(found[3][i], moved[i]) end
  else
    parts[#parts + 1] = { number, tonumber(minute), moved }
  end
  keep_parts(field, parts)
end

-- These slots, n of them, failed so no longer.
local function not_failed(field, label, moved, n)
  local _, kept = numbered(label)
  tally(kept, -n)
  keep_parts(field, parts_without(field, moved))
end

local function group_of(field) return field:match('^(.*) %d+$') end
local function vendor_of(field) return field:match('^[^/]*') end

-- Change one of the counters of the block's group.
local function add(field, name, change)
  if change ~= 0 then redis.call('HINCRBY', m .. ':counts', group_of(field) .. '|' .. name, change) end
end

-- How many of these slots were clicked.
local function clicks(field, moved)
  local clicked = redis.call('HGET', m .. ':clicked', field)
  if not clicked then return 0 end
  local both = words(clicked)
  for i = 1, 32 do both[i] = bit.band(bit.tobit(both[i]), bit.tobit(moved[i])) end
  return count(both)
end

-- Whoever expires does so for one reason.
local function label_of_expired(field)
  return vendor_of(field) .. '|expired|ttl|the time to live was over before it could be sent'
end

-- Move the wanted slots of a block that are in state `from` to state `to`; the words moved, and how many.
-- The timeline counts arrivals: a terminal that came to a state and later to another is in both minutes.
local function move(field, wanted, from, to, minute)
  local raw_from = redis.call('HGET', m .. ':' .. from, field)
  if not raw_from then return nil, 0 end
  local here, moved = words(raw_from), {}
  for i = 1, 32 do
    moved[i] = bit.band(bit.tobit(wanted[i]), bit.tobit(here[i]))
    here[i] = bit.bxor(bit.tobit(here[i]), moved[i])
  end
  local n = count(moved)
  if n == 0 then return nil, 0 end
  keep(m .. ':' .. from, field, here)
  local there = words(redis.call('HGET', m .. ':' .. to, field))
  for i = 1, 32 do there[i] = bit.bor(bit.tobit(there[i]), moved[i]) end
  keep(m .. ':' .. to, field, there)
  add(field, from, -n)
  add(field, to, n)
  if to == 'accepted' then add(field, 'unaccepted_clicks', -clicks(field, moved)) end
  if from == 'accepted' then add(field, 'unaccepted_clicks', clicks(field, moved)) end
  if to ~= 'pending' then redis.call('HINCRBY', m .. ':timeline', minute .. '|' .. to, n) end
  return moved, n
end

local function open_total() return tonumber(redis.call('HGET', m .. ':counts', '|open') or '0') end

local function close(n)
  if redis.call('HINCRBY', m .. ':counts', '|open', -n) < 0 then redis.call('HSET', m .. ':counts', '|open', 0) end
end
