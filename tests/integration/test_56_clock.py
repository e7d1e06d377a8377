"""A wrong clock moves no day: it waits until the clock is right or somebody confirms it, and everything else goes on."""
import datetime
import json
import subprocess
import time

import pytest

from daemon import Daemon, build_dir
from door import Fault, Follow, post, rated

YEARS = 2557  # seven, in days


def today(days=0):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days)).date().isoformat()


def stamped(days=0):
    """An event's time, so many days from now."""
    return {"time": f"{today(days)}T00:00:00Z"}


def until(condition, what, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def said(daemon, words):
    return daemon.new_log().count(words)


def needs(daemon, *args, status=0):
    done = subprocess.run([str(build_dir() / "clients" / "needs" / "needs"), "--server", daemon.endpoint, *args], capture_output=True, text=True, timeout=60)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def set_clock(daemon, days=0):
    """And has the daemon look at it now."""
    daemon.set_clock(days)
    daemon.hup()


@pytest.fixture
def clocked():
    with Daemon(day="clock", wrong_clock=True) as daemon:
        yield daemon


def test_clock_wrong_while_it_runs(clocked):
    """Seven years ahead: the day waits, pushes go on, an event of those years is not judged; and all is as before when it is right."""
    door = clocked.door()
    day = door.request("ping")["day"]
    assert day == today() and door.ask("health")["day_waits"] is None
    set_clock(clocked, days=YEARS)
    until(lambda: said(clocked, f"the day waits: the clock says {today(YEARS)}, the day is {day}; if the clock is right, confirm it with: needs day --confirm {today(YEARS)}"), "nobody was told")
    clocked.hup()  # another look at the same clock, which is not said again
    until(lambda: said(clocked, "reloaded") == 2, "the daemon did not look again")
    health = door.ask("health")
    assert health["day"] == day and health["day_waits"]["clock"] == today(YEARS) and health["day_waits"]["up_to"] == today(2)
    assert f"needs day --confirm {today(YEARS)}" in needs(clocked, "status", status=1)
    door.settle(door.push_good([post("p-1", **stamped()), rated("p-1", {"STL3": 1}, date=today(), **stamped())]))
    published = door.publications()
    assert published and all(p["time"].startswith((today(), today(1))) for p in published), published[0]["time"]
    late = rated("p-1", {"STL3": 4}, date=today(), **stamped(YEARS - 1))
    for verb in ("push", "check"):
        with pytest.raises(Fault) as fault:
            door.request(verb, [late])
        assert fault.value.codes == ["busy"] and today(YEARS) in str(fault.value)
    set_clock(clocked)
    until(lambda: said(clocked, "the clock is believed again"), "nobody was told that it is over")
    assert said(clocked, "the day waits") == 1
    assert door.request("ping")["day"] == day and door.ask("health")["day_waits"] is None
    assert [f["code"] for f in door.push([late])["results"][0]["errors"]] == ["out-of-range"]
    needs(clocked, "status")


def test_clock_two_days_need_no_word(clocked):
    door = clocked.door()
    set_clock(clocked, days=2)
    until(lambda: door.request("ping")["day"] >= today(2), "the day did not follow the clock")
    set_clock(clocked, days=4)  # as many again: not twice
    until(lambda: said(clocked, "the day waits"), "the second jump went through")
    assert door.request("ping")["day"] == today(2)


def test_clock_confirmed(clocked):
    """By a local administrator, for the date that the clock says; then the day follows, over a restart too."""
    door = clocked.door()
    for body in ({"confirm": today()}, {"confirm": today(YEARS)}):
        with pytest.raises(Fault) as fault:
            door.request("day", body)
        assert fault.value.codes == ["out-of-range"] and "there is nothing to confirm" in str(fault.value)
    with pytest.raises(Fault) as fault:
        door.request("day", {})
    assert fault.value.codes == ["missing"]
    assert f"nothing to confirm: the day is {today()}" in needs(clocked, "day", "--confirm")
    clocked.set_clock(days=YEARS)
    with pytest.raises(Fault) as fault:
        door.request("day", {"confirm": today(YEARS + 1)})
    assert fault.value.codes == ["out-of-range"] and today(YEARS) in str(fault.value)
    with pytest.raises(Fault) as fault:
        door.request("day", {"date": today(YEARS)})
    assert fault.value.codes == ["forbidden"]
    assert f"the day is {today(YEARS)}" in needs(clocked, "day", "--confirm")
    assert door.request("ping")["day"] == today(YEARS) and door.ask("health")["day_waits"] is None
    assert door.push([post("p-1", **stamped(YEARS))])["accepted"] == 1
    clocked.stop()
    clocked.start()
    assert clocked.door().request("ping")["day"] == today(YEARS)


@pytest.mark.parametrize("ahead", [101, (datetime.date(2199, 6, 1) - datetime.date.today()).days, (datetime.date(2200, 6, 1) - datetime.date.today()).days])
def test_clock_wrong_at_a_start(clocked, ahead):
    """It is ready all the same, with the day that it had; a year that no day can be written in cannot be confirmed."""
    clocked.stop()
    clocked.set_clock(days=ahead)
    clocked.start()
    door = clocked.door()
    assert door.request("ping")["day"] == today() and door.ask("health")["day_waits"]["clock"] == today(ahead)
    assert said(clocked, "the day waits") == 1
    door.settle(door.push_good([post("p-1", **stamped()), rated("p-1", {"STL3": 1}, date=today(), **stamped())]))
    status = " ".join(needs(clocked, "status", status=1).split())
    if ahead > 70000:
        assert "which is not a valid day; set the clock" in status and "--confirm" not in status
        assert "set the clock" in clocked.new_log() and "--confirm" not in clocked.new_log()
        needs(clocked, "day", "--confirm", status=1)
    clocked.stop()
    clocked.set_clock(days=100)
    clocked.start()
    assert clocked.door().request("ping")["day"] == today(100)


@pytest.mark.parametrize("clock", [datetime.date(1970, 1, 2), datetime.date(2020, 1, 1), datetime.date(2099, 1, 1)])
def test_clock_wrong_at_the_first_start(tmp_path, clock):
    """A new directory gets no day by a clock that was wrong before the program was made, or is far from it; pushes are taken."""
    daemon = Daemon(tmp_path / "d", day="clock", wrong_clock=True)
    daemon.set_clock(days=(clock - datetime.date.today()).days)
    with daemon:
        door = daemon.door()
        assert door.request("ping")["day"] is None and door.ask("health")["day_waits"]["clock"] in (str(clock), str(clock + datetime.timedelta(1)))
        assert door.push([post("p-1", **stamped())])["accepted"] == 1
        set_clock(daemon)
        until(lambda: door.request("ping")["day"] == today(), "the clock is right and the day did not follow it")


def test_clock_behind_loses_no_event(clocked):
    """At a start before the clock is set: what may be right is not rejected for good."""
    clocked.stop()
    clocked.set_clock(days=-YEARS)
    clocked.start()
    door = clocked.door()
    assert said(clocked, "the clock is behind the day") == 1 and door.request("ping")["day"] == today()
    health = door.ask("health")
    assert health["day_waits"] is None and health["clock_behind"] == today(-YEARS)
    status = " ".join(needs(clocked, "status", status=1).split())
    assert f"on hold: the clock says {today(-YEARS)}, which is behind the day; set the clock (timedatectl)" in status, status
    assert door.push([post("p-1", **stamped(60))])["accepted"] == 1
    with pytest.raises(Fault) as fault:
        door.push([post("p-2", **stamped(200))])
    assert fault.value.codes == ["busy"]


def test_clock_is_no_matter_where_the_day_is_set(tmp_path):
    daemon = Daemon(tmp_path / "d", wrong_clock=True)
    daemon.set_clock(days=YEARS)
    with daemon:
        door = daemon.door()
        health = door.ask("health")
        assert health["day_waits"] is None and health["clock_behind"] is None
        with pytest.raises(Fault) as fault:
            door.request("day", {"confirm": today(YEARS)})
        assert fault.value.codes == ["forbidden"]
        assert door.day("2026-09-01") and json.loads(needs(daemon, "--json", "ping"))["day"] == "2026-09-01"


def test_clock_behind_forgets_no_durable_name(clocked):
    """A name that is used while the clock says 1970 is as new as the day, and not forgotten when the clock is right again."""
    door = clocked.door()
    door.settle(door.push_good([post("p-1", **stamped()), rated("p-1", {"STL3": 1}, date=today(), **stamped())]))
    clocked.stop()
    clocked.set_clock(days=-20000)
    clocked.start()
    follow = Follow(clocked.endpoint, name="kept", since="start")
    assert follow.next() is not None
    follow.close()
    clocked.stop()
    clocked.set_clock()
    clocked.start()
    assert not said(clocked, "is forgotten")
    again = Follow(clocked.endpoint, name="kept", since="start")
    assert again.ok["resumed"], again.ok
    again.close()
