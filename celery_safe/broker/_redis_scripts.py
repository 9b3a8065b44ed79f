"""The steps on Redis that must not be torn apart. Times are the server's, so that hosts agree."""

from __future__ import annotations

_NOW = """
local t = redis.call('TIME')
local now = tonumber(t[1]) + tonumber(t[2]) / 1000000
local function text(x) return string.format('%.6f', x) end
"""

#: KEYS: any. Fails where the server cannot do what the others need.
PROBE = "return redis.call('LMOVE', KEYS[1] .. ':probe', KEYS[1] .. ':probe', 'RIGHT', 'RIGHT')"

#: KEYS: queue, its list of what is in transit, queue, list... Returns the queue and the message, or nil.
TAKE = """
for i = 1, #KEYS, 2 do
  local item = redis.call('LMOVE', KEYS[i], KEYS[i + 1], 'RIGHT', 'LEFT')
  if item then return {KEYS[i], item} end
end
return false
"""

#: KEYS: leases, tags of the consumer, index. ARGV: consumer, seconds.
RENEW = (
    _NOW
    + """
redis.call('ZADD', KEYS[1], text(now + tonumber(ARGV[2])), ARGV[1])
for _, tag in ipairs(redis.call('SMEMBERS', KEYS[2])) do
  redis.call('ZADD', KEYS[3], 'XX', text(now), tag)
end
return 1
"""
)

#: KEYS: leases. ARGV: root of the consumers' keys, seconds.
#: Takes one whose lease has run out, under a lease of the one who asks; what is in transit goes back
#: to its queues at once. Returns its id, the end of that lease, how many were in transit, its tags.
REAP = (
    _NOW
    + """
local dead = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', text(now), 'LIMIT', 0, 1)[1]
if not dead then return false end
local until_ = text(now + tonumber(ARGV[2]))
redis.call('ZADD', KEYS[1], until_, dead)
local root, moved = ARGV[1] .. ':' .. dead .. ':', 0
for _, source in ipairs(redis.call('SMEMBERS', root .. 'sources')) do
  while redis.call('LMOVE', root .. 'taking:' .. source, source, 'LEFT', 'RIGHT') do
    moved = moved + 1
  end
end
return {dead, until_, moved, redis.call('SMEMBERS', root .. 'tags')}
"""
)

#: KEYS: leases. ARGV: root, consumer, the end of the lease under which it was taken, tags given back.
#: Forgets a dead consumer, unless it turned out to live.
BURY = """
local root = ARGV[1] .. ':' .. ARGV[2] .. ':'
for i = 4, #ARGV do redis.call('SREM', root .. 'tags', ARGV[i]) end
local until_ = redis.call('ZSCORE', KEYS[1], ARGV[2])
if until_ and tonumber(until_) == tonumber(ARGV[3]) and redis.call('SCARD', root .. 'tags') == 0 then
  redis.call('ZREM', KEYS[1], ARGV[2])
  redis.call('DEL', root .. 'sources')
end
return 1
"""

#: KEYS: any. ARGV: root, consumer. Gives what is in transit to a consumer back to its queues: the
#: answer with it was lost with the connection, and nobody else reads it while the lease is renewed.
GIVE_BACK = """
local root, moved = ARGV[1] .. ':' .. ARGV[2] .. ':', 0
for _, source in ipairs(redis.call('SMEMBERS', root .. 'sources')) do
  while redis.call('LMOVE', root .. 'taking:' .. source, source, 'LEFT', 'RIGHT') do
    moved = moved + 1
  end
end
return moved
"""
