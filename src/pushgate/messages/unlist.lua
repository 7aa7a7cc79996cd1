-- uses: status
-- Take a message that is forgotten off every index and queue.
local function unlist(id, app)
  redis.call('ZREM', q .. ':kept', app .. ' ' .. id)
  redis.call('ZREM', q .. ':messages:' .. app, id)
  redis.call('ZREM', q .. ':pushed:' .. app, id)
  for _, name in ipairs({ 'contents', 'schedule', 'families', 'escalations', 'dispatching', 'sending', 'settling', 'paused',
    'canaries' }) do
    redis.call('ZREM', q .. ':' .. name, id)
  end
  for _, status in ipairs({ 'scheduled', 'dispatching', 'sending', 'paused', 'sent', 'cancelled' }) do
    redis.call('ZREM', index(app, status), id)
  end
end
