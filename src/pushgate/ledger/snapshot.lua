-- uses: noted_moves
-- Write the sums of the message in this shard into the stream of events, for readers that missed some. Returns 1.
if is_read then note_sums() end
write_moves()
return 1
