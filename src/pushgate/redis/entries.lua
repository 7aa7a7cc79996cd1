-- Entries of streams of events. The keys of one home, {app:shard}; of the queue, {q}, the same keys end with ':<app>':
--   :readers       hash: reader -> its place in the stream, a space, until when it reads (ms, 0 for ever). Where there is none,
--                  nobody reads, and nothing is written
--   :epoch         string: the number with which the ids of new entries begin: a second since 1970, or a higher one
--   :epoch-server  string: the run of the server in which the epoch goes on
--   :events        stream: '<epoch>-<n>' -> e: the entry. n counts from 0 in each epoch, without a hole. The first entry of an
--                  epoch tells why it began
-- An entry: 6 bytes when (ms), then parts. Numbers are big-endian; a text has its length before it; states and receipts are
-- numbers of KINDS. Slots: how many (2 bytes); where they are at most 48, 2 bytes each, little-endian; else the length of their
-- bits (2 bytes) and the bits, little-endian. A part begins with its kind:
--    1  the message of the parts that follow
--    2  a label, length of 2 bytes; labels are numbered from 1 on in the entry, 0 for none
--    3  terminals of a group that are pending from the plan on: group, how many (4 bytes)
--    4  slots of a block: block (4 bytes), group, from, to, number of the label, slots
--    5  the bundle of the parts that follow: its number (5 bytes)
--    6  slots of the bundle: from, to, number of the label, slots
--    7  a message's status: id, status
--    8  terminals were registered: group, how many (2 bytes), slots (4 bytes each)
--    9  terminals were removed: the same
--   10  something else: JSON, length of 4 bytes: [type, fields]. Processes of earlier versions pass over types that they do not
--       know. 'terminal.not_reached' is about slots of a block: message, block, group, step, unless, slots as one number in hex
--   11  an epoch begins: why
--   12  sums of a large message: id, how many groups (2 bytes); of each: group, how many sums, of each what it counts, and 4 bytes
--   13  status of small messages: creation time (6 bytes, ms), page (4 bytes), segment, status, slots: offsets in the segment
--   14  sums of a small message: creation time, page, segment, its offset in the segment (2 bytes), then as in 12
local KINDS, counted_text, begin_epoch, append_entry

-- Define these. A script that writes no entry does not pay for them.
local function open_entries()
  KINDS = { [''] = 0, pending = 1, accepted = 2, invalid = 3, rejected = 4, expired = 5, cancelled = 6, delivered = 16,
    clicked = 17, muted = 18, gone = 19, recalled = 20, unproven = 21, targeted = 32 }

  function counted_text(text) return string.char(#text) .. text end

  -- Begin an epoch of the stream, for a reason.
  function begin_epoch(head, suffix, reason)
    local time, last = redis.call('TIME'), redis.call('XREVRANGE', head .. ':events' .. suffix, '+', '-', 'COUNT', 1)[1]
    local known = { redis.call('GET', head .. ':epoch' .. suffix) or 0, last and last[1]:match('^%d+') or 0 }
    local epoch = math.max(tonumber(time[1]), known[1] + 1, known[2] + 1)
    redis.call('SET', head .. ':epoch' .. suffix, string.format('%d', epoch))
    local at = struct.pack('>I6', time[1] * 1000 + math.floor(time[2] / 1000))
    redis.call('XADD', head .. ':events' .. suffix, string.format('%d-*', epoch), 'e', at .. '\11' .. counted_text(reason))
  end

  -- Append an entry. Where the number of the epoch was lost, another one begins.
  function append_entry(head, suffix, content)
    local stream, time = head .. ':events' .. suffix, redis.call('TIME')
    local value = struct.pack('>I6', time[1] * 1000 + math.floor(time[2] / 1000)) .. content
    local epoch = redis.call('GET', head .. ':epoch' .. suffix)
    local added = epoch and redis.pcall('XADD', stream, epoch .. '-*', 'e', value)
    if type(added) ~= 'string' then
      begin_epoch(head, suffix, 'lost')
      redis.call('XADD', stream, redis.call('GET', head .. ':epoch' .. suffix) .. '-*', 'e', value)
    end
  end
end
