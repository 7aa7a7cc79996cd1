-- Read the results of a message in a shard, in one step.
-- KEYS[1]: head of the message's keys in the shard.
-- Returns the fields and values of counts, failures and timeline.
return {
  redis.call('HGETALL', KEYS[1] .. ':counts'),
  redis.call('HGETALL', KEYS[1] .. ':failures'),
  redis.call('HGETALL', KEYS[1] .. ':timeline'),
}
