-- uses: pushgate.terminals:placing
-- Every slot that a terminal left leads to the one that it has now, at once, and the bits of moved slots say so; slots of
-- terminals that are forgotten lead nowhere. KEYS[1]: the hash tag of the shard. ARGV: chunk of slots. Idempotent.
for _, field in ipairs(redis.call('HKEYS', s .. ':fwd:' .. ARGV[1])) do
  local slot = ARGV[1] * CHUNK + field
  local now_at = follow(slot)
  local row = row_at(now_at)
  if now_at == slot or not row or freed_in(row) then
    redis.call('HDEL', place('fwd', slot))
    set_bit('moved', slot, 0)
  else
    store('fwd', slot, struct.pack(SLOT, now_at))
    set_bit('moved', slot, 1)
    local former = redis.call('HGET', place('former', now_at)) or ''
    if not holds(former, struct.pack(SLOT, slot)) and #former < 4 * MAX_FORMER then
      store('former', now_at, former .. struct.pack(SLOT, slot))
    end
  end
end
write_bits()
