-- Erase push tokens that a message brought; their slots stay. KEYS[1]: {app:shard}:m:<message id>. ARGV: digests of the tokens
-- Returns how many there were.
local m, erased = KEYS[1], 0
for _, digest in ipairs(ARGV) do
  local packed = redis.call('HGET', m .. ':inline', digest)
  if packed then
    local slot = struct.unpack('<I4', packed)
    redis.call('HDEL', m .. ':tokens:' .. math.floor(slot / 64), slot % 64)
    erased = erased + redis.call('HDEL', m .. ':inline', digest)
  end
end
return erased
