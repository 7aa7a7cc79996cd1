-- uses: put_message
-- Finish the next step of an escalated message: its message is made, or there is none. This happens once, however many schedulers
-- try.
-- ARGV: id of the message, app, its envelope, how many steps are over, the step's id or '-<reason>', instant of the step that
--   follows (ms) or '' for none; then, if the step has a message, the body of the message that it escalates, and of the step's
--   message body, envelope, push time (ms), end of retention (ms), end of the content's retention (ms)
-- Returns 1 where the step is over now; 0 where the message was changed, cancelled, paused or put aside (hold.lua), is not
-- planned yet, or another finished the step.
local id, app, step = ARGV[1], ARGV[2], ARGV[5]
local status, owner = status_of(id)
if owner ~= app or status == 'cancelled' then
  redis.call('ZREM', q .. ':escalations', id)
  return 0
end
if status ~= 'sending' and status ~= 'sent' then return 0 end
if redis.call('ZSCORE', q .. ':restored:' .. app, id) or not redis.call('ZSCORE', q .. ':escalations', id) then return 0 end
local steps = redis.call('HGET', key(id), 'steps') or ''
local _, over = steps:gsub('%S+', '')
if over ~= tonumber(ARGV[4]) or redis.call('HGET', key(id), 'envelope') ~= ARGV[3] then return 0 end
if ARGV[7] and redis.call('HGET', key(id), 'body') ~= ARGV[7] then return 0 end

if ARGV[7] then
  store_message({
    id = step, app = app, body = ARGV[8], envelope = ARGV[9], push_at = ARGV[10], keep_until = ARGV[11],
    content_until = ARGV[12], max_waiting = 0, names = '', escalates_at = '',
  }, function() end)
end
redis.call('HSET', key(id), 'steps', over == 0 and step or steps .. ' ' .. step)
if ARGV[6] == '' then
  redis.call('ZREM', q .. ':escalations', id)
else
  redis.call('ZADD', q .. ':escalations', ARGV[6], id)
end
return 1
