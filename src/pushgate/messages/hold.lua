-- uses: owned
-- Put a message aside until its time to live is over: the store went back, and the message may have been sent.
-- Until then a family makes no parts, and no message gets a step; parts that a family made are put aside by themselves.
-- A message that was sent is checked then: a shard that went back further may have pending terminals.
--   :restored        hash: the hold; see fleet/look_at_store.lua
--   :restored:<app>  sorted set: ids of messages that are put aside, by the end of their time to live, ms
-- KEYS, ARGV and what is returned: see owned.lua and status.lua
-- Further ARGV: end of the time to live (ms), id of the hold
local hold = redis.call('HMGET', q .. ':restored', 'id', 'state')
if hold[1] ~= ARGV[4] or hold[2] ~= 'holding' then return false end

return change_status(function(status)
  if status == 'cancelled' or not status then return status end
  if status == 'sent' then redis.call('ZADD', q .. ':settling', ARGV[3], id) end
  for _, queue in ipairs({ ':schedule', ':families', ':escalations', ':dispatching', ':sending', ':settling' }) do
    redis.call('ZADD', q .. queue, 'XX', ARGV[3], id)
  end
  redis.call('HDEL', key(id), 'holder')
  redis.call('ZADD', q .. ':restored:' .. app, ARGV[3], id)
  return status
end)
