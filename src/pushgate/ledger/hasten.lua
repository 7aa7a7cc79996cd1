-- uses: shard
-- Let blocks be taken now whose retry is due later. ARGV: now (ms), block numbers. Returns how many.
local hastened = 0
for i = 2, #ARGV do
  local kind, at = waiting(ARGV[i])
  if (kind == 'retry' or kind == 'alone') and tonumber(at) > tonumber(ARGV[1]) then
    redis.call('HSET', m .. ':waiting', ARGV[i], kind .. ' ' .. ARGV[1])
    hastened = hastened + 1
  end
end
return hastened
