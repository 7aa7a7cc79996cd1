-- uses: leave
-- Take a reader's place away. KEYS[1]: head of the stream's keys. ARGV: their end, reader
redis.call('HDEL', readers, ARGV[2])
return leave_if_unread()
