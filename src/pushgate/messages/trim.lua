-- uses: status
-- Forget the index entries of messages past their retention. The messages themselves expire.
-- ARGV: now (ms), limit. Returns how many were forgotten.
local past = redis.call('ZRANGEBYSCORE', q .. ':kept', '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])
for _, entry in ipairs(past) do
  local app, id = entry:match('^(%S+) (%S+)$')
  redis.call('ZREM', q .. ':kept', entry)
  redis.call('ZREM', q .. ':messages:' .. app, id)
  redis.call('ZREM', q .. ':pushed:' .. app, id)
  redis.call('ZREM', q .. ':contents', id)
  for _, name in ipairs({ 'schedule', 'families', 'dispatching', 'sending', 'settling', 'paused', 'canaries' }) do
    redis.call('ZREM', q .. ':' .. name, id)
  end
  for _, status in ipairs({ 'scheduled', 'dispatching', 'sending', 'paused', 'sent', 'cancelled' }) do
    redis.call('ZREM', index(app, status), id)
  end
end
return #past
