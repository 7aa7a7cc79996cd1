-- uses: status
-- Drop the contents of messages that are kept no longer.
-- ARGV: now (ms), limit. Returns how many were dropped.
local past = redis.call('ZRANGEBYSCORE', q .. ':contents', '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])
for _, id in ipairs(past) do
  redis.call('ZREM', q .. ':contents', id)
  redis.call('HDEL', key(id), 'body')
  redis.call('UNLINK', audience(id))
end
return #past
