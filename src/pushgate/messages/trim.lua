-- uses: unlist
-- Forget the index entries of messages past their retention. The messages themselves expire.
-- ARGV: now (ms), limit. Returns how many were forgotten.
local past = redis.call('ZRANGEBYSCORE', q .. ':kept', '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])
for _, entry in ipairs(past) do
  local app, id = entry:match('^(%S+) (%S+)$')
  unlist(id, app)
end
return #past
