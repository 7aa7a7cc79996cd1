-- uses: slot_state
-- Read the results of one terminal in many messages. KEYS[1]: {app:shard}, the hash tag of the terminal's shard
-- ARGV: how many pushes at most, number of slots, block number and offset into the block of each, then the ids of messages
-- Returns { how many of the messages were looked at }, then for each message that is for one of the slots its id, and the values
--   of the first such slot (slot_state.lua). Messages that brought push tokens have no slots of the registry.
local max_pushes, slots = tonumber(ARGV[1]), tonumber(ARGV[2])
local first = 3 + 2 * slots

-- All that follows is about this message.
local function turn_to(id)
  m = home .. ':m:' .. id
  forms, groups, brought, labels = {}, {}, nil, nil
end

local function push_of_message()
  for i = 3, first - 1, 2 do
    if is_in_set('targeted', ARGV[i], tonumber(ARGV[i + 1])) then
      local is_readable = redis.call('EXISTS', m .. ':blocks') == 0 and is_planned()
      return is_readable and slot_values(ARGV[i], tonumber(ARGV[i + 1]))
    end
  end
end

local answer, pushes, looked_at = { 0 }, 0, 0
for i = first, #ARGV do
  if pushes == max_pushes then break end
  turn_to(ARGV[i])
  local values = push_of_message()
  if values then
    answer[#answer + 1] = ARGV[i]
    for _, value in ipairs(values) do answer[#answer + 1] = value end
    pushes = pushes + 1
  end
  looked_at = looked_at + 1
end
answer[1] = looked_at
return answer
