"""How long the window took to appear: from the start of the process to the first painted frame.

With ASYNDM_TIME_FIRST_FRAME=1 the window prints that time, and whether torch was loaded, and
quits. ASYNDM_STARTED_AT may hold the time just before the process was started, in seconds since
1970; without it, Linux tells when the process began.
"""

import os
import sys
import time
from pathlib import Path

SWITCH = "ASYNDM_TIME_FIRST_FRAME"
STARTED_AT = "ASYNDM_STARTED_AT"
_START_TIME_FIELD = 19  # field 22 of /proc/self/stat, counted after the process name


def is_wanted() -> bool:
    """Whether the time is to be printed."""
    return os.environ.get(SWITCH) == "1"


def report() -> str:
    """Two lines: the time since the start in milliseconds, and whether torch is loaded."""
    milliseconds = 1000 * (time.time() - started_at())
    return f"first frame: {milliseconds:.0f} ms\ntorch loaded: {'torch' in sys.modules}\n"


def started_at() -> float:
    """When the process was started, in seconds since 1970."""
    given = os.environ.get(STARTED_AT)
    if given:
        return float(given)
    if not sys.platform.startswith("linux"):
        raise OSError(f"Set {STARTED_AT} to the time of the start on this system.")
    # The process name, in brackets, may hold spaces and brackets itself.
    fields = Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    since_boot = int(fields[_START_TIME_FIELD]) / os.sysconf("SC_CLK_TCK")
    return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME) + since_boot
