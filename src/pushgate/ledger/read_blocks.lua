-- uses: shard
-- Read blocks. ARGV: how many names, names of sets, or 'failed' for the parts of the block's failures; block numbers
-- Returns for each block its group, then for each name bits (128 bytes, '' for none) or the parts.
local names, answers = tonumber(ARGV[1]), {}
for i = 2 + names, #ARGV do
  local block = ARGV[i]
  answers[#answers + 1] = group_of(block)
  for number = 2, 1 + names do
    local name = ARGV[number]
    answers[#answers + 1] = (name == 'failed' and redis.call('HGET', m .. ':failed', block)
      or name ~= 'failed' and bytes_in(name, block)) or ''
  end
end
return answers
