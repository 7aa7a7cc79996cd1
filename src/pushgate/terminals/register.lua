-- uses: records
-- Register terminals, new or known. A terminal that stays in its group keeps its slot.
-- ARGV: now (ms), slots that became free up to then (ms) may be used again, MessagePack list of
--   [id, group, token, user or false, tags, timezone or false, language or false];
--   for a change of one terminal also the record and the token on which the change is based
-- Returns {'changed'} when that terminal has another record or token by now; else for each terminal 'created' | 'updated',
-- and the token that it had before ('' when new).
local now, reusable, rows = ARGV[1], ARGV[2], cmsgpack.unpack(ARGV[3])
local record_before, token_before = ARGV[4], ARGV[5]

local function allocate(group)
  local freed = redis.call('ZRANGEBYSCORE', s .. ':freed:' .. group, '-inf', reusable, 'LIMIT', 0, 1)[1]
  if freed then
    redis.call('ZREM', s .. ':freed:' .. group, freed)
    redis.call('HDEL', previous_holder(group, freed))
    return tonumber(freed)
  end
  return redis.call('HINCRBY', s .. ':next', group, 1) - 1
end

local function is_changed(id)
  local known = record(id)
  return redis.call('HGET', records(id), id) ~= record_before
    or redis.call('HGET', token_of(known[GROUP], known[SLOT])) ~= token_before
end

if record_before and is_changed(rows[1][1]) then return { 'changed' } end

local answers = {}
for _, row in ipairs(rows) do
  local id, group, token, user, tags, zone, language = unpack(row, 1, 7)
  local known = record(id)
  local slot, before, former_group, former_slot = nil, '', false, false
  if known then
    before = redis.call('HGET', token_of(known[GROUP], known[SLOT])) or ''
    former_group, former_slot = known[FORMER_GROUP], known[FORMER_SLOT]
    if known[GROUP] == group then
      slot = known[SLOT]
    else
      free(known[GROUP], known[SLOT], now, id)
      former_group, former_slot = known[GROUP], known[SLOT]
    end
  end
  slot = slot or allocate(group)
  local key, field = token_of(group, slot)
  redis.call('HSET', key, field, token)
  set_alive(group, slot)
  if known and known[USER] and known[USER] ~= user then redis.call('SREM', user_set(known[USER]), id) end
  if user then redis.call('SADD', user_set(user), id) end
  redis.call('HSET', records(id), id,
    cmsgpack.pack({ group, slot, tonumber(now), user, tags, zone, former_group, former_slot, language }))
  answers[#answers + 1] = known and 'updated' or 'created'
  answers[#answers + 1] = before
end
write_alive()
return answers
