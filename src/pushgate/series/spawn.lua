-- uses: series
-- A series fell due: make the part's message, if there is one, and move the series on, unless another scheduler did so, or the
-- series was changed meanwhile. A message is made for an active series alone.
-- ARGV: app, id, next as it was read (ms), revision as it was read, next from now on (ms) or '' for none,
--   instants without a message: '<ms> <reason>' with spaces between them, how many parts are kept,
--   instant of the part (ms) or '' for none, its detail, 'skip' where it must not begin while the last part is being sent;
--   then of its message: id, body, push time (ms), end of retention (ms), end of the content's retention (ms), how many
--   messages of the app may wait (0 for any number), envelope, instant of its first step (ms) or ''
-- Returns 'made' where there is a message, 'moved' where there is none, 'stale' where nothing was done, or 'gone' where there is no such series.
local app, id, kept, instant, detail = ARGV[1], ARGV[2], tonumber(ARGV[7]), ARGV[8], ARGV[9]
local series = series_key(app, id)
local found = redis.call('HMGET', series, 'status', 'next', 'revision', 'number', 'last', 'saved')
local status, number, last, names = found[1], tonumber(found[4]), found[5], found[6]
if not status then
  redis.call('ZREM', q .. ':series', series_member(app, id))
  return 'gone'
end
if found[2] ~= ARGV[3] or found[3] ~= ARGV[4] then return 'stale' end
if instant ~= '' and status ~= 'active' then return 'stale' end
if redis.call('HGET', q .. ':restored', 'state') == 'holding' then return 'stale' end
local held = tonumber(redis.call('GET', q .. ':series-held') or '-1')

local function note(at, message_id, reason)
  if tonumber(at) <= held and message_id == '-' then reason = 'restored' end
  redis.call('HSET', parts_key(app, id), number, table.concat({ at, message_id, reason, detail }, ' '))
  redis.call('HDEL', parts_key(app, id), number - kept)
  number = number + 1
end

local function is_being_sent(message_id)
  local of_last = message_id and status_of(message_id)
  return of_last == 'scheduled' or of_last == 'dispatching' or of_last == 'sending' or of_last == 'paused'
end

-- Why the part gets no message; nil where it has one now.
local function make_message(message_id)
  if tonumber(instant) <= held then return 'restored' end
  if ARGV[10] == 'skip' and is_being_sent(last) then return 'overlap' end
  local answer = store_message({
    id = message_id, app = app, body = ARGV[12], push_at = ARGV[13], keep_until = ARGV[14], content_until = ARGV[15],
    max_waiting = tonumber(ARGV[16]), envelope = ARGV[17], names = names, escalates_at = ARGV[18],
  }, function(pieces) redis.call('COPY', series_audience(app, id), pieces) end)
  if answer == 0 then return 'too_many_waiting' end
  if answer ~= 1 then return 'audience_deleted' end
  redis.call('HSET', series, 'last', message_id)
end

local answer = 'moved'
for at, reason in ARGV[6]:gmatch('(%d+) (%S+)') do note(at, '-', reason) end
if instant ~= '' then
  local reason = make_message(ARGV[11])
  note(instant, reason and '-' or ARGV[11], reason or '-')
  if not reason then answer = 'made' end
end
redis.call('HSET', series, 'number', number)
local keep_until = redis.call('PEXPIRETIME', series)
if keep_until > 0 then redis.call('PEXPIREAT', parts_key(app, id), keep_until) end
if ARGV[5] == '' then redis.call('HSET', series, 'status', 'ended') end
expect_series(app, id, ARGV[5])
return answer
