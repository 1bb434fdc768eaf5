"""Set the clock of a process that a test started; see `tests.moment`."""

import os
import time

import time_machine

time_machine.travel(time.time() + float(os.environ["TESTS_CLOCK_AHEAD"])).start()
