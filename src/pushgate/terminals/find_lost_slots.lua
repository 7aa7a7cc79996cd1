-- uses: blocks
-- Slots that were given out and have no row: they are reserved for terminals that are about to be written, or were lost.
-- ARGV: block numbers. Returns for each block the offsets of these slots in it, 2 bytes each.
local answer = {}
for i, number in ipairs(ARGV) do
  local block, lost = tonumber(number), {}
  local size = given_out(block)
  if rows_in(block) < size then
    for chunk, key in ipairs(chunk_keys('rows', block)) do
      local has_row = {}
      for _, field in ipairs(redis.call('HKEYS', key)) do has_row[tonumber(field)] = true end
      for field = 0, CHUNK - 1 do
        local offset = (chunk - 1) * CHUNK + field
        if offset < size and not has_row[field] then lost[#lost + 1] = struct.pack(OFFSET, offset) end
      end
    end
  end
  answer[i] = table.concat(lost)
end
return answer
