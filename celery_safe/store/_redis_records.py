"""Records in Redis: a hash and a sorted set of keys for each topic, so that prefixes can be asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from kombu.utils.json import dumps, loads

from celery_safe.store._records import Record

_HEAD = """
local hash, keys = KEYS[1], KEYS[1] .. ':keys'
local t = redis.call('TIME')
local now = tonumber(t[1]) + tonumber(t[2]) / 1000000
local function text(x) return string.format('%.6f', x) end
local function ended(raw)
  local written, ends = string.match(raw, '^(%S+) (%S+) ')
  return ends ~= '-' and tonumber(ends) <= now
end
"""
#: ARGV: key, ttl ('' none), value, '1' to keep what is there. A row is "written ends value".
_WRITE = (
    _HEAD
    + """
if ARGV[4] == '1' then
  local raw = redis.call('HGET', hash, ARGV[1])
  if raw and not ended(raw) then return 0 end
end
local ends = '-'
if ARGV[2] ~= '' then ends = text(now + tonumber(ARGV[2])) end
redis.call('HSET', hash, ARGV[1], text(now) .. ' ' .. ends .. ' ' .. ARGV[3])
redis.call('ZADD', keys, 0, ARGV[1])
return 1
"""
)
#: ARGV: first, beyond the last, limit.
_READ = (
    _HEAD
    + """
local found, at, limit = {}, 0, tonumber(ARGV[3])
while #found < 2 * limit do
  local page = redis.call('ZRANGEBYLEX', keys, ARGV[1], ARGV[2], 'LIMIT', at, 500)
  if #page == 0 then break end
  at = at + #page
  for _, key in ipairs(page) do
    local raw = redis.call('HGET', hash, key)
    if raw and not ended(raw) and #found < 2 * limit then
      found[#found + 1] = key
      found[#found + 1] = raw
    end
  end
end
return found
"""
)
#: ARGV: keys...
_ERASE = (
    _HEAD
    + """
for i = 1, #ARGV do
  redis.call('HDEL', hash, ARGV[i])
  redis.call('ZREM', keys, ARGV[i])
end
return 1
"""
)
#: ARGV: cursor of HSCAN. Returns the next one.
_SWEEP = (
    _HEAD
    + """
local page = redis.call('HSCAN', hash, ARGV[1], 'COUNT', 500)
for i = 1, #page[2], 2 do
  if ended(page[2][i + 1]) then
    redis.call('HDEL', hash, page[2][i])
    redis.call('ZREM', keys, page[2][i])
  end
end
return page[1]
"""
)


class RedisRecords:
    """Beside the messages of a :class:`~celery_safe.store.redis.RedisStore`."""

    def __init__(self, client: Any, prefix: str) -> None:
        self._redis = client
        self._prefix = f"{prefix}:r"
        self._scripts: dict[str, Any] = {}

    def _run(self, script: str, topic: str, *args: Any) -> Any:
        if script not in self._scripts:
            self._scripts[script] = self._redis.register_script(script)
        return self._scripts[script](keys=[f"{self._prefix}:{topic}"], args=args)

    def write(
        self, topic: str, key: str, value: Mapping[str, Any], ttl: float | None = None
    ) -> None:
        """See :meth:`Records.write`."""
        self._note(topic)
        self._run(_WRITE, topic, key, "" if ttl is None else ttl, dumps(dict(value)), "0")

    def reserve(self, topic: str, key: str, value: Mapping[str, Any], ttl: float) -> bool:
        """See :meth:`Records.reserve`."""
        self._note(topic)
        return bool(self._run(_WRITE, topic, key, ttl, dumps(dict(value)), "1"))

    _noted: frozenset[str] = frozenset()

    def _note(self, topic: str) -> None:
        """Topics are few; sweeping has to know them."""
        if topic not in self._noted:
            self._redis.sadd(f"{self._prefix}:topics", topic)
            self._noted |= {topic}

    def read(self, topic: str, prefix: str = "", limit: int = 1000) -> list[Record]:
        """See :meth:`Records.read`."""
        raw = prefix.encode()
        bounds = (b"[" + raw, b"[" + raw + b"\xff") if raw else (b"-", b"+")
        found = self._run(_READ, topic, *bounds, limit)
        return [_record(k, v) for k, v in zip(found[::2], found[1::2], strict=True)]

    def erase(self, topic: str, keys: Collection[str]) -> None:
        """See :meth:`Records.erase`."""
        if keys:
            self._run(_ERASE, topic, *keys)

    def sweep(self) -> None:
        """See :meth:`Records.sweep`."""
        for topic in self._redis.smembers(f"{self._prefix}:topics"):
            cursor = b"0"
            while True:
                cursor = self._run(_SWEEP, topic.decode(), cursor)
                if cursor in (b"0", "0", 0):
                    break


def _record(key: bytes, raw: bytes) -> Record:
    written, _, value = raw.decode().split(" ", 2)
    return Record(key.decode(), loads(value), float(written))
