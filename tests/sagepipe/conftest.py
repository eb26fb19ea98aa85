"""How properties are held against examples: the same each time.

SM_TEMPLATE_SEARCH=1 tries new ones.
"""

import os

from hypothesis import HealthCheck, settings

# How long an example takes to make or to run says something of the machine, not of the code.
settings.register_profile(
    "patient",
    settings(),
    deadline=None,
    derandomize="SM_TEMPLATE_SEARCH" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("patient")
