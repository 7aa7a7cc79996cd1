-- uses: home
-- Store segments of one page, and schedule them. Harmless when repeated.
-- ARGV: page, now (ms), keep contents until (ms), keep results until (ms), how many messages may wait here (-1 for any
--   number), how long idempotency records are kept (ms), how many segments, entry of the audit log or ''; then of each
--   segment: number, 1 if urgent, push time (ms), bodies, count, 1 if any message has an idempotency key; and where one has,
--   for each message: digest of the key or '', record
-- Returns {} where the page has others of these segments: nothing is stored. Else for each segment '' where every message is
--   stored, or for each message one byte: 's' stored, 'f' full, 'k' known; and after the bytes of all segments the known
--   records, in order.
local page, now = ARGV[1], tonumber(ARGV[2])
local contents_until, results_until = ARGV[3], ARGV[4]
local room, record_ms, segments, entry = tonumber(ARGV[5]), ARGV[6], tonumber(ARGV[7]), ARGV[8]
local packed_page = struct.pack('>I4', page)
local answers, records, added = {}, {}, 0

if room >= 0 then
  local waiting = redis.call('HMGET', T .. ':waiting', 'scheduled', 'open')
  room = math.max(0, room - tonumber(waiting[1] or 0) - tonumber(waiting[2] or 0))
end

-- Tell readers of the messages that are stored.
local function note_stored(segment, verdicts)
  local indexes = {}
  for i, verdict in ipairs(verdicts) do
    if verdict == 's' then indexes[#indexes + 1] = i - 1 end
  end
  note_status(page, segment, SCHEDULED, indexes)
end

local created = struct.pack('>I6', now)
local at, before = 9, {}
-- Where Redis lost its latest writes, the number of a page may be given twice.
for n = 1, segments do
  before[n] = redis.call('HGET', page_key(page), ARGV[at])
  if before[n] and before[n]:sub(1, CELLS_HEAD) ~= created then return {} end
  at = at + 6 + (ARGV[at + 5] == '1' and 2 * ARGV[at + 4] or 0)
end

at = 9
for n = 1, segments do
  local segment, urgent, push_at, bodies = ARGV[at], ARGV[at + 1] == '1', ARGV[at + 2], ARGV[at + 3]
  local count, keyed = tonumber(ARGV[at + 4]), ARGV[at + 5] == '1'
  at = at + 6
  if before[n] then
    -- The call is repeated, because its first answer was lost.
    local cells, verdicts, all = before[n], {}, true
    for index = 0, count - 1 do
      local digest = keyed and ARGV[at + 2 * index] or ''
      verdicts[index + 1] = 's'
      if #cells < CELLS_HEAD + CELL * (index + 1) or cell_at(cells, index) == VOID then
        local known = digest ~= '' and redis.call('GET', T .. ':i:' .. digest)
        verdicts[index + 1], all = known and 'k' or 'f', false
        if known then records[#records + 1] = known end
      end
    end
    answers[n] = all and '' or table.concat(verdicts)
  else
    local cells, verdicts, stored, last = { created }, {}, 0, 1
    for index = 0, count - 1 do
      local digest = keyed and ARGV[at + 2 * index] or ''
      local known = digest ~= '' and redis.call('GET', T .. ':i:' .. digest)
      local verdict = known and 'k' or (room >= 0 and added + stored >= room) and 'f' or 's'
      if verdict == 'k' then
        records[#records + 1] = known
      elseif verdict == 's' then
        stored, last = stored + 1, index + 2
        if digest ~= '' then redis.call('SET', T .. ':i:' .. digest, ARGV[at + 2 * index + 1], 'PX', record_ms) end
      end
      verdicts[index + 1] = verdict
      cells[index + 2] = struct.pack('>BI5I2', verdict == 's' and WAITS or VOID, 0, 0)
    end
    -- Messages that are not stored, which may be very many, leave nothing behind the last one that is.
    if stored > 0 then
      redis.call('HSET', page_key(page), segment, table.concat(cells, '', 1, last))
      redis.call('HSET', T .. ':c:' .. page, segment, bodies)
      redis.call('ZADD', T .. (urgent and ':urgent' or ':due'), push_at, packed_page .. string.char(segment))
      announce(push_at, urgent, now)
      if is_read then note_stored(segment, verdicts) end
    end
    added = added + stored
    answers[n] = stored == count and '' or table.concat(verdicts)
  end
  if keyed then at = at + 2 * count end
end
if added > 0 then
  local begun = redis.call('HGET', page_key(page), 'b')
  if not begun then
    begun = created
    redis.call('HSET', page_key(page), 'b', begun)
  end
  keep(page_key(page), results_until)
  keep(T .. ':c:' .. page, contents_until)
  redis.call('ZADD', T .. ':pages', 'GT', now, packed_page .. begun)
  add_waiting('scheduled', added)
  if entry ~= '' then
    local verdicts = segments == 1 and answers[1] or table.concat(answers, ',', 1, segments)
    if verdicts:find('[^,]') then
      redis.call('XADD', T .. ':audit', '*', 'm', entry, 'v', verdicts)
    else
      redis.call('XADD', T .. ':audit', '*', 'm', entry)
    end
  end
  write_events()
end
for _, record in ipairs(records) do answers[#answers + 1] = record end
return answers
