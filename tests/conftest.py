"""Settings for all tests."""

import signal

from hypothesis import settings

# A loaded machine is slow, not wrong: examples have no deadline of their own, pytest-timeout catches what hangs.
settings.register_profile("tradewire", deadline=None, print_blob=True)
settings.load_profile("tradewire")

# A shell that starts the tests in the background makes them ignore Ctrl-C, and so would the programs that they start and stop.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
