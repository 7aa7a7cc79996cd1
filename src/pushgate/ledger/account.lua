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
--   :tried        block field -> what became of the last attempt at slots that are pending, or were, or why there was none:
--                 parts as in :failed, with labels of state 'expired', for that is why they expire if nothing better comes
--   :unknown      receipt -> reports on terminals that the message was not for; in the message's home shard alone
--   :timeline     '<minute>|<state>' -> terminals; by the first minute of the hour, or of the day, once there are many
--   :marker       'planning <planner> <portion>' while it is being planned, 'planned', 'resuming <n>' while its failures
--                 are being made pending for the n-th time, 'planned <n>' once they are, or the state it was ended in;
--                 absent before it is planned, and when the shard was lost
--   :waiting      block field -> 'submitted <ms>' | 'retry <ms>': when it was, or will be, handed to Gearman
--   :lease:<block field>  the worker that has it
local m = KEYS[1]

local function keep_until(names, at)
  for _, name in ipairs(names) do redis.call('PEXPIREAT', m .. name, at) end
end

local function is_being_planned() return (redis.call('GET', m .. ':marker') or ''):match('^planning ') ~= nil end

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
local NO_SLOTS = words(nil)

local function both(left, right)
  local found = {}
  for i = 1, 32 do found[i] = bit.band(bit.tobit(left[i]), bit.tobit(right[i])) end
  return found, count(found)
end

local function without(left, right)
  local found = {}
  for i = 1, 32 do found[i] = bit.band(bit.tobit(left[i]), bit.bnot(bit.tobit(right[i]))) end
  return found
end

-- The parts of a block in :failed or :tried, without these slots; those left empty are gone.
local function parts_without(hash, field, slots)
  local parts, text = {}, redis.call('HGET', m .. hash, field) or ''
  for at = 1, #text, PART do
    local number, minute = struct.unpack(HEAD, text, at)
    local bits = without(words(text:sub(at + 6, at + PART - 1)), slots)
    if count(bits) > 0 then parts[#parts + 1] = { number, minute, bits } end
  end
  return parts
end

local function keep_parts(hash, field, parts)
  local texts = {}
  for i, part in ipairs(parts) do texts[i] = struct.pack(HEAD, part[1], part[2]) .. raw(part[3]) end
  if #parts == 0 then
    redis.call('HDEL', m .. hash, field)
  else
    redis.call('HSET', m .. hash, field, table.concat(texts))
  end
end

-- These slots are in the part of this label and minute, and in no other.
local function put_in_part(hash, field, number, minute, slots)
  local parts, found = parts_without(hash, field, slots), nil
  for _, part in ipairs(parts) do
    if part[1] == number and part[2] == tonumber(minute) then found = part end
  end
  if found then
    for i = 1, 32 do found[3][i] = bit.bor(bit.tobit(found[3][i]), bit.tobit(slots[i])) end
  else
    parts[#parts + 1] = { number, tonumber(minute), slots }
  end
  keep_parts(hash, field, parts)
end

-- These slots, n of them, came to a failure.
local function failed(field, label, slots, n, minute)
  local number, kept = numbered(label)
  tally(kept, n)
  put_in_part(':failed', field, number, minute, slots)
end

local names -- label by number, read when it is first asked for
local function label_of(number)
  if not names or not names[number] then
    names = {}
    local flat = redis.call('HGETALL', m .. ':labels')
    for i = 1, #flat, 2 do names[tonumber(flat[i + 1])] = flat[i] end
  end
  return names[number]
end

-- These slots failed no longer, whatever their labels were. Returns the parts they were in, cut to these slots.
local function not_failed(field, slots)
  local had = {}
  for _, part in ipairs(parts_without(':failed', field, NO_SLOTS)) do
    local common, n = both(part[3], slots)
    if n > 0 then
      tally(label_of(part[1]), -n)
      had[#had + 1] = { part[1], part[2], common, n }
    end
  end
  keep_parts(':failed', field, parts_without(':failed', field, slots))
  return had
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
  local _, n = both(words(clicked), moved)
  return n
end

local function never_sent(field)
  return vendor_of(field) .. '|expired|ttl|never sent: the time to live was over before it was its turn'
end

local function as_expired(label)
  local found = label:gsub('^([^|]*)|[^|]*|', '%1|expired|')
  return found
end

-- The answer to these slots came, or stayed away, after the time to live was over: it is why they expired.
local function answered_late(field, label, slots)
  local late, n = both(slots, words(redis.call('HGET', m .. ':expired', field)))
  if n == 0 then return end
  for _, part in ipairs(not_failed(field, late)) do
    failed(field, as_expired(label), part[3], part[4], part[2])
  end
end

-- An attempt at these slots did not settle them. If they expire before another one does, this label says why.
local function tried(field, label, slots)
  put_in_part(':tried', field, numbered(as_expired(label)), 0, slots)
  answered_late(field, label, slots)
end

-- These slots have to wait for this reason. Attempts that were made tell more.
local function held_back(field, label, slots)
  for _, part in ipairs(parts_without(':tried', field, NO_SLOTS)) do slots = without(slots, part[3]) end
  if count(slots) > 0 then put_in_part(':tried', field, numbered(as_expired(label)), 0, slots) end
end

-- These slots, n of them, have expired: for what the last attempt came to, or without any.
local function expired(field, slots, n, minute)
  local rest = slots
  for _, part in ipairs(parts_without(':tried', field, NO_SLOTS)) do
    local common, some = both(part[3], rest)
    if some > 0 then
      failed(field, label_of(part[1]), common, some, minute)
      rest, n = without(rest, common), n - some
    end
  end
  if n > 0 then failed(field, never_sent(field), rest, n, minute) end
end

-- Terminals came to a state, or a receipt of them came, in this minute. A message that is reported on for weeks is told by
-- hour, then by day: nobody can make its results grow without bound.
local BY_MINUTE, BY_HOUR = 1500, 3000
local function arrived(minute, state, n)
  local size = redis.call('HLEN', m .. ':timeline')
  local step = size < BY_MINUTE and 1 or size < BY_HOUR and 60 or 1440
  redis.call('HINCRBY', m .. ':timeline', (minute - minute % step) .. '|' .. state, n)
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
  if to ~= 'pending' then arrived(minute, to, n) end
  return moved, n
end

local function open_total() return tonumber(redis.call('HGET', m .. ':counts', '|open') or '0') end

local function close(n)
  if redis.call('HINCRBY', m .. ':counts', '|open', -n) < 0 then redis.call('HSET', m .. ':counts', '|open', 0) end
end
