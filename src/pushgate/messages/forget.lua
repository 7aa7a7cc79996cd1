-- uses: unlist
-- Forget messages of an app that is deleted: their keys, and their places in every index.
-- ARGV: app, ids of messages. Returns how many were there.
local app, gone = ARGV[1], 0

local function forget(id)
  for number = 1, parts_made(id) do forget(part(id, number)) end
  gone = gone + redis.call('UNLINK', key(id))
  redis.call('UNLINK', audience(id))
  unlist(id, app)
end

for i = 2, #ARGV do forget(ARGV[i]) end
return gone
