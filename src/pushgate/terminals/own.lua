-- Which terminals have a push token: one, or for the moment of a take-over the new one first and then the one before.
-- KEYS[1]: hash tag. ARGV: 'own' | 'disown' | 'owners', then digest and terminal id by turns
--   :owners:<first 16 bits of the digest>  digest -> ids by lines, two at most: whoever takes a token over is told of all
--                                          others and forgets them, and so did whoever took it over before
-- Returns for each the other terminals' ids by lines ('owners': all).
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
    redis.call('HSET', key, digest, #others == 0 and id or (id .. '\n' .. others[1]))
  elseif ARGV[1] == 'disown' then
    if rest == '' then redis.call('HDEL', key, digest) else redis.call('HSET', key, digest, rest) end
  end
  answers[#answers + 1] = rest
end
return answers
