-- uses: labels
-- Failures of slots: recorded, withdrawn, and found when slots expire.

-- These slots, n of them, came to a failure.
local function failed(block, label, slots, n, minute)
  local number, counted = numbered(label)
  count_failures(counted, n)
  put_in_part(':failed', block, number, minute, slots)
  if is_read then note_label(block, counted, slots) end
end

-- These slots failed no longer, whatever their labels were. Returns the parts in which they were, cut to these slots, each
-- {label number, minute, bits, number of bits}.
local function not_failed(block, slots)
  local had = {}
  for _, part in ipairs(parts_without(':failed', block, NO_SLOTS)) do
    local common, n = both(part[3], slots)
    if n > 0 then
      count_failures(label_of(part[1]), -n)
      had[#had + 1] = { part[1], part[2], common, n }
    end
  end
  write_parts(':failed', block, parts_without(':failed', block, slots))
  return had
end

local function never_sent(block)
  local vendor = vendor_of(block)
  return redis.call('HGET', m .. ':unsent', vendor)
    or vendor .. '|expired|ttl|never sent: the time to live was over before it was its turn'
end

local function as_expired(label)
  local changed = label:gsub('^([^|]*)|[^|]*|', '%1|expired|')
  return changed
end

-- The answer to an attempt at these slots came after they had expired, or never: this label is the reason, then.
local function answered_late(block, label, slots)
  local late, n = both(slots, slots_in('expired', block) or NO_SLOTS)
  if n == 0 then return end
  for _, part in ipairs(not_failed(block, late)) do
    failed(block, as_expired(label), part[3], part[4], part[2])
  end
end

-- An attempt at these slots did not settle them. This label is the reason if they expire before another attempt does.
local function tried(block, label, slots)
  put_in_part(':tried', block, numbered(as_expired(label)), 0, slots)
  answered_late(block, label, slots)
end

-- These slots were postponed for this reason. The result of an attempt says more, so slots that have one keep it.
local function postponed(block, label, slots)
  for _, part in ipairs(parts_without(':tried', block, NO_SLOTS)) do slots = without(slots, part[3]) end
  if count(slots) > 0 then put_in_part(':tried', block, numbered(as_expired(label)), 0, slots) end
end

-- These slots, n of them, have expired: for the result of their last attempt, or because there was none.
local function expired(block, slots, n, minute)
  local rest = slots
  for _, part in ipairs(parts_without(':tried', block, NO_SLOTS)) do
    local common, found = both(part[3], rest)
    if found > 0 then
      failed(block, label_of(part[1]), common, found, minute)
      rest, n = without(rest, common), n - found
    end
  end
  if n > 0 then failed(block, never_sent(block), rest, n, minute) end
end

-- These slots, n of them, came to a state. The label says why ('' for no failure); why slots have expired is found here.
local function came_to(state, block, label, slots, n, minute)
  if state == 'expired' then
    expired(block, slots, n, minute)
  elseif label ~= '' then
    failed(block, label, slots, n, minute)
  end
end
