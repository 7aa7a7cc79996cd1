-- uses: activity
-- Small messages of one home. KEYS[1] is the hash tag {app:shard}; all keys begin with it. Numbers in packed values are
-- big-endian.
--
-- A segment is what one writer stored at once: up to 256 messages with one push time and one priority. A page holds up to
-- 64 segments.
--   :c:<page>     hash: segment -> the segment's bodies. Expires with the content retention
--   :p:<page>     hash: segment -> 6 bytes creation time (ms), then a cell of 8 bytes for each message: kind, bundle (5),
--                 slot (2). '<segment>s' -> placements of messages with several, 7 bytes each: bundle (5), slot (2); the cell
--                 has the number of the first one as its bundle, and how many they are as its slot.
--                 '<segment>.<index>r' -> the last request to send failures again: its number (2), for how many slots (2), and
--                 the request, opaque here.
--                 '<segment>o' -> of a segment that replaced a message: page (4), segment (1), index (2) that its id says.
--                 '<segment>.<index>w' -> of a message that clears on click: the terminals from which its notification is to be
--                 removed, because the user clicked on another one, 6 bytes each: shard (2), slot (4)
--                 '<segment>.<index>u' -> reports on terminals that the message was not for, 4 bytes a kind. 'b' -> time of
--                 the page's first segment (6 bytes, ms). Expires with the results
--   :due, :urgent sorted sets: page (4 bytes), segment (1) -> push time (ms); while claimed, the end of the lease
--   :pages        sorted set: page (4 bytes), time of its first segment (6, ms) -> time of its last segment (ms)
--   :clears       string: present while a kept message clears on click
--   :clicks       sorted set: clicks that remove notifications, and what follows from them (click_queue.py)
--   :i:<digest>   string: record of an idempotency key. Expires after 24 h
--   :next         hash: 'page', 'bundle' -> the last number given
--   :audit        stream of who created messages: 'm' -> messages and authors (audit/creations.py), 'v' -> what became of them
--   :waiting      hash: 'scheduled' -> messages that are not planned, 'open' -> slots that are pending or reserved
--
-- A bundle is up to 512 sends of one vendor and priority. 16 bundles share a hash; one of more than 24 sends has its own.
--   :b:<bundle / 16>  hash. Expires with the results. For the bundle n, at most 7 fields, so that the hash stays compact:
--                 ns  vendor, priority, segments, groups (see bundle_head), then 10 bytes a send: number of the segment (2),
--                     index in the segment (1), number of the group (1), shard of the terminal (2), slot of the terminal
--                     (4). The shard INLINE stands for a token that the message brought; its number is the slot, then
--                 nv  a byte a slot: state (3 bits) and flags of receipts
--                 nw  4 bytes a slot: pending: not to be sent before this second (see at_once); and not before a scheduler has
--                     decided about the slot, where its label has the code 'quiet_hours'. Else: in its state since this second
--                 ne  4 bytes: the second at which pending slots expire; or 4 bytes a slot
--                 nf  only where there are any: 4 bytes a slot that was tried more than once or failed: slot (2),
--                     attempts (1), number of its label or 0 (1)
--                 nl  labels '<vendor>|<state>|<code>|<reason>', one a line
--                 nr  only where there are any: 7 bytes a receipt: slot (2), kind (1), second (4)
--   :open         sorted set: bundle -> when somebody must look after it (ms)
--   :lease        hash: bundle -> until (ms), a space, holder
--
-- Where the store went back to an earlier time, what may have been sent since is put aside:
--   :restored     string: id of the hold for which the home was put aside (fleet/look_at_store.lua)
--   :restored-segments  sorted set: page (4 bytes), segment (1) -> end of its longest time to live (ms), which is its score in :due
--                 or :urgent, too
--   :restored-bundles   sorted set: bundle -> the same. A pending slot that is put aside may be sent from the second on at which it
--                 expires
local T = KEYS[1]

local WAITS, PLACED, SCATTERED, NOBODY, LARGE, CANCELLED_EARLY, REPLACED, VOID, BECOMES_LARGE = 0, 1, 2, 3, 4, 5, 6, 7, 8
local STOPPED = 16 -- flag of a cell's kind: the message was cancelled after it was placed
local CELLS_HEAD, CELL, SEND, BUNDLES_PER_HASH, MAX_SHARING = 6, 8, 10, 16, 24
local PENDING, ACCEPTED, INVALID, REJECTED, EXPIRED, CANCELLED, RESERVED = 0, 1, 2, 3, 4, 5, 6
local NAMES = { [0] = 'pending', 'accepted', 'invalid', 'rejected', 'expired', 'cancelled', 'rejected' }
local DELIVERED, CLICKED, DOUBT, MUTED, GONE = 8, 16, 32, 64, 128
local MAX_LABELS = 32

-- The second of a pending slot that is to be sent now. It lies a little back: the clock of the worker that gets the job may be
-- behind the clock of the process that found the slot due.
local function at_once(now_s) return now_s - 5 end

