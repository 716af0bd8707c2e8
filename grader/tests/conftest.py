"""What all tests stand on."""

import signal

# In the background of a script, or under nohup, pytest begins with SIGINT ignored, and what tests start and interrupt
# would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
