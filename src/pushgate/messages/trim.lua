-- uses: status
-- Forget the index entries of messages past their retention time. ARGV: now ms, limit. Returns how many.
local past = redis.call('ZRANGEBYSCORE', q .. ':kept', '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])
for _, entry in ipairs(past) do
  local app, id = entry:match('^(%S+) (%S+)$')
  redis.call('ZREM', q .. ':kept', entry)
  redis.call('ZREM', q .. ':messages:' .. app, id)
  redis.call('ZREM', q .. ':schedule', id)
  redis.call('ZREM', q .. ':dispatching', id)
  redis.call('ZREM', q .. ':sending', id)
  redis.call('ZREM', q .. ':settling', id)
  for _, status in ipairs({ 'scheduled', 'dispatching', 'sending', 'sent', 'cancelled' }) do
    redis.call('ZREM', list(app, status), id)
  end
end
return #past
