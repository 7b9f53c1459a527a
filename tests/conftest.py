"""Settings for all tests."""

from hypothesis import settings

# A loaded machine is slow, not wrong: examples have no deadline of their own, pytest-timeout catches what hangs.
settings.register_profile("tradewire", deadline=None, print_blob=True)
settings.load_profile("tradewire")
