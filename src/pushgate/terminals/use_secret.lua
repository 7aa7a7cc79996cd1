-- uses: slots
-- A device used a secret: those before it are not valid any more. ARGV: id, bucket, digest.
local slot = slot_of(ARGV[1], ARGV[2])
local digests = slot and redis.call('HGET', place('secrets', slot)) or ''
for at = 1, #digests, SECRET do
  if digests:sub(at, at + SECRET - 1) == ARGV[3] then
    store('secrets', slot, digests:sub(1, at + SECRET - 1))
    break
  end
end
