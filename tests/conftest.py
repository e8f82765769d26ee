"""Settings of all tests.

Property-based tests draw the same examples in every run, so that a failure belongs to the change
that is tested. HYPOTHESIS_PROFILE=explore draws others each time.
"""

import os

from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, print_blob=True)
settings.register_profile("explore", print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))
