-- uses: writing
-- Make failures of one message pending again.
-- ARGV: now (s), creation time (ms), page, segment, index, number of this request (1 for the first), expiry (s), the request
--   itself, which reads return, how many states, the states, how many codes, the codes of failures that stay as they are, label
--   without its vendor for vendors without settings, then the vendors that there are settings for ('*' for all)
-- Returns how many slots are pending again, also where the call is repeated; 0 where there was none, or another request has
--   this number; -1 where there is no such message.
local now_s, number, expiry_s, request = tonumber(ARGV[1]), tonumber(ARGV[6]), tonumber(ARGV[7]), ARGV[8]
local STATES = { invalid = INVALID, rejected = REJECTED, expired = EXPIRED }
local states, staying = {}, {}
for i = 10, 9 + tonumber(ARGV[9]) do states[STATES[ARGV[i]]] = true end
local at = 10 + tonumber(ARGV[9])
for i = at + 1, at + tonumber(ARGV[at]) do staying[ARGV[i]] = true end
at = at + 1 + tonumber(ARGV[at])
local not_configured, vendors = ARGV[at], {}
for i = at + 1, #ARGV do vendors[ARGV[i]] = true end
local message = find_message(tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]))
if not message then return -1 end
local places = placements(message)
if #places == 0 then return 0 end

local field = message.segment .. '.' .. message.index .. 'r'
local before = redis.call('HGET', page_key(message.page), field)
if before then
  local last, count = struct.unpack('>I2I2', before)
  if last >= number then return last == number and before:sub(5) == request and count or 0 end
end

local function set_expiry(bundle, slot)
  if #bundle.expiry == 4 then bundle.expiry = bundle.expiry:rep(bundle.size) end
  bundle.expiry = bundle.expiry:sub(1, 4 * slot) .. struct.pack('>I4', expiry_s) .. bundle.expiry:sub(4 * slot + 5)
  bundle.changed.e = true
end

-- Readers that began after the slots had failed know of none that could leave that state.
local sums = is_read and pack_sums(tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), message)
local resumed, changed = 0, {}
for _, place in ipairs(places) do
  local bundle, slot = loaded(place[1]), place[2]
  local label = bundle and label_of(bundle, slot)
  local code = label and label:match('^[^|]*|[^|]*|([^|]*)|') or ''
  if bundle and states[state_of(bundle, slot)] and not staying[code] then
    changed[bundle] = changed[bundle] or tally()
    count_departure(changed[bundle], state_of(bundle, slot))
    set_state(bundle, slot, PENDING, at_once(now_s))
    -- Why the slot expires, if nobody tries it.
    local vendor = bundle_head(bundle.head)
    note_try(bundle, slot, 0, (vendors['*'] or vendors[vendor]) and '' or vendor .. not_configured)
    set_expiry(bundle, slot)
    resumed = resumed + 1
  end
end
if sums and resumed > 0 then note(sums) end
for bundle, moves in pairs(changed) do
  save_bundle(bundle)
  record_activity(moves, (bundle_head(bundle.head)), now_s)
  if lease_of(bundle.number) == 0 then look_at(bundle.number, now_s * 1000) end
end
if resumed > 0 then
  redis.call('HSET', page_key(message.page), field, struct.pack('>I2I2', number, resumed) .. request)
  if is_read and message.kind < STOPPED then note_status(message.page, message.segment, SENDING, { message.index }) end
end
add_waiting('open', resumed)
write_bundle_events()
return resumed
