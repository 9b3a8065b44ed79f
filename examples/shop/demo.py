"""What is built of the main job, no server needed; `make demo` runs this.

Lints the shop as it was before celery-safe.
Exits with 0 when the checker found the mistakes, with 1 when it did not.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SHOP = Path(__file__).resolve().parent
ROOT = SHOP.parent.parent


def main() -> int:
    """Print what the checker finds in the old code; its exit code for findings is 1."""
    command = [str(Path(sys.executable).with_name("celery-safe"))]
    command += ["lint", "examples/shop/legacy_tasks.py"]
    print(f"$ celery-safe {' '.join(command[1:])}", flush=True)
    code = subprocess.run(command, cwd=ROOT, timeout=60, check=False).returncode
    if code != 1:
        print(
            f"demo: the checker should have found mistakes (exit 1); exit {code}", file=sys.stderr
        )
        return 1
    print("Killing a worker in the middle of a task is not part of this release's demo yet.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
