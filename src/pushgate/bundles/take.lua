-- uses: writing
-- Take the lease on a bundle, and read the slots that are to be sent.
-- ARGV: bundle, holder, lease (ms), now (ms), grace (ms): how long after the lease somebody looks after the bundle
-- Returns {} where nothing is to be sent now; { ms } while somebody else holds the bundle; else { head and sends, states,
--   seconds, expiry, tries, labels, bodies of each segment ('' where the content was dropped) }.
local ASKED_AGAIN_MS = 1000
local number, holder, now = ARGV[1], ARGV[2], tonumber(ARGV[4])
local now_s = math.floor(now / 1000)
local bundle = load_bundle(number)
if not bundle then
  forget_bundle(number)
  return {}
end
local held_until, held_by = lease_of(number)
if held_by and held_until > now then return { held_until - now } end

local vendor, _, segments_at, segments = bundle_head(bundle.head)
local moves, closed, due = tally(), 0, false
for slot = 0, bundle.size - 1 do
  local state = state_of(bundle, slot)
  if state == RESERVED then
    give_up_reserved(bundle, slot, vendor, now_s)
    count_move(moves, REJECTED)
    closed = closed + 1
  elseif state == PENDING then
    local is_due = bundle.seconds[slot + 1] <= now_s and not is_deferred(bundle, slot)
    due = due or is_due or expires_at(bundle, slot) <= now_s
  end
end
save_bundle(bundle)
record_activity(moves, vendor, now_s)
add_waiting('open', -closed)
write_bundle_events()
if not due then
  local _, soonest = rest(bundle)
  -- A scheduler decides about deferred slots. One of the build before has a worker do that: it must not ask again at once.
  if soonest and soonest <= now_s then look_at(number, now + ASKED_AGAIN_MS) end
  return {}
end
local lease_until = now + ARGV[3]
redis.call('HSET', T .. ':lease', number, lease_until .. ' ' .. holder)
look_at(number, lease_until + ARGV[5])
local raw = bundle.raw
if closed > 0 then
  raw = redis.call('HMGET', bundle.key, number .. 's', number .. 'v', number .. 'w', number .. 'e', number .. 'f', number .. 'l')
end
local answer = { raw[1], raw[2], raw[3], raw[4], raw[5] or '', raw[6] or '' }
for at = segments_at, segments_at + 5 * (segments - 1), 5 do
  local page, segment = struct.unpack('>I4B', bundle.head, at)
  answer[#answer + 1] = redis.call('HGET', T .. ':c:' .. page, segment) or ''
end
return answer
