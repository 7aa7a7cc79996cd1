-- uses: status
-- Forget messages of an app that is deleted: their keys, and their places in every index.
-- ARGV: app, ids of messages. Returns how many were there.
local app, gone = ARGV[1], 0

local function forget(id)
  for number = 1, parts_made(id) do forget(part(id, number)) end
  gone = gone + redis.call('UNLINK', key(id))
  redis.call('UNLINK', audience(id))
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

for i = 2, #ARGV do forget(ARGV[i]) end
return gone
