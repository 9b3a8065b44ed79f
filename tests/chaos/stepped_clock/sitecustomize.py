"""Loaded first by every Python of a worker: its wall clock can be stepped from outside.

``time.time`` and ``time.time_ns`` are shifted by the seconds in the file that CLOCK names; the
monotonic clock and ``datetime.now`` stay, as a library like libfaketime would not leave them.
"""

import mmap
import os
import struct
import time

if os.environ.get("CLOCK"):
    with open(os.environ["CLOCK"], "rb") as _file:  # noqa: PTH123 (pathlib itself is not loaded yet)
        _shift = mmap.mmap(_file.fileno(), 8, access=mmap.ACCESS_READ)
    _time, _time_ns = time.time, time.time_ns

    def stepped() -> float:
        return _time() + struct.unpack("d", _shift[:8])[0]

    def stepped_ns() -> int:
        return _time_ns() + int(struct.unpack("d", _shift[:8])[0] * 1e9)

    time.time, time.time_ns = stepped, stepped_ns
