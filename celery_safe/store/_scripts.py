"""The steps of the Redis store that must not be torn apart, each one Lua script.

Keys, all with the prefix's hash tag, so that a cluster keeps them in one slot:
``<p>:m:<id>`` a hash per message, ``<p>:due:<kind>`` ids by the time to look at them again
(due, or end of lease), ``<p>:all`` ids by creation, ``<p>:bytes`` the sum of body sizes.
Entry ids are made into keys inside the scripts, under the one declared prefix.
"""

from __future__ import annotations

_HEAD = """
local p = KEYS[1]
local t = redis.call('TIME')
local now = tonumber(t[1]) + tonumber(t[2]) / 1000000
local function text(x) return string.format('%.6f', x) end
local function drop(id)
  local m = p .. ':m:' .. id
  local kind, size = unpack(redis.call('HMGET', m, 'kind', 'size'))
  redis.call('ZREM', p .. ':due:' .. kind, id)
  redis.call('ZREM', p .. ':all', id)
  redis.call('DECRBY', p .. ':bytes', size)
  redis.call('DEL', m)
end
local function add(id, created, fields)
  local m = p .. ':m:' .. id
  redis.call('HSET', m, 'created_at', created, unpack(fields))
  local kind, delay, size = unpack(redis.call('HMGET', m, 'kind', 'delay', 'size'))
  redis.call('HDEL', m, 'delay')
  if delay ~= '' then
    local due = text(now + tonumber(delay))
    redis.call('HSET', m, 'due_at', due)
    redis.call('ZADD', p .. ':due:' .. kind, due, id)
  end
  redis.call('ZADD', p .. ':all', created, id)
  redis.call('INCRBY', p .. ':bytes', size)
end
local function lease(id)
  return unpack(redis.call('HMGET', p .. ':m:' .. id, 'owner', 'lease_until'))
end
local function held(id, owner)
  local o, l = lease(id)
  return o == owner and l and tonumber(l) > now
end
local function free(id)
  if redis.call('EXISTS', p .. ':m:' .. id) == 0 then return false end
  local _, l = lease(id)
  return not l or tonumber(l) <= now
end
"""

#: ARGV: max messages, max bytes ('' none), then per entry: id, size, number of fields, fields...
#: Returns {} or {'messages' | 'bytes', what it would hold}.
PUT = (
    _HEAD
    + """
local fresh, count, bytes, i = {}, 0, 0, 3
local seen = {}
while i <= #ARGV do
  local id, size, n = ARGV[i], tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2])
  if not seen[id] and redis.call('EXISTS', p .. ':m:' .. id) == 0 then
    seen[id] = true
    fresh[#fresh + 1] = {id, i + 3, i + 2 + n}
    count, bytes = count + 1, bytes + size
  end
  i = i + 3 + n
end
if count == 0 then return {} end
local messages = redis.call('ZCARD', p .. ':all') + count
if ARGV[1] ~= '' and messages > tonumber(ARGV[1]) then return {'messages', messages} end
local total = tonumber(redis.call('GET', p .. ':bytes') or '0') + bytes
if ARGV[2] ~= '' and total > tonumber(ARGV[2]) then return {'bytes', total} end
for k, e in ipairs(fresh) do
  local fields = {}
  for j = e[2], e[3] do fields[#fields + 1] = ARGV[j] end
  add(e[1], text(now), fields)
end
return {}
"""
)

#: ARGV: owner, lease, limit, kinds... Returns ids, the longest due first.
CLAIM = (
    _HEAD
    + """
local limit, ready = tonumber(ARGV[3]), {}
for i = 4, #ARGV do
  local found = redis.call('ZRANGEBYSCORE', p .. ':due:' .. ARGV[i], '-inf', text(now),
                           'WITHSCORES', 'LIMIT', 0, limit)
  for j = 1, #found, 2 do ready[#ready + 1] = {found[j], tonumber(found[j + 1]), ARGV[i]} end
end
table.sort(ready, function(a, b) if a[2] == b[2] then return a[1] < b[1] end return a[2] < b[2] end)
local ids, until_ = {}, text(now + tonumber(ARGV[2]))
for i = 1, math.min(limit, #ready) do
  local id = ready[i][1]
  redis.call('HSET', p .. ':m:' .. id, 'owner', ARGV[1], 'lease_until', until_)
  redis.call('ZADD', p .. ':due:' .. ready[i][3], until_, id)
  ids[i] = id
end
return ids
"""
)

#: ARGV: owner, lease, ids... Returns the ids that are still held.
RENEW = (
    _HEAD
    + """
local ids, until_ = {}, text(now + tonumber(ARGV[2]))
for i = 3, #ARGV do
  local id = ARGV[i]
  if held(id, ARGV[1]) then
    redis.call('HSET', p .. ':m:' .. id, 'lease_until', until_)
    redis.call('ZADD', p .. ':due:' .. redis.call('HGET', p .. ':m:' .. id, 'kind'), until_, id)
    ids[#ids + 1] = id
  end
end
return ids
"""
)

#: ARGV: owner, ids... Returns the ids that were held and are deleted.
DONE = (
    _HEAD
    + """
local ids = {}
for i = 2, #ARGV do
  if held(ARGV[i], ARGV[1]) then drop(ARGV[i]); ids[#ids + 1] = ARGV[i] end
end
return ids
"""
)

#: ARGV: owner, delay ('' none), error ('' keeps the last), ids...
RELEASE = (
    _HEAD
    + """
local ids = {}
for i = 4, #ARGV do
  local id = ARGV[i]
  local m = p .. ':m:' .. id
  if held(id, ARGV[1]) then
    local due = p .. ':due:' .. redis.call('HGET', m, 'kind')
    redis.call('HDEL', m, 'owner', 'lease_until', 'due_at')
    redis.call('HINCRBY', m, 'attempts', 1)
    if ARGV[3] ~= '' then redis.call('HSET', m, 'error', ARGV[3]) end
    if ARGV[2] == '' then redis.call('ZREM', due, id) else
      local at = text(now + tonumber(ARGV[2]))
      redis.call('HSET', m, 'due_at', at)
      redis.call('ZADD', due, at, id)
    end
    ids[#ids + 1] = id
  end
end
return ids
"""
)

#: ARGV: id, new id, fields... Returns 1 if it was replaced.
REPLACE = (
    _HEAD
    + """
local id, fields = ARGV[1], {}
if not free(id) then return 0 end
local created = redis.call('HGET', p .. ':m:' .. id, 'created_at')
drop(id)
for j = 3, #ARGV do fields[#fields + 1] = ARGV[j] end
add(ARGV[2], created, fields)
return 1
"""
)

#: ARGV: ids... Returns the ids that were unclaimed and are deleted.
DISCARD = (
    _HEAD
    + """
local ids = {}
for i = 1, #ARGV do
  if free(ARGV[i]) then drop(ARGV[i]); ids[#ids + 1] = ARGV[i] end
end
return ids
"""
)
