"""What all tests share."""

import sys
from pathlib import Path
from typing import Any

# tests/support is imported as `support`; the test folders are no packages.
sys.path.insert(0, str(Path(__file__).parent))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say how a test failed that was run once more: it may pass now, and is a defect all the same."""
    for report in terminalreporter.stats.get("rerun", []):
        terminalreporter.section(f"failed at first: {report.nodeid}")
        terminalreporter.line(report.longreprtext)
