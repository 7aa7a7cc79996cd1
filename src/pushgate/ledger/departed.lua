-- uses: shard
-- List slots that the message is for and whose terminals left them, because they were forgotten or went to another group.
-- ARGV: cursor ('0' at first), size of a portion. Returns the next cursor ('0' at the end), then by turns block numbers and
--   bits (128 bytes). A block that stays comes at least once. Not for push tokens that the message brought
local cursor, blocks = scan('targeted', ARGV[1], ARGV[2])
local answer = { cursor }
for _, block in ipairs(blocks) do
  local range, at = math.floor(block / BLOCKS_PER_RANGE), block % BLOCKS_PER_RANGE * BYTES
  local alive = redis.call('GETRANGE', home .. ':b:' .. range .. ':alive', at, at + BYTES - 1)
  local left = without(slots_in('targeted', block) or words(nil), words(alive .. NONE:sub(#alive + 1)))
  if count(left) > 0 then
    answer[#answer + 1] = block
    answer[#answer + 1] = raw(left)
  end
end
return answer
