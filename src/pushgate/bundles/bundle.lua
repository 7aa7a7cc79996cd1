-- uses: home
-- One bundle: its slots read and changed.

-- Parts of `ns`: length of the vendor's name (1), the name, priority (1), number of segments (2), then of each its page (4)
-- and segment (1); number of groups (1), then of each the length of its name (1) and the name. Returns the vendor, the
-- priority, where the segments begin, how many they are, where the groups begin, and where the sends begin.
local function bundle_head(text)
  local length = text:byte(1)
  local at = 2 + length
  local segments = struct.unpack('>I2', text, at + 1)
  local groups_at = at + 3 + 5 * segments
  local sends_at = groups_at + 1
  for _ = 1, text:byte(groups_at) do sends_at = sends_at + 1 + text:byte(sends_at) end
  return text:sub(2, 1 + length), text:byte(at), at + 3, segments, groups_at, sends_at
end

-- The bundle with its fields as tables; nil where its retention is over.
local function load_bundle(number)
  local key = bundle_key(number)
  local raw = redis.call('HMGET', key, number .. 's', number .. 'v', number .. 'w', number .. 'e', number .. 'f',
    number .. 'l', number .. 'r')
  if not raw[2] then return nil end
  local bundle = { number = number, key = key, raw = raw, head = raw[1], states = { raw[2]:byte(1, -1) }, receipts = raw[7] or '' }
  local size = #bundle.states
  bundle.size, bundle.expiry = size, raw[4]
  bundle.seconds = { struct.unpack('>' .. string.rep('I4', size), raw[3]) }
  bundle.tries, bundle.labels, bundle.changed = {}, {}, {}
  local tries = raw[5] or ''
  for at = 1, #tries, 4 do
    local slot, attempts, label = struct.unpack('>I2BB', tries, at)
    bundle.tries[slot] = { attempts, label }
  end
  for label in (raw[6] or ''):gmatch('[^\n]+') do bundle.labels[#bundle.labels + 1] = label end
  return bundle
end

local all_loaded = {}

-- The bundle, loaded once; false where its retention is over.
local function loaded(number)
  if all_loaded[number] == nil then all_loaded[number] = load_bundle(number) or false end
  return all_loaded[number]
end

local function expires_at(bundle, slot)
  return (struct.unpack('>I4', bundle.expiry, #bundle.expiry == 4 and 1 or 4 * slot + 1))
end

local function state_of(bundle, slot) return bundle.states[slot + 1] % 8 end

local function has_flag(bundle, slot, flag)
  return math.floor(bundle.states[slot + 1] / flag) % 2 == 1
end

local function set_flag(bundle, slot, flag)
  if not has_flag(bundle, slot, flag) then bundle.states[slot + 1] = bundle.states[slot + 1] + flag end
  bundle.changed.v = true
end

local function clear_flag(bundle, slot, flag)
  if has_flag(bundle, slot, flag) then bundle.states[slot + 1] = bundle.states[slot + 1] - flag end
  bundle.changed.v = true
end

local function set_second(bundle, slot, second)
  bundle.seconds[slot + 1] = second
  bundle.changed.w = true
end

local function set_state(bundle, slot, state, second)
  local byte = bundle.states[slot + 1]
  bundle.states[slot + 1] = byte - byte % 8 + state
  bundle.changed.v = true
  set_second(bundle, slot, second)
end

-- The number of a label. Past the bound one label stands for all others of its state.
local function label_number(bundle, label)
  for number, known in ipairs(bundle.labels) do
    if known == label then return number end
  end
  if #bundle.labels >= MAX_LABELS then
    local other = label:match('^([^|]*|[^|]*|)') .. 'other|more codes than are told apart'
    for number, known in ipairs(bundle.labels) do
      if known == other then return number end
    end
    label = other
  end
  bundle.labels[#bundle.labels + 1] = label
  bundle.changed.l = true
  return #bundle.labels
end

local function attempts_of(bundle, slot) return bundle.tries[slot] and bundle.tries[slot][1] or 0 end

local function label_of(bundle, slot) return bundle.tries[slot] and bundle.labels[bundle.tries[slot][2]] or nil end

-- Note attempts and a label; '' for no label.
local function note_try(bundle, slot, attempts, label)
  local number = label ~= '' and label_number(bundle, label) or 0
  bundle.tries[slot] = (attempts > 0 or number > 0) and { math.min(attempts, 255), number } or nil
  bundle.changed.f = true
end

-- Whether a pending slot is held because of quiet hours. Once these have ended, a scheduler decides about the slot (release.lua):
-- no worker sends it before.
local function is_deferred(bundle, slot)
  return (label_of(bundle, slot) or ''):match('^[^|]*|[^|]*|([^|]*)|') == 'quiet_hours'
end

local function as_expired(label) return (label:gsub('^([^|]*)|[^|]*|', '%1|expired|', 1)) end

local function as_rejected(label) return (label:gsub('^([^|]*)|[^|]*|', '%1|rejected|', 1)) end

local function never_sent(vendor)
  return vendor .. '|expired|ttl|never sent: the time to live was over before it was its turn'
end

local function unanswered(vendor)
  return vendor .. '|rejected|unanswered|sent, but no answer came, and the message asked not to be sent twice'
end

-- A pending slot has expired: for the result of its last attempt, or because there was none.
local function expire(bundle, slot, vendor, now_s)
  local label = label_of(bundle, slot)
  set_state(bundle, slot, EXPIRED, now_s)
  note_try(bundle, slot, attempts_of(bundle, slot), label and as_expired(label) or never_sent(vendor))
end

-- A slot was reserved, and its worker is gone: the push may have been sent, so it is never sent again.
local function give_up_reserved(bundle, slot, vendor, now_s)
  set_state(bundle, slot, REJECTED, now_s)
  set_flag(bundle, slot, DOUBT)
  note_try(bundle, slot, attempts_of(bundle, slot), unanswered(vendor))
end

-- How many slots are open, pending or reserved; and when somebody must look after the bundle: the soonest second at which a
-- slot is to be sent or expires, 0 where one is reserved by nobody, nil where none is open.
local function open_slots(bundle)
  local open, soonest = 0, nil
  for slot = 0, bundle.size - 1 do
    local state = state_of(bundle, slot)
    if state == PENDING then
      open = open + 1
      local second = math.min(bundle.seconds[slot + 1], expires_at(bundle, slot))
      if not soonest or second < soonest then soonest = second end
    elseif state == RESERVED then
      open, soonest = open + 1, 0
    end
  end
  return open, soonest
end
