-- uses: home
-- A waiting message is about to become a large one: see enlarged.lua. One that is put aside stays as it is.
-- ARGV: creation time (ms), page, segment, index of the message
-- Returns the kind of its cell, with its flag; -1 where there is no such message.
local message = find_message(tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]))
if not message then return -1 end
local is_held = redis.call('ZSCORE', T .. ':restored-segments', struct.pack('>I4B', message.page, message.segment))
if message.kind ~= WAITS or is_held then return message.kind end
put_cell(message.page, message.segment, message.cells, message.index, BECOMES_LARGE, 0, 0)
add_waiting('scheduled', -1)
return BECOMES_LARGE
