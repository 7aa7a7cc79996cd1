-- uses: home
-- Claim due segments: nobody else gets them until the lease ends.
-- ARGV: now (ms), end of the lease (ms), how many messages at most, 1 for urgent ones
-- Returns by turns: page and segment (5 bytes), bodies ('' where the content was dropped), cells. At least one segment
-- where one is due.
local now, lease_until, left, queue = ARGV[1], ARGV[2], tonumber(ARGV[3]), T .. (ARGV[4] == '1' and ':urgent' or ':due')
local found = {}
local members = redis.call('ZRANGEBYSCORE', queue, '-inf', now, 'LIMIT', 0, math.min(math.max(left, 1), 512))
for _, member in ipairs(members) do
  local page, segment = struct.unpack('>I4B', member)
  local cells = redis.call('HGET', page_key(page), segment)
  if not cells then
    redis.call('ZREM', queue, member) -- its retention is over
  else
    local count = (#cells - CELLS_HEAD) / CELL
    if #found > 0 and count > left then break end
    left = left - count
    redis.call('ZADD', queue, lease_until, member)
    found[#found + 1] = member
    found[#found + 1] = redis.call('HGET', T .. ':c:' .. page, segment) or ''
    found[#found + 1] = cells
    if left <= 0 then break end
  end
end
if #found == 0 and redis.call('EXISTS', T .. ':due', T .. ':urgent') == 0 then
  redis.call('HDEL', T .. ':waiting', 'scheduled') -- nothing waits, whatever expired unseen
end
return found
