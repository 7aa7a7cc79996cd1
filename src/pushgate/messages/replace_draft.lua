-- Write, replace or delete a draft, unless it was changed since it was read.
-- KEYS[1]: {q}:drafts:<app>, a hash: id -> head (messages/drafts.py)
--          <KEYS[1]>:bodies, a hash: id -> body, a message's JSON
-- ARGV: id, head as it was read or '', new head or '' to delete the draft, body, how many drafts there is room for
-- Returns 'written', 'changed', or 'full'.
local drafts, id = KEYS[1], ARGV[1]
if (redis.call('HGET', drafts, id) or '') ~= ARGV[2] then return 'changed' end
if ARGV[3] == '' then
  redis.call('HDEL', drafts, id)
  redis.call('HDEL', drafts .. ':bodies', id)
elseif ARGV[2] == '' and redis.call('HLEN', drafts) >= tonumber(ARGV[5]) then
  return 'full'
else
  redis.call('HSET', drafts, id, ARGV[3])
  redis.call('HSET', drafts .. ':bodies', id, ARGV[4])
end
return 'written'
