-- uses: pushgate.terminals:rows
-- Rows of free slots say since when the slots are free, as the list of free slots does. KEYS[1]: the hash tag of the shard
-- ARGV: group, first and last place in its list. Idempotent.
for _, entry in ipairs(redis.call('LRANGE', s .. ':free:' .. ARGV[1], ARGV[2], ARGV[3])) do
  local freed, slot = struct.unpack(FREED, entry)
  local row = row_at(slot)
  if row and freed_in(row) == 0 then
    store('rows', slot, struct.pack('<I6', freed * 1000) .. row:sub(7))
  end
end
