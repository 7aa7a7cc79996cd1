-- uses: slots
-- Free slots that keep the id or the user of an erased terminal keep another name. ARGV: slot, id, the name, by turns
-- A slot from which somebody's terminal is found keeps that terminal's id, and loses the user.
-- Returns how many there were; a slot that has another id, or a terminal, is left alone.
local renamed = 0
for i = 1, #ARGV, 3 do
  local slot, id, name = tonumber(ARGV[i]), ARGV[i + 1], ARGV[i + 2]
  local row = row_at(slot)
  if row and freed_in(row) and fields_of(row)[1] == id then
    local leads_on = redis.call('HEXISTS', place('fwd', slot)) == 1
    rename(slot, leads_on and id or name)
    if not leads_on then redis.call('HDEL', place('small', slot)) end
    renamed = renamed + 1
  end
end
return renamed
