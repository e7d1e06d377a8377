import pathlib
import signal
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "lib"))

from daemon import Daemon  # noqa: E402


# A shell that starts the tests in the background has them ignore interrupts, and every program under test would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def needsd():
    """A running daemon whose day is set by hand, authority 888 with the shipped rules and catalogue."""
    with Daemon() as daemon:
        yield daemon
