-- uses: writing
-- Check due bundles: expire slots, settle slots that a dead worker had reserved, and return bundles that must be submitted, or have
-- deferred slots whose quiet hours have ended. The returned bundles are checked again after the patience.
-- ARGV: now (ms), patience (ms), how many bundles at most
-- Returns how many bundles were looked at, 1 where more of them are due because these had many slots, then by sevens: number,
--   vendor, priority, second of the soonest expiry, 1 where slots are to be sent, 1 where deferred slots are due, the latest second
--   until which a slot waited that is to be sent now (0 where no slot is).
local DECIDED_MS = 5000 -- a scheduler decides about deferred slots meanwhile; the answers of frequency caps are kept longer
local MAX_SLOTS, BUNDLE_COST = 1024, 16 -- after so many slots, others have their turn; each bundle costs some more
local now, patience = tonumber(ARGV[1]), ARGV[2]
local now_s = math.floor(now / 1000)
local due = redis.call('ZRANGEBYSCORE', T .. ':open', '-inf', now, 'LIMIT', 0, ARGV[3])
local answers, slots = { 0, 0 }, 0

local function look(number)
  local held_until = lease_of(number)
  if held_until > now then return look_at(number, held_until) end
  local bundle = load_bundle(number)
  if not bundle then return forget_bundle(number) end
  slots = slots + bundle.size + BUNDLE_COST
  local vendor, priority = bundle_head(bundle.head)
  local moves, closed, to_send, to_release, first_expiry, due_s = tally(), 0, false, false, nil, 0
  for slot = 0, bundle.size - 1 do
    local state = state_of(bundle, slot)
    if state == RESERVED then
      give_up_reserved(bundle, slot, vendor, now_s)
      count_move(moves, REJECTED)
      closed = closed + 1
    elseif state == PENDING and expires_at(bundle, slot) <= now_s then
      expire(bundle, slot, vendor, now_s)
      count_move(moves, EXPIRED)
      closed = closed + 1
    elseif state == PENDING then
      local second = bundle.seconds[slot + 1]
      if second <= now_s and is_deferred(bundle, slot) then
        to_release = true
      elseif second <= now_s then
        to_send = true
        if second > at_once(now_s) then set_second(bundle, slot, at_once(now_s)) end
        due_s = math.max(due_s, second)
      end
      local expiry = expires_at(bundle, slot)
      if not first_expiry or expiry < first_expiry then first_expiry = expiry end
    end
  end
  save_bundle(bundle)
  record_activity(moves, vendor, now_s)
  add_waiting('open', -closed)
  drop_lease(number)
  if not to_send and not to_release then return rest(bundle) end
  look_at(number, math.min(now + (to_release and DECIDED_MS or patience), first_expiry * 1000))
  for _, value in ipairs({ number, vendor, priority, first_expiry, to_send and 1 or 0, to_release and 1 or 0,
    due_s }) do answers[#answers + 1] = value end
end

for i, number in ipairs(due) do
  look(number)
  answers[1] = i
  if slots >= MAX_SLOTS and i < #due then
    answers[2] = 1
    break
  end
end
write_bundle_events()
return answers
