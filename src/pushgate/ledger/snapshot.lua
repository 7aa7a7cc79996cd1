-- uses: noted_moves
-- Write the sums of the message in this shard into the stream of events, for readers that missed some. Returns 1.
if not is_read then return 1 end
local flat, groups, sums = redis.call('HGETALL', m .. ':counts'), {}, {}
for i = 1, #flat, 2 do
  local group, name = flat[i]:match('^(.+)|(%a+)$')
  if group and KINDS[name] and flat[i + 1] ~= '0' then
    if not sums[group] then
      sums[group] = {}
      groups[#groups + 1] = group
    end
    table.insert(sums[group], struct.pack('>BI4', KINDS[name], flat[i + 1]))
  end
end
note_sums(groups, sums)
write_events()
return 1
