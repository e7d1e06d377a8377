"""What waits says why: an event of another year while the day waits for a confirmation."""
import json
import os
import subprocess

import pytest

from daemon import Daemon, build_dir
from door import rated
from test_56_clock import YEARS, set_clock, stamped, today, until

NEEDS = build_dir() / "clients" / "needs" / "needs"
REASON = "the daemon's clock, which says"


def environment(daemon, tmp_path):
    kept = {k: v for k, v in os.environ.items() if not k.startswith("NEEDS_")}
    return kept | {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state"), "NEEDS_SERVER": daemon.endpoint, "NEEDS_AUTHORITY": "888", "NEEDS_SCHOOL": "8889901"}


@pytest.fixture
def waiting(tmp_path):
    """A daemon whose day waits since its clock went seven years ahead."""
    with Daemon(day="clock", wrong_clock=True) as daemon:
        set_clock(daemon, days=YEARS)
        until(lambda: daemon.door().ask("health")["day_waits"], "the day does not wait")
        yield daemon


def test_push_says_why_it_waits(waiting, tmp_path):
    """Once while the reason is the same, at once on standard error; the outbox shows it; nothing of it stays when the event is taken."""
    env, events = environment(waiting, tmp_path), tmp_path / "a.ndjson"
    events.write_text(json.dumps(rated("p-1", {"STL3": 1}, date=today(), **stamped(YEARS - 1))) + "\n")
    push = subprocess.Popen([NEEDS, "push", str(events)], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    said = push.stderr.readline()
    assert "the daemon does not accept this yet: " in said and REASON in said and today(YEARS) in said, said
    push.terminate()
    rest = push.communicate(timeout=60)[1]
    assert REASON not in rest, rest

    def outbox(*options):
        return subprocess.run([NEEDS, "outbox", *options], env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=True).stdout

    assert REASON in " ".join(outbox().split())
    assert REASON in json.loads(outbox("--json"))["last_answer"]

    waiting.door().request("day", {"confirm": today(YEARS)})
    assert "1 accepted" in outbox("send")
    assert outbox() == "no unsent and no rejected events\n"
    assert not list((tmp_path / "state").rglob("*.answer"))


def test_settled_says_that_the_day_waits(waiting, tmp_path):
    """All is worked out, for another day than the clock's: both are named, with what confirms it. Of a day that does not wait nothing is said."""
    command = {"env": environment(waiting, tmp_path), "stdin": subprocess.DEVNULL, "capture_output": True, "text": True, "timeout": 90}
    door = waiting.door()
    door.push_good(rated("p-1", {"STL3": 1}, date=today(), **stamped()))

    said = subprocess.run([NEEDS, "settled"], check=True, **command).stderr
    assert f"the day is on hold at {door.request('ping')['day']}: the clock says {today(YEARS)}" in said and f"needs day --confirm {today(YEARS)}" in said, said

    door.request("day", {"confirm": today(YEARS)})
    assert subprocess.run([NEEDS, "settled"], check=True, **command).stderr == ""


@pytest.mark.slow
def test_settled_says_that_there_is_no_day(needsd, tmp_path):
    door = needsd.door()
    door.push_good(rated("p-1", {"STL3": 1}))
    done = subprocess.run([NEEDS, "settled", "--wait", "1"], env=environment(needsd, tmp_path), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=90)
    assert done.returncode == 1 and "the daemon has no day yet, so nothing is worked out" in done.stderr, done
