-- uses: account
-- Read the results of one terminal in many messages.
-- ARGV: the places that the terminal has and had, 6 bytes each: shard (2), slot (4); then of each message the position that its
--   id says: page (4), segment (1), index (1)
-- Returns first a list of the bodies of all segments concerned; then for each message: '' where it is not for the terminal, was
--   not planned, or is forgotten; else { creation time (ms), offset in its segment, number of its bodies in the list (0 where
--   they were dropped), and the values of the terminal's slot as read.lua returns them }
local heads = {} -- of bundles: the stored head with the sends, and where these begin

local function is_for_terminal(place)
  local number, slot = place[1], place[2]
  if heads[number] == nil then
    local head = redis.call('HGET', bundle_key(number), number .. 's')
    heads[number] = head and { head, (select(6, bundle_head(head))) }
  end
  local head = heads[number]
  if not head then return false end
  local from = head[2] + SEND * slot + 4
  local target = head[1]:sub(from, from + 5)
  for at = 1, #ARGV[1], 6 do
    if ARGV[1]:sub(at, at + 5) == target then return true end
  end
  return false
end

local function read(page, segment, index)
  local cells = redis.call('HGET', page_key(page), segment)
  local message = cells and find_message((struct.unpack('>I6', cells)), page, segment, index)
  if not message then return '' end
  for _, place in ipairs(placements(message)) do
    if is_for_terminal(place) then
      local row = { (struct.unpack('>I6', message.cells)), message.index, bodies_of(message.page, message.segment) }
      add_slot_values(place, row)
      return row
    end
  end
  return ''
end

local answers = {}
for i = 2, #ARGV do answers[i - 1] = read(struct.unpack('>I4BB', ARGV[i])) end
return { bodies, unpack(answers) }
