-- uses: token_owners
-- Terminals take tokens over: each becomes the first owner of its token.
local MAX_OWNERS = 8
return each_token(function(key, digest, id, others)
  table.insert(others, 1, id)
  redis.call('HSET', key, digest, table.concat(others, '\n', 1, math.min(#others, MAX_OWNERS)))
end)
