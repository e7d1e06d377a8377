"""Clients that connect and say nothing: the daemon stays within its limit, says so once, and goes on serving others."""
import contextlib
import pathlib
import subprocess
import sys
import time

import pytest

from attack import length
from daemon import Daemon
from door import Door, Follow

CROWD = pathlib.Path(__file__).resolve().parents[1] / "lib" / "crowd.py"
SERVED_WITHIN_S = 10


@contextlib.contextmanager
def crowd(kind, daemon, count):
    """COUNT such clients for as long as the block lasts."""
    process = subprocess.Popen([sys.executable, "-B", str(CROWD), kind, daemon.endpoint.removeprefix("ipc://"), str(count)],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        yield process
        assert process.poll() is None, "the crowd ended by itself"
    finally:
        process.said = process.communicate(timeout=60)[0]


def limited(files):
    """A daemon that may open so many files; 0: as many as this machine allows."""
    return Daemon(wrap=["prlimit", f"--nofile={files}:{files}", "--"] if files else [])


def connections(daemon):
    with Door(daemon.endpoint) as door:
        return door.ask("health")["connections"]


def wait_until(what, timeout=60):
    until = time.monotonic() + timeout
    while not what():
        assert time.monotonic() < until, "it does not come to pass"
        time.sleep(0.05)


def new_client(daemon):
    """How long a new client waits for its first answer."""
    began = time.monotonic()
    with Door(daemon.endpoint, timeout=SERVED_WITHIN_S) as door:
        assert door.request("ping")["protocol"] == 1
    return time.monotonic() - began


@pytest.mark.parametrize("files", [256, 1024, 0])
def test_silent_connections_leave_room(files):
    """More silent connections than there is room for, each opened anew when it is closed: nothing ends, new clients are served."""
    if files != 256 and length(1) == 1:
        pytest.skip("at length only")
    count = 300 if length(1) == 1 else 3000
    with limited(files) as daemon:
        limit = connections(daemon)["limit"]
        assert limit == 2000 if files == 0 else files // 4 < limit < files * 3 // 4
        with crowd("silent", daemon, count):
            wait_until(lambda: connections(daemon)["closed_for_others"] > 0)
            for _ in range(length(5)):
                assert new_client(daemon) < SERVED_WITHIN_S
            now = connections(daemon)
            assert daemon.alive() and now["open"] <= limit + 64 and now["times_full"] == 1, now
        assert daemon.new_log().count("connections are at their limit") == 1
        wait_until(lambda: "there is room for connections again" in daemon.new_log())
        wait_until(lambda: connections(daemon)["open"] < 10)


def test_spoken_connections_stay():
    """A client that has asked something keeps its connection when silent ones come."""
    with limited(256) as daemon:
        door = Follow(daemon.endpoint, since="start").door  # which does not reconnect
        with crowd("silent", daemon, 300):
            wait_until(lambda: connections(daemon)["closed_for_others"] > 100)
            assert door.request("ping", timeout=SERVED_WITHIN_S)["protocol"] == 1
        door.close()


def test_files_too_few_to_serve():
    """A limit that leaves no room for clients is refused at the start, with what would be right."""
    daemon = limited(80)
    daemon.start(wait=False)
    assert daemon.process.wait(30) not in (0, None)
    assert "raise the limit" in daemon.new_log(), daemon.new_log()
