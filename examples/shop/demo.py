"""The main job end to end, no server needed; `make demo` runs this.

Lints the shop, its old code included, then kills its worker in the middle of a task.
Exits with 0 when what is promised was seen, with 1 when it was not.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

SHOP = Path(__file__).resolve().parent
ROOT = SHOP.parent.parent
sys.path.insert(0, str(SHOP.parent))

from shop import kill  # noqa: E402  (the folder above was put on the path)


def lint() -> bool:
    """Print what the checker finds in the shop; whether it found anything (its exit code 1)."""
    command = [str(Path(sys.executable).with_name("celery-safe")), "lint", "examples/shop"]
    print(f"1. The checker reads the shop: celery-safe {' '.join(command[1:])}", flush=True)
    return subprocess.run(command, cwd=ROOT, timeout=60, check=False).returncode == 1


def main() -> int:
    """Show both parts, to the end, and say whether what was promised was seen."""
    start = time.monotonic()
    try:
        linted = lint()
        if not linted:
            print("demo: the checker found nothing, or could not check", file=sys.stderr)
        killed = kill.show()
    except (kill.DemoError, subprocess.SubprocessError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    print(f"It took {time.monotonic() - start:.0f} s.")
    return 0 if linted and killed else 1


if __name__ == "__main__":
    raise SystemExit(main())
