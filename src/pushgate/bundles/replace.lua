-- uses: home
-- Replace a message that waits: another segment stands for it from now on.
-- ARGV: creation time (ms), page, segment, index of the message; page and segment that take its place, 1 if urgent, push time (ms),
--   bodies of the one message, page and segment that stand for it now, keep contents until (ms), keep results until (ms), now (ms)
-- Returns 'stored'; 'changed' where the message is another one by now or is not waiting; 'missing'.
local new_page, new_segment = tonumber(ARGV[5]), tonumber(ARGV[6])
local message = find_message(tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]))
if not message then return 'missing' end
local is_as_read = message.page == tonumber(ARGV[10]) and message.segment == tonumber(ARGV[11])
local is_new = message.page == new_page and message.segment == new_segment
if is_new and not is_as_read then return 'stored' end -- the call is repeated
if message.kind ~= WAITS or not is_as_read then return 'changed' end
-- Where Redis lost its latest writes, the number of a page may be given twice: the caller tries another one.
if redis.call('EXISTS', page_key(new_page)) == 1 then return 'changed' end

redis.call('HSET', page_key(new_page), new_segment, message.cells:sub(1, CELLS_HEAD) .. struct.pack('>BI5I2', WAITS, 0, 0),
  new_segment .. 'o', struct.pack('>I4BI2', ARGV[2], ARGV[3], ARGV[4]))
redis.call('HSET', T .. ':c:' .. new_page, new_segment, ARGV[9])
keep(T .. ':c:' .. new_page, ARGV[12])
keep(page_key(new_page), ARGV[13])
local first_page, first_segment, first_index = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
keep(page_key(first_page), ARGV[13]) -- the id leads there
local first = redis.call('HGET', page_key(first_page), first_segment)
local at = CELLS_HEAD + CELL * first_index
local target = string.char(REPLACED) .. struct.pack('>I4BI2', new_page, new_segment, 0)
first = first:sub(1, at) .. target .. first:sub(at + CELL + 1)
redis.call('HSET', page_key(first_page), first_segment, first)

-- The place that stood for the message is empty now, but that of its id, which others may share.
local is_first = message.page == first_page and message.segment == first_segment
if not is_first then
  redis.call('HDEL', page_key(message.page), message.segment, message.segment .. 'o')
  redis.call('HDEL', T .. ':c:' .. message.page, message.segment)
end
leave_queue(message.page, message.segment)
announce(tonumber(ARGV[8]), ARGV[7] == '1', tonumber(ARGV[14]))
redis.call('ZADD', T .. (ARGV[7] == '1' and ':urgent' or ':due'), ARGV[8], struct.pack('>I4B', new_page, new_segment))
return 'stored'
