-- uses: blocks
-- Begin to empty blocks. ARGV: block numbers. A block is left alone while it has slots that were never given out, or that are
-- reserved for terminals to come. Returns the blocks that are being emptied from now on.
local answer = {}
for _, number in ipairs(ARGV) do
  local block = tonumber(number)
  if rows_in(block) == BLOCK then
    redis.call('SADD', s .. ':draining', block)
    answer[#answer + 1] = block
  end
end
return answer
