-- uses: terms
-- List terms bucket by bucket. ARGV: first bucket, bucket after the last one, how many terms are enough
-- Returns the bucket to go on with, then terms.
local bucket, last, enough = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local answer = { 0 }
while bucket < last and #answer <= enough do
  for _, term in ipairs(redis.call('HKEYS', s .. ':terms:' .. string.format('%04x', bucket))) do answer[#answer + 1] = term end
  bucket = bucket + 1
end
answer[1] = bucket
return answer
