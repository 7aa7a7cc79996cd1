-- Note in a shard which variant the slots in 'rest' get. An earlier decision in the shard holds: a later one was made without
-- knowing of it, because the queue had gone back to an earlier state.
-- KEYS[1]: {app:shard}:m:<message id>. ARGV: the decision (JSON), the number of its variant, when it was decided (ms), keep until (ms)
-- Returns the decision that the shard has.
local m, decision, variant, at = KEYS[1], ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local told_at, told_variant, told = (redis.call('GET', m .. ':winner-told') or ''):match('^(%d+) (%d+) (.*)$')
told_at, told_variant = tonumber(told_at), tonumber(told_variant)
if told and (told_at < at or told_at == at and told_variant < variant) then decision, variant, at = told, told_variant, told_at end
redis.call('SET', m .. ':winner', variant, 'PXAT', ARGV[4])
redis.call('SET', m .. ':winner-told', at .. ' ' .. variant .. ' ' .. decision, 'PXAT', ARGV[4])
return decision
