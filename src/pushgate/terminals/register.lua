-- uses: records
-- Register terminals, new or known. A terminal that stays in its group keeps its slot.
-- ARGV: now ms, slots freed up to ms may be used again, MessagePack list of
--   [id, group, token, user or false, tags, timezone or false, language or false];
--   for a change of one terminal also the record and the token that the change is based on
-- Returns {'changed'} when that terminal has another record or token by now, else for each: 'created' | 'updated', and the token it had before ('' when new).
local now, reusable = ARGV[1], ARGV[2]

local function allocate(group)
  local freed = redis.call('ZRANGEBYSCORE', s .. ':freed:' .. group, '-inf', reusable, 'LIMIT', 0, 1)[1]
  if freed then
    redis.call('ZREM', s .. ':freed:' .. group, freed)
    redis.call('HDEL', formers(group, freed))
    return tonumber(freed)
  end
  return redis.call('HINCRBY', s .. ':next', group, 1) - 1
end

if ARGV[4] then
  local id = cmsgpack.unpack(ARGV[3])[1][1]
  local known = record(id)
  if redis.call('HGET', records(id), id) ~= ARGV[4] then return { 'changed' } end
  if redis.call('HGET', tokens(known[GROUP], known[SLOT])) ~= ARGV[5] then return { 'changed' } end
end

local answers = {}

for _, item in ipairs(cmsgpack.unpack(ARGV[3])) do
  local id, group, token, user, tags, zone, language = unpack(item, 1, 7)
  local known = record(id)
  local slot, before, former_group, former_slot = nil, '', false, false
  if known then
    before = redis.call('HGET', tokens(known[GROUP], known[SLOT])) or ''
    former_group, former_slot = known[FORMER_GROUP], known[FORMER_SLOT]
    if known[GROUP] == group then
      slot = known[SLOT]
    else
      free(known[GROUP], known[SLOT], now, id)
      former_group, former_slot = known[GROUP], known[SLOT]
    end
  end
  slot = slot or allocate(group)
  local key, field = tokens(group, slot)
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
