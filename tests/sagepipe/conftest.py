"""How properties are held against examples."""

from hypothesis import HealthCheck, settings

# How long an example takes to make or to run says something of the machine, not of the code.
settings.register_profile(
    "patient", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("patient")
