-- uses: quota
-- What is known of a quota. Wants that have lapsed are dropped first: nobody else may have asked since.
-- ARGV: now (ms)
-- Returns used, reserved, when the vendor said that it is used up (ms) or 0, and what each rank wants.
drop_lapsed(ARGV[1])
return { number_of('used'), number_of('reserved'), number_of('full'), number_of('w:0'), number_of('w:1'), number_of('w:2') }
