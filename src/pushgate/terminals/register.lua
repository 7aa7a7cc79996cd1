-- uses: slots
-- Register terminals, new or known. A terminal that stays in its group keeps its slot.
-- ARGV: now (s), slots that became free up to then (s) may be used again,
--   for a change of one terminal the slot (4 bytes) with the row, and the token on which the change is based, else '' and '',
--   then for each terminal: id, bucket, group, token, user or '', row. No id comes twice
-- Returns {'changed'} when that terminal has another slot, row or token by now; else for each terminal
-- 'created' | 'updated', and the token that it had before ('' when new).
local now, reusable = ARGV[1], tonumber(ARGV[2])
local version, token_before = ARGV[3], ARGV[4]
local MAX_FORMER = 16

local next_slots, rest = {}, {} -- by group: the next fresh slot, and whether no free slot may be used yet

local function fresh(group)
  local slot = next_slots[group] or tonumber(redis.call('HGET', s .. ':fresh', group) or '0')
  if slot % BLOCK == 0 then
    local block = redis.call('RPUSH', s .. ':blocks', group) - 1
    redis.call('RPUSH', s .. ':blocksof:' .. group, block)
    slot = block * BLOCK
  end
  next_slots[group] = slot + 1
  return slot
end

-- A slot of the group that became free long enough ago.
local function reuse(group)
  local first = not rest[group] and redis.call('LINDEX', s .. ':free:' .. group, 0)
  if not first then return nil end
  local freed, slot = struct.unpack(FREED, first)
  if freed > reusable then
    rest[group] = true
    return nil
  end
  redis.call('LPOP', s .. ':free:' .. group)
  redis.call('HDEL', place('fwd', slot))
  redis.call('HDEL', place('former', slot))
  return slot
end

local written = {} -- values by key, written together: most terminals of a portion share a chunk

local function put(name, slot, value)
  local key, field = place(name, slot)
  local values = written[key]
  if not values then
    values = {}
    written[key] = values
  end
  values[#values + 1] = field
  values[#values + 1] = value
end

-- The terminal leaves a slot for one of another group.
local function leave(slot, following, id)
  local former = struct.pack(SLOT, slot) .. (redis.call('HGET', place('former', slot)) or '')
  redis.call('HDEL', place('former', slot))
  free(slot, id, now)
  local key, field = place('fwd', slot)
  redis.call('HSET', key, field, struct.pack(SLOT, following))
  key, field = place('former', following)
  redis.call('HSET', key, field, former:sub(1, 4 * MAX_FORMER))
end

local function set_user(had, slot_before, user, slot)
  if had == user and slot_before == slot then return end
  if had then redis.call('SREM', user_set(had), slot_before) end
  if user then redis.call('SADD', user_set(user), slot) end
end

local function register(id, bucket, group, token, user, row)
  local known = slot_of(id, bucket)
  local before = known and token_at(known) or ''
  local had = known and fields_of(row_at(known))[2]
  local slot = known
  if not known or group_of(known) ~= group then
    slot = reuse(group) or fresh(group)
    redis.call('HSET', ids(bucket), id, struct.pack(SLOT, slot))
    set_alive(slot, 1)
    if known then leave(known, slot, id) end
  end
  set_user(had, known, user ~= '' and user, slot)
  put('tokens', slot, token)
  put('rows', slot, row)
  return known and 'updated' or 'created', before
end

local function is_changed(id, bucket)
  local slot = slot_of(id, bucket)
  return not slot or struct.pack(SLOT, slot) .. row_at(slot) ~= version or token_at(slot) ~= token_before
end

if version ~= '' and is_changed(ARGV[5], ARGV[6]) then return { 'changed' } end

local answers = {}
for i = 5, #ARGV, 6 do
  answers[#answers + 1], answers[#answers + 2] = register(unpack(ARGV, i, i + 5))
end
for group, slot in pairs(next_slots) do redis.call('HSET', s .. ':fresh', group, slot) end
for key, values in pairs(written) do redis.call('HSET', key, unpack(values)) end
return answers
