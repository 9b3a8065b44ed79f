"""What all tests share."""

import sys
from pathlib import Path

# tests/support is imported as `support`; the test folders are no packages.
sys.path.insert(0, str(Path(__file__).parent))
