-- uses: owned
-- Make the next part of a family, and say when the family is looked at again. This happens once, however many schedulers try.
-- ARGV: id of the family, app, body of the family, parts that were made before, body and envelope of the part, push time (ms),
--   end of retention (ms), end of the content's retention (ms), 1 where there are no more parts else 0, next look (ms)
-- Returns 1 where the part was made; 0 where the family was changed, ended, put aside (hold.lua) or given its part by another,
-- or where another part is not planned yet.
local body, made, push_at, keep_until = ARGV[3], tonumber(ARGV[4]), ARGV[7], ARGV[8]
local status, owner = status_of(id)
if owner ~= app or (status ~= 'scheduled' and status ~= 'sending') then
  redis.call('ZREM', q .. ':families', id)
  return 0
end
if parts_made(id) ~= made or redis.call('HGET', key(id), 'body') ~= body then return 0 end
if redis.call('ZSCORE', q .. ':restored:' .. app, id) then return 0 end
if is_planning_a_part(id) then return 0 end

local new = part(id, made + 1)
redis.call('HSET', key(new), 'app', app, 'body', ARGV[5], 'envelope', ARGV[6])
redis.call('PEXPIREAT', key(new), keep_until)
redis.call('ZADD', q .. ':pushed:' .. app, push_at, new)
redis.call('ZADD', q .. ':kept', keep_until, app .. ' ' .. new)
keep_content(new, ARGV[9], keep_until)
set_status(new, app, nil, 'scheduled')
redis.call('ZADD', q .. ':schedule', push_at, new)
redis.call('PUBLISH', q .. ':wake', push_at)
redis.call('HSET', key(id), 'parts', made + 1, 'part_at', push_at)
if ARGV[10] == '1' then redis.call('HSET', key(id), 'complete', 1) end
redis.call('ZADD', q .. ':families', ARGV[11], id)
if status == 'scheduled' then set_status(id, app, status, 'sending') end
return 1
