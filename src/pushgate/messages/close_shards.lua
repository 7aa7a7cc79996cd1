-- uses: status
-- Note that no terminal of a message is open in some shards any more. ARGV: id, numbers of the shards
-- Returns 1 where no shard is known to have anything open, so that all of them are worth a look, else 0.
local id = ARGV[1]
local bits = redis.call('HGET', key(id), 'open')
if not bits then return 1 end
local before = bits
for i = 2, #ARGV do
  local at = math.floor(ARGV[i] / 8) + 1
  local byte = bits:byte(at)
  if byte then
    local left = bit.band(byte, bit.bnot(bit.lshift(1, ARGV[i] % 8)))
    if left ~= byte then bits = bits:sub(1, at - 1) .. string.char(left) .. bits:sub(at + 1) end
  end
end
if bits ~= before then redis.call('HSET', key(id), 'open', bits) end
return bits:find('[^%z]') and 0 or 1