local function page_key(page) return T .. ':p:' .. page end

local function bundle_key(bundle) return T .. ':b:' .. math.floor(bundle / BUNDLES_PER_HASH) end

-- Keep a key at least until then (ms).
local function keep(key, until_ms)
  if redis.call('PEXPIRETIME', key) < tonumber(until_ms) then redis.call('PEXPIREAT', key, until_ms) end
end

-- Schedulers are told of segments that are due so soon (ms). They find others by themselves.
local NEAR_MS = 2000

local function announce(push_at, urgent, now)
  if push_at - now <= NEAR_MS then
    redis.call('PUBLISH', '{q}:small', T:sub(2, -2) .. ':' .. push_at .. ':' .. (urgent and '1' or '0'))
  end
end

-- Kind of a message's cell with its flag, bundle, slot.
local function cell_at(cells, index)
  return struct.unpack('>BI5I2', cells, CELLS_HEAD + CELL * index + 1)
end

local function put_cell(page, segment, cells, index, kind, bundle, slot)
  local at = CELLS_HEAD + CELL * index
  redis.call('HSET', page_key(page), segment,
    cells:sub(1, at) .. struct.pack('>BI5I2', kind, bundle, slot) .. cells:sub(at + CELL + 1))
end

-- Whether a scheduler has something to do for a message whose cell is of this kind.
local function is_unplanned(kind) return kind == WAITS or kind == BECOMES_LARGE end

-- Take a segment out of the queue where no scheduler has anything to do for it.
local function leave_queue(page, segment)
  local cells = redis.call('HGET', page_key(page), segment) or ''
  for at = CELLS_HEAD + 1, #cells, CELL do
    if is_unplanned(cells:byte(at)) then return end
  end
  local member = struct.pack('>I4B', page, segment)
  redis.call('ZREM', T .. ':due', member)
  redis.call('ZREM', T .. ':urgent', member)
end

local function add_waiting(name, change)
  if change == 0 then return end
  if redis.call('HINCRBY', T .. ':waiting', name, change) < 0 then redis.call('HSET', T .. ':waiting', name, 0) end
end

-- The cells of a segment that stands for the message now, its page, segment, index and cell; nil for a message that does
-- not exist. `created` (ms) is part of a message's id: an id that was guessed finds nothing.
-- With `first`, the segment that stood for the message at first.
local function find_message(created, page, segment, index, first)
  while true do
    local cells = redis.call('HGET', page_key(page), segment)
    if not cells or #cells < CELLS_HEAD + CELL * (index + 1) then return nil end
    local kind, bundle, slot = cell_at(cells, index)
    if kind == VOID or struct.unpack('>I6', cells) ~= created then return nil end
    if kind ~= REPLACED or first then
      return { cells = cells, page = page, segment = segment, index = index, kind = kind, bundle = bundle, slot = slot }
    end
    page, segment, index = struct.unpack('>I4BI2', cells, CELLS_HEAD + CELL * index + 2)
  end
end

-- The placements of a message, each {bundle, slot}.
local function placements(message)
  local kind = message.kind % STOPPED
  if kind == PLACED then return { { message.bundle, message.slot } } end
  local found = {}
  if kind == SCATTERED then
    local raw, first = redis.call('HGET', page_key(message.page), message.segment .. 's'), message.bundle
    for number = first, first + message.slot - 1 do found[#found + 1] = { struct.unpack('>I5I2', raw, 7 * number + 1) } end
  end
  return found
end

local SCHEDULED, SENDING, SENT, ENDED = 0, 1, 2, 3 -- statuses in an entry
local FEW_SLOTS, SLOT_BYTES = 48, 64
local pack_slots, note_status

if is_read then
  -- Slots of a bundle, or offsets in a segment, as an entry has them.
  function pack_slots(slots)
    local n, bytes = #slots, {}
    if n <= FEW_SLOTS then return struct.pack('>I2', n) .. struct.pack('<' .. string.rep('I2', n), unpack(slots)) end
    for i = 1, SLOT_BYTES do bytes[i] = 0 end
    for _, slot in ipairs(slots) do
      local i = math.floor(slot / 8) + 1
      bytes[i] = bytes[i] + 2 ^ (slot % 8)
    end
    return struct.pack('>I2I2', n, SLOT_BYTES) .. string.char(unpack(bytes))
  end

  -- Tell readers of the status of messages of a segment.
  function note_status(page, segment, status, indexes)
    local found, first = redis.call('HMGET', page_key(page), segment, segment .. 'o'), 0
    if found[2] then page, segment, first = struct.unpack('>I4BI2', found[2]) end
    for i, index in ipairs(indexes) do indexes[i] = first + index end
    note('\13' .. found[1]:sub(1, CELLS_HEAD) .. struct.pack('>I4BB', page, segment, status) .. pack_slots(indexes))
  end
end
