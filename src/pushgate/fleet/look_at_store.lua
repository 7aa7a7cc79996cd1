-- Check whether the store is a copy that was started, or a store that no scheduler has seen for long. If so, hold it.
-- KEYS[1]: {q}; reads and writes
--   {q}:backup    hash: id, at (ms), run (of the server): the mark of a backup that is being made. A copy has the mark, too, and
--                 is served by another run of a server
--   {q}:alive     string: when a scheduler last looked (ms by the server's clock, for those of hosts differ), a space, run of
--                 the server
--   {q}:restored  hash: id, since (ms; the store knows nothing of what happened later), at (ms; the hold began), reason ('backup'
--                 or 'silence'), state ('holding' until everything is put aside, 'held' then). Absent where nothing is held
-- ARGV: now (ms), a new id, how long no scheduler may have looked (ms; 0 for any time), 1 where a scheduler looks
-- Returns id, since, at, reason and state of the hold; {} where there is none.
local q, hold_after, time = KEYS[1], tonumber(ARGV[3]), redis.call('TIME')
local server_ms = time[1] * 1000 + math.floor(time[2] / 1000)
local run = redis.call('INFO', 'server'):match('run_id:(%w+)') or ''

local seen_ms, seen_run = (redis.call('GET', q .. ':alive') or ''):match('^(%d+) (%w*)$')
local unseen_ms = seen_ms and server_ms - seen_ms or math.huge
local FAILOVER_MS = 60000 -- a store that a scheduler saw so recently was restarted, or failed over

local function reason_to_hold()
  local mark = redis.call('HMGET', q .. ':backup', 'at', 'run')
  if mark[1] and mark[2] ~= run then
    if unseen_ms > FAILOVER_MS then return mark[1], 'backup' end
    redis.call('DEL', q .. ':backup') -- its backup does not come to an end any more
  end
  -- A server that went on running was not exchanged for a copy: its schedulers alone were away.
  if hold_after > 0 and seen_ms and seen_run ~= run and unseen_ms > hold_after then return seen_ms, 'silence' end
end

-- A hold begins anew where the store went back again, with what waits already.
local since, reason = reason_to_hold()
local known = redis.call('HMGET', q .. ':restored', 'since', 'at')
local is_known = reason == 'silence' and known[1] and tonumber(since) <= tonumber(known[2])
if since and not is_known then
  if known[1] and tonumber(known[1]) < tonumber(since) then since = known[1] end
  redis.call('HSET', q .. ':restored', 'id', ARGV[2], 'since', since, 'at', ARGV[1], 'reason', reason, 'state', 'holding')
  redis.call('DEL', q .. ':backup')
end
if ARGV[4] == '1' then redis.call('SET', q .. ':alive', string.format('%d %s', server_ms, run)) end
local found = redis.call('HMGET', q .. ':restored', 'id', 'since', 'at', 'reason', 'state')
return found[1] and found or {}
