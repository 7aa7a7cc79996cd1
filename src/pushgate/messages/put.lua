-- uses: put_message
-- Store a message and schedule it.
-- ARGV: id, app, body, push time (ms), end of retention (ms), end of the content's retention (ms), how many
--   messages of the app may wait (0 for any number), envelope, the saved audiences that it names, with spaces between them,
--   entry of the audit log or '', instant of its first step (ms) or '', then the pieces of the audience
-- Returns 1, or 0 when that many wait already, or the name of a saved audience that does not exist.
local id, app, entry = ARGV[1], ARGV[2], ARGV[10]
local is_stored = redis.call('EXISTS', key(id)) == 1
local answer = store_message({
  id = id, app = app, body = ARGV[3], push_at = ARGV[4], keep_until = ARGV[5], content_until = ARGV[6],
  max_waiting = tonumber(ARGV[7]), envelope = ARGV[8], names = ARGV[9], escalates_at = ARGV[11],
}, function(pieces)
  for i = 12, #ARGV do redis.call('RPUSH', pieces, ARGV[i]) end
end)
if answer == 1 and entry ~= '' and not is_stored then
  redis.call('SADD', q .. ':audit-apps', app)
  redis.call('XADD', q .. ':audit:' .. app, '*', 'e', entry)
end
return answer
