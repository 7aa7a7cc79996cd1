-- uses: rows
-- The slots that terminals get, and their moves from slot to slot. Below the hash tag of the shard:
--   :draining  set: blocks that compaction empties. Their free slots are given to nobody
--   :spare     list: blocks that no terminal and no message needs any more. Any group may get them; until then :blocks keeps the
--              group that they had
local MAX_DROPPED = 64
local moves = 0

local next_slots, rest, draining = {}, {}, {} -- by group: the next fresh slot, and whether no free slot may be used yet

local function is_draining(slot)
  local block = math.floor(slot / BLOCK)
  if draining[block] == nil then draining[block] = redis.call('SISMEMBER', s .. ':draining', block) == 1 end
  return draining[block]
end

local function open_block(group)
  local block = redis.call('LPOP', s .. ':spare')
  if block then
    redis.call('LSET', s .. ':blocks', block, group)
  else
    block = redis.call('RPUSH', s .. ':blocks', group) - 1
  end
  redis.call('RPUSH', s .. ':blocksof:' .. group, block)
  groups[tonumber(block)] = group
  return block * BLOCK
end

local function fresh(group)
  local slot = next_slots[group] or tonumber(redis.call('HGET', s .. ':fresh', group) or '0')
  if slot % BLOCK == 0 then slot = open_block(group) end
  next_slots[group] = slot + 1
  return slot
end

-- A slot of the group that became free up to `reusable` (s), nil for none. Its row goes: a slot that is given out and has no
-- terminal yet is told from a free one by that. Entries of slots that are not to be had any more are dropped.
local function reuse(group, reusable)
  local key = s .. ':free:' .. group
  for _ = 1, rest[group] and 0 or MAX_DROPPED do
    local earliest = redis.call('LINDEX', key, 0)
    local freed, slot = struct.unpack(FREED, earliest or struct.pack(FREED, reusable + 1, 0))
    if freed > reusable then
      rest[group] = true
      return nil
    end
    redis.call('LPOP', key)
    if freed_at(slot) == freed and not is_draining(slot) then
      forget_move(slot)
      clear_hours(slot) -- a process of a version before click hours leaves them
      redis.call('HDEL', place('former', slot))
      redis.call('HDEL', place('small', slot))
      redis.call('HDEL', place('rows', slot))
      return slot
    end
  end
end

local function take_slot(group, reusable) return reuse(group, reusable) or fresh(group) end

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

-- The small messages of a terminal go with it.
local function take_history(slot, following)
  local small = redis.call('HGET', place('small', slot))
  if not small then return end
  local expires_at = redis.call('PEXPIRETIME', (place('small', slot)))
  store('small', following, small)
  redis.call('HDEL', place('small', slot))
  local key = place('small', following)
  if redis.call('PEXPIRETIME', key) < expires_at then redis.call('PEXPIREAT', key, expires_at) end
end

-- The device secrets of a terminal go with it.
local function take_secrets(slot, following)
  local digests = redis.call('HGET', place('secrets', slot))
  if digests then store('secrets', following, digests) end
end

local capped -- '<category>:<day>' of counts for frequency caps (ledger/admit.lua), once they are asked for

-- What a terminal got of categories with caps goes with it.
local function take_counts(slot, following)
  capped = capped or redis.call('SMEMBERS', s .. ':caps')
  for _, name in ipairs(capped) do
    for plane = 0, 3 do
      local function key(at) return s .. ':cap:' .. name .. ':' .. math.floor(at / RANGE) .. ':' .. plane end
      if redis.call('GETBIT', key(slot), bit.bxor(slot % RANGE, 7)) == 1 then
        local expires_at = redis.call('PEXPIRETIME', key(slot))
        redis.call('SETBIT', key(following), bit.bxor(following % RANGE, 7), 1)
        redis.call('PEXPIREAT', key(following), expires_at)
      end
    end
  end
end

-- The terminal leaves a slot with this row for another one at `now` (s). All its former slots lead to the new one.
local function leave(slot, row, following, id, now)
  local former, kept = former_slots(slot, id), {}
  table.insert(former, 1, slot)
  redis.call('HDEL', place('former', slot))
  take_history(slot, following)
  take_secrets(slot, following)
  take_counts(slot, following)
  take_hours(slot, following)
  free(slot, id, fields_of(row)[2], now)
  set_bit('moved', slot, 1)
  for i, before in ipairs(former) do
    if i <= MAX_FORMER then
      store('fwd', before, struct.pack(SLOT, following))
      kept[i] = before
    else
      forget_move(before)
    end
  end
  store('former', following, packed(SLOT, kept))
  redis.call('RPUSH', s .. ':moves', struct.pack(FREED, slot, following))
  moves = moves + 1
end

-- Write what was gathered: the next fresh slots, rows and tokens, terms, the number of moves.
local function write_slots()
  for group, slot in pairs(next_slots) do redis.call('HSET', s .. ':fresh', group, slot) end
  for key, values in pairs(written) do redis.call('HSET', key, unpack(values)) end
  write_terms()
  if moves > 0 then
    redis.call('INCRBY', s .. ':moves:total', moves)
    redis.call('LTRIM', s .. ':moves', -MAX_LOGGED, -1)
  end
end
