-- uses: saved_names
-- Delete a saved audience that no message names, unless the app's saved audiences were changed since the caller read their
-- shapes.
-- ARGV: app, name, how often they were changed by then, now (ms), how many messages are looked at, how many are returned
-- Returns {'deleted'}, {'changed'}, {'used', ids of messages...}, or {'again'} where more messages are to be looked at.
local app, name, now, limit, wanted = ARGV[1], ARGV[2], tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
if redis.call('HEXISTS', audiences(app), name) == 0 then return { 'deleted' } end -- the call is repeated
if (redis.call('HGET', shapes(app), '#') or '0') ~= ARGV[3] then return { 'changed' } end
local found = { 'used' }
local named_by = redis.call('ZRANGE', users(app, name), 0, limit - 1, 'WITHSCORES')
for i = 1, #named_by, 2 do
  if will_be_planned(named_by[i], tonumber(named_by[i + 1]), now) then
    found[#found + 1] = named_by[i]
    if #found > wanted then return found end
  else
    redis.call('ZREM', users(app, name), named_by[i])
  end
end
if #found > 1 then return found end
if #named_by == 2 * limit then return { 'again' } end
release_frozen(app, name, '', now)
redis.call('HDEL', audiences(app), name)
redis.call('HDEL', rules(app), name)
redis.call('HDEL', shapes(app), name)
redis.call('HINCRBY', shapes(app), '#', 1)
return { 'deleted' }
