-- uses: writing
-- Record receipts of one kind. Only terminals that were targeted count, each once.
-- ARGV: kind ('delivered' | 'clicked' | 'muted' | 'gone' | 'recalled' | 'unproven'), now (s), then of each report: creation time
--   (ms), page, segment, index, and the terminals that it may be about, 6 bytes each: shard (2), slot (4); '' to count a report on an unknown terminal
-- Returns for each report: 1 new, 0 known, -1 not targeted, -2 no such message, -3 a message that is sent as a broadcast.
local NUMBERS = { delivered = 1, clicked = 2, muted = 3, gone = 4, recalled = 5, unproven = 6 }
local FLAGS = { delivered = DELIVERED, clicked = CLICKED, muted = MUTED, gone = GONE }
local kind, now_s = ARGV[1], tonumber(ARGV[2])
local answers = {}

local function opened(number)
  local bundle = loaded(number)
  if bundle and not bundle.vendor then
    local vendor, _, _, _, _, sends_at = bundle_head(bundle.head)
    bundle.vendor, bundle.sends_at, bundle.moves = vendor, sends_at, 0
  end
  return bundle
end

local function is_known(bundle, slot)
  if FLAGS[kind] then return has_flag(bundle, slot, FLAGS[kind]) end
  for at = 1, #bundle.receipts, 7 do
    local of, number = struct.unpack('>I2B', bundle.receipts, at)
    if of == slot and number == NUMBERS[kind] then return true end
  end
  return false
end

-- The bundle and slot of the message that the first of these terminals has.
local function targeted(message, terminals)
  local places = placements(message)
  for at = 1, #terminals, 6 do
    local terminal = terminals:sub(at, at + 5)
    for _, place in ipairs(places) do
      local bundle, slot = opened(place[1]), place[2]
      if bundle then
        local from = bundle.sends_at + SEND * slot + 4
        if bundle.head:sub(from, from + 5) == terminal then return bundle, slot end
      end
    end
  end
end

local function count_unknown(message)
  local number = NUMBERS[kind == 'unproven' and 'clicked' or kind]
  local field, before = message.segment .. '.' .. message.index .. 'u', 4 * number - 4
  local counts = redis.call('HGET', page_key(message.page), field) or string.rep('\0', 20)
  local count = struct.unpack('>I4', counts, before + 1) + 1
  counts = counts:sub(1, before) .. struct.pack('>I4', count) .. counts:sub(before + 5)
  redis.call('HSET', page_key(message.page), field, counts)
end

local clears = kind == 'clicked' and redis.call('EXISTS', T .. ':clears') == 1 -- whether any message here does

-- Queue a click (click_queue.py) on a message whose notification is then removed from the user's other terminals.
local function queue_click(at, message, bundle, slot)
  if redis.call('HEXISTS', page_key(message.page), message.segment .. '.' .. message.index .. 'w') == 0 then return end
  local shard, terminal = struct.unpack('>I2I4', bundle.head, bundle.sends_at + SEND * slot + 4)
  local id = table.concat(ARGV, '.', at, at + 3)
  redis.call('ZADD', T .. ':clicks', now_s * 1000, 's' .. id .. '|' .. shard .. '|' .. terminal)
end

for at = 3, #ARGV, 5 do
  local message = find_message(tonumber(ARGV[at]), tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3]))
  local bundle, slot
  if message then bundle, slot = targeted(message, ARGV[at + 4]) end
  if not message then
    answers[#answers + 1] = -2
  elseif message.kind == LARGE or message.kind == BECOMES_LARGE then
    answers[#answers + 1] = -3
  elseif not bundle then
    if ARGV[at + 4] == '' then
      count_unknown(message)
    end
    answers[#answers + 1] = -1
  elseif is_known(bundle, slot) then
    answers[#answers + 1] = 0
  else
    if FLAGS[kind] then set_flag(bundle, slot, FLAGS[kind]) end
    bundle.receipts = bundle.receipts .. struct.pack('>I2BI4', slot, NUMBERS[kind], now_s)
    bundle.changed.r = true
    bundle.moves = bundle.moves + 1
    if clears then queue_click(at, message, bundle, slot) end
    answers[#answers + 1] = 1
  end
end
for _, bundle in pairs(all_loaded) do
  if bundle and bundle.moves > 0 then
    save_bundle(bundle)
    count_activity(math.floor(now_s / 60), bundle.vendor, kind, bundle.moves)
  end
end
write_bundle_events()
return answers
