"""What all tests share: the fixtures, and how `./dev test` chooses and orders them.

Two marks, at a test or as `pytestmark` of a file:
- `alone`: the test needs the machine for itself (it compares times, or loads the machine); it runs after the others, one by one.
- `slow`: `./dev test --fast` leaves it out, unless its file has changed since main. So it does with all of tests/attack.
"""
import collections
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "lib"))

from daemon import Daemon  # noqa: E402


# A shell that starts the tests in the background has them ignore interrupts, and every program under test would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser):
    parser.addoption("--fast", action="store_true", help="leave out slow tests, except in files changed since main")


def changed_files():
    """Files that differ from where this branch left main, and files that git does not know yet."""
    def git(*arguments):
        done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True)
        return done.stdout.splitlines() if done.returncode == 0 else []

    base = git("merge-base", "HEAD", "main") or ["HEAD"]
    return {ROOT / name for name in git("diff", "--name-only", base[0]) + git("ls-files", "--others", "--exclude-standard")}


def is_slow(item):
    """Marked so, or an attack."""
    return ROOT / "tests" / "attack" in item.path.parents or item.get_closest_marker("slow") is not None or item.get_closest_marker("alone") is not None


def leave_out_slow(config, items):
    changed = changed_files()
    left_out = [item for item in items if is_slow(item) and item.path not in changed]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if not is_slow(item) or item.path in changed]
    config.left_out = (len(left_out), len({item.path for item in left_out}))


def pytest_collection_modifyitems(config, items):
    if config.getoption("--fast"):
        leave_out_slow(config, items)

    if hasattr(config, "workerinput"):  # files with much to do begin first, so that no worker is left with a long one at the end
        slow = collections.Counter(item.path for item in items if is_slow(item))
        items.sort(key=lambda item: -slow[item.path])


def pytest_sessionfinish(session):
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = getattr(session.config, "left_out", None)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    node.config.left_out = getattr(node, "workeroutput", {}).get("left_out")


def pytest_terminal_summary(terminalreporter, config):
    if getattr(config, "left_out", None):
        tests, files = config.left_out
        terminalreporter.write_line(f"--fast left out {tests} slow tests of {files} unchanged files; ./dev test runs them")


@pytest.fixture
def needsd():
    """A running daemon whose day is set by hand, authority 888 with the shipped rules and catalogue."""
    with Daemon() as daemon:
        yield daemon


@pytest.fixture(scope="module")
def directory_on_disk():
    """For tests where each commit must reach a real disk; `./dev test` keeps every other directory in memory."""
    directory = pathlib.Path(tempfile.mkdtemp(prefix="needs-disk-", dir=os.environ.get("NEEDS_DISK_DIR")))
    yield directory
    shutil.rmtree(directory, ignore_errors=True)
