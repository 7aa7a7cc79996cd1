-- Mark the store before it is copied. KEYS[1]: {q}; see look_at_store.lua
--   {q}:backup:open  sorted set: ids of large messages that were being sent then. Where shards are copied before the queue, the
--                    queue's copy may know such a message as sent while a shard's copy has pending terminals
-- ARGV: now (ms), id of the backup
-- Returns 1.
local q = KEYS[1]
local run = redis.call('INFO', 'server'):match('run_id:(%w+)') or ''
redis.call('HSET', q .. ':backup', 'id', ARGV[2], 'at', ARGV[1], 'run', run)
redis.call('ZUNIONSTORE', q .. ':backup:open', 3, q .. ':dispatching', q .. ':sending', q .. ':settling')
return 1
