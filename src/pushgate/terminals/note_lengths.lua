-- uses: rows
-- Note how long attributes of terminals are that are written without a script. ARGV: attributes with their values as they are stored,
-- of each attribute the longest ones
for i = 1, #ARGV, 2 do note_lengths('a:', { [ARGV[i]] = ARGV[i + 1] }) end
write_lengths()
