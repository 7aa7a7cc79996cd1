-- Note when API keys were used. Times never go back, and a deleted key has none.
-- KEYS[1]: {q}; ARGV: time (ms), key ids
local keys, uses = KEYS[1] .. ':keys', KEYS[1] .. ':key-uses'
for n = 2, #ARGV do
  local before = tonumber(redis.call('HGET', uses, ARGV[n]) or 0)
  if before < tonumber(ARGV[1]) and redis.call('HEXISTS', keys, ARGV[n]) == 1 then
    redis.call('HSET', uses, ARGV[n], ARGV[1])
  end
end
return 1
