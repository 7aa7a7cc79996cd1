-- uses: status
-- Messages being sent whose next look is due, for the sweep; their next look is put off.
-- ARGV: now ms, next look ms, limit. Returns status and body by turns.
local found = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', q .. ':sending', '-inf', ARGV[1], 'LIMIT', 0, ARGV[3])) do
  local entry = redis.call('HMGET', key(id), 'status', 'body')
  if entry[1] then
    redis.call('ZADD', q .. ':sending', ARGV[2], id)
    found[#found + 1] = entry[1]
    found[#found + 1] = entry[2]
  else
    redis.call('ZREM', q .. ':sending', id)
  end
end
return found
