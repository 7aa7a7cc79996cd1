-- uses: slots
-- Which of these slots a terminal has, or had before it became free. ARGV: terminal id, slots. Returns the slot, or none.
for i = 2, #ARGV do
  if id_at(tonumber(ARGV[i])) == ARGV[1] then return { ARGV[i] } end
end
return {}
