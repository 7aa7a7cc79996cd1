-- Which terminals have a push token: one, or for the moment of a take-over the new one first and then those before.
-- KEYS[1]: hash tag. ARGV: 'own' | 'disown' | 'owners', then digest and terminal id by turns
--   :owners:<first 16 bits of the digest>  digest -> ids by lines. Whoever takes a token over is told of all others and
--                                          forgets them: several stay only where that was cut off, and no more than
--                                          MOST, so that one token cannot make all registrations slow
-- Returns for each the other terminals' ids by lines ('owners': all).
local MOST = 8
local s = KEYS[1]
local answers = {}
for i = 2, #ARGV, 2 do
  local digest, id, others = ARGV[i], ARGV[i + 1], {}
  local key = s .. ':owners:' .. string.format('%02x%02x', digest:byte(1, 2))
  for other in (redis.call('HGET', key, digest) or ''):gmatch('[^\n]+') do
    if other ~= id then others[#others + 1] = other end
  end
  local rest = table.concat(others, '\n')
  if ARGV[1] == 'own' then
    table.insert(others, 1, id)
    redis.call('HSET', key, digest, table.concat(others, '\n', 1, math.min(#others, MOST)))
  elseif ARGV[1] == 'disown' then
    if rest == '' then redis.call('HDEL', key, digest) else redis.call('HSET', key, digest, rest) end
  end
  answers[#answers + 1] = rest
end
return answers
