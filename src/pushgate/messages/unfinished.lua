-- uses: status
-- Messages whose next look is due, for the sweep; their next look is put off.
-- ARGV: now ms, next look ms, limit, 'sending' | 'settling'. Returns status and envelope by turns.
local found, looked = {}, q .. ':' .. ARGV[4]
for _, id in ipairs(redis.call('ZRANGEBYSCORE', looked, '-inf', ARGV[1], 'LIMIT', 0, ARGV[3])) do
  local entry = redis.call('HMGET', key(id), 'status', 'envelope')
  if entry[1] then
    redis.call('ZADD', looked, ARGV[2], id)
    found[#found + 1] = entry[1]
    found[#found + 1] = entry[2]
  else
    redis.call('ZREM', looked, id)
  end
end
return found
