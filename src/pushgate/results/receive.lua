-- uses: account
-- Record receipts. ARGV: 'delivered' | 'clicked', keep until ms, minute, then block field and offset by turns.
-- Only terminals that were targeted count, each once. Returns for each: 1 new, 0 known, -1 not targeted.
local kind, until_ms, minute = ARGV[1], ARGV[2], ARGV[3]
local answers, cached = {}, {}
for i = 4, #ARGV, 2 do
  local field, offset = ARGV[i], tonumber(ARGV[i + 1])
  local index, mask = math.floor(offset / 32) + 1, bit.lshift(1, offset % 32)
  local block = cached[field]
  if not block then
    block = { targeted = words(redis.call('HGET', m .. ':targeted', field)), seen = words(redis.call('HGET', m .. ':' .. kind, field)), new = 0 }
    cached[field] = block
  end
  if bit.band(bit.tobit(block.targeted[index]), mask) == 0 then
    answers[#answers + 1] = -1
  elseif bit.band(bit.tobit(block.seen[index]), mask) ~= 0 then
    answers[#answers + 1] = 0
  else
    block.seen[index] = bit.bor(bit.tobit(block.seen[index]), mask)
    block.new = block.new + 1
    answers[#answers + 1] = 1
  end
end
for field, block in pairs(cached) do
  if block.new > 0 then
    keep(m .. ':' .. kind, field, block.seen)
    redis.call('HINCRBY', m .. ':counts', group_of(field) .. '|' .. kind, block.new)
    redis.call('HINCRBY', m .. ':timeline', minute .. '|' .. kind, block.new)
    keep_until({ ':' .. kind, ':counts', ':timeline' }, until_ms)
  end
end
return answers
