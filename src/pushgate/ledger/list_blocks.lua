-- uses: shard
-- List blocks that have slots in a set, one portion of them. ARGV: set, cursor ('0' at first), size of the portion
-- Returns the next cursor ('0' at the end), then by turns number and group of each block.
local cursor, blocks = scan(ARGV[1], ARGV[2], ARGV[3])
read_groups(blocks)
local answers = { cursor }
for _, block in ipairs(blocks) do
  answers[#answers + 1] = block
  answers[#answers + 1] = group_of(block)
end
return answers
