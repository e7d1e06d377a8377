"""Promises of the system around the daemon, seen where the system keeps them: process limits, modes, the order of system calls,
bytes in files, and the bare socket. No other test notices when one of these is broken."""
import calendar
import datetime
import os
import pathlib
import re
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import time

import pytest

from daemon import Daemon
from door import Door, Fault, Follow, event, post, rated

pytestmark = pytest.mark.slow


def statuses(reply):
    return [r["status"] for r in reply["results"]]


def codes(reply):
    return [[e["code"] for e in r.get("errors", [])] for r in reply["results"]]


# --- what a new directory is made of, and in which order ---

@pytest.fixture
def strace():
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    trial = subprocess.run(["strace", "-f", "-qq", "-o", "/dev/null", "true"], capture_output=True, text=True)
    if trial.returncode != 0:
        pytest.skip(f"strace may not trace here: {trial.stderr.strip()[:200]}")


def traced(path, calls):
    """Under strace with names in place of descriptors; -f because the writer is a thread."""
    return ["strace", "-f", "-qq", "-y", "-o", str(path), "-e", f"trace={calls}", "-e", "signal=none"]


def calls_of(path):
    """The calls that succeeded, in order: (name, the rest of the line). A call that another thread interrupts comes in two parts."""
    waiting, out = {}, []
    for line in pathlib.Path(path).read_text(errors="replace").splitlines():
        pid, text = line.split(None, 1)
        if text.endswith("<unfinished ...>"):
            waiting[pid] = text[:-len("<unfinished ...>")]
            continue
        if resumed := re.match(r"<\.\.\. \w+ resumed>(.*)", text):
            text = waiting.pop(pid, "") + resumed[1]
        if call := re.match(r"(\w+)\((.*)\)\s+= (-?\d+)", text):
            if int(call[3]) >= 0:
                out.append((call[1], call[2]))
    return out


def where(calls, *wanted):
    """The place of the first call after the one before it that is `name` and has `text` in it, for each wanted (name, text)."""
    at, places = -1, []
    for name, text in wanted:
        at = next((i for i in range(at + 1, len(calls)) if calls[i][0] == name and text in calls[i][1]), None)
        assert at is not None, f"no {name} of {text} after {places}: {calls}"
        places.append(at)
    return places


def test_promise_a_new_directory_is_on_disk_before_anybody_hears(strace, tmp_path):
    """The directory's name in its parent; the key under its first name, then the database, then the key's own name. A
    power cut after the first acknowledgement must find every one of them."""
    trace = tmp_path / "trace"
    with Daemon(wrap=traced(trace, "openat,mkdir,fsync,fdatasync,rename,renameat,renameat2,bind")) as daemon:
        data, parent = str(daemon.data), str(daemon.dir)
        assert daemon.door().push(post("p-1"))["accepted"] == 1
    calls = calls_of(trace)
    where(calls, ("mkdir", f'"{data}"'), ("fsync", f"<{parent}>"), ("bind", parent))
    where(calls, ("openat", '"key.new"'), ("fsync", f"<{data}/key.new>"), ("fsync", f"<{data}>"), ("openat", "needs.db"),
          ("openat", "needs.db-wal"), ("fsync", f"<{data}>"), ("renameat", '"key"'), ("fsync", f"<{data}>"), ("bind", parent))


def test_promise_a_known_directory_makes_no_new_key(strace, tmp_path):
    """The key of a directory is made once; a later start only reads it."""
    trace = tmp_path / "trace"
    with Daemon() as daemon:
        first = (daemon.data / "key").read_bytes()
        daemon.stop()
        daemon.wrap = traced(trace, "openat,renameat")
        daemon.start()
        assert (daemon.data / "key").read_bytes() == first and len(first) == 32
    assert not [c for c in calls_of(trace) if "key.new" in c[1]]


# --- the process ---

def status_of(pid, field):
    return re.search(rf"^{field}:\s*(.*)$", pathlib.Path(f"/proc/{pid}/status").read_text(), re.M)[1]


def limits_of(pid, what):
    return pathlib.Path(f"/proc/{pid}/limits").read_text().split(what, 1)[1].split()[:2]


def test_promise_nothing_is_left_open_to_others():
    """Started by somebody who leaves everything open to everybody: files and directory are the owner's alone all the same, and
    the socket is its group's."""
    with Daemon(wrap=["sh", "-c", 'umask 0; exec "$0" "$@"']) as daemon:
        daemon.door().push_good(post("p-1"))
        assert status_of(daemon.pid(), "Umask") == "0077"
        modes = {p.name: p.stat().st_mode & 0o7777 for p in daemon.data.iterdir()}
        assert {"needs.db", "needs.db-wal", "needs.db-shm", "key", "lock"} <= modes.keys()
        assert {name: mode for name, mode in modes.items() if mode & 0o077} == {}
        assert daemon.data.stat().st_mode & 0o7777 == 0o700
        assert (daemon.dir / "door").stat().st_mode & 0o7777 == 0o660


def test_promise_no_core_is_dumped(strace, tmp_path):
    """A core file would hold everybody: its size is limited to nothing, hard, and the process says that it is not to be dumped or
    looked into, before it reads anything."""
    if "asan" in os.environ.get("NEEDS_BUILD_DIR", "") or os.environ.get("NEEDS_VALGRIND"):
        pytest.skip("a checker must be able to attach")
    trace = tmp_path / "trace"
    with Daemon(wrap=["sh", "-c", 'ulimit -c unlimited 2>/dev/null; exec "$0" "$@"', *traced(trace, "prctl,openat")]) as daemon:
        pid = daemon.pid() if daemon.traced() else int(pathlib.Path(f"/proc/{daemon.process.pid}/task/{daemon.process.pid}/children").read_text().split()[0])
        assert limits_of(pid, "Max core file size") == ["0", "0"]
        os.kill(pid, signal.SIGTERM)
        daemon.process.wait(60)
    calls = calls_of(trace)
    where(calls, ("prctl", "PR_SET_DUMPABLE, SUID_DUMP_DISABLE"), ("openat", str(daemon.config)))


# --- what is deleted is gone from the files ---

def test_promise_what_is_deleted_is_overwritten():
    """A durable name that was forgotten: after an orderly stop no file of the directory has it."""
    name = "name-that-nobody-may-find-again"
    with Daemon() as daemon:
        follow = Follow(daemon.endpoint, name=name, since="now")
        other = Follow(daemon.endpoint, name="name-that-stays", since="now")
        daemon.kill()
        daemon.start()
        follow = Follow(daemon.endpoint, name=name)
        assert follow.ok["resumed"] is True  # it was on disk
        follow.door.send("unfollow", {"forget": True}, b"f")
        assert follow.door.wait(b"f") == {}
        follow.close()
        other.close()
        assert daemon.stop() == 0
        raw = b"".join(p.read_bytes() for p in daemon.data.iterdir())
        assert b"name-that-stays" in raw
        assert name.encode() not in raw


# --- the bare socket ---

NULL_GREETING = b"\xff" + bytes(8) + b"\x7f" + b"\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)
READY = b"\x04\x1c\x05READY\x0bSocket-Type\x00\x00\x00\x06DEALER"


def read_until(s, done, patience):
    """What comes until `done` of it holds or the other side closes: (bytes, closed)."""
    got, until = b"", time.monotonic() + patience
    while not done(got) and time.monotonic() < until:
        s.settimeout(max(0.01, until - time.monotonic()))
        try:
            chunk = s.recv(4096)
        except socket.timeout:
            break
        except ConnectionError:
            return got, True
        if not chunk:
            return got, True
        got += chunk
    return got, False


def test_promise_silent_connections_are_noticed(needsd):
    """Who connects and says nothing is closed within seconds (libzmq's own limit is 30); who says hello and is silent then is
    asked whether it is there."""
    silent, polite = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
    with silent, polite:
        silent.connect(str(needsd.dir / "door"))
        polite.connect(str(needsd.dir / "door"))
        began = time.monotonic()
        polite.sendall(NULL_GREETING)
        read_until(polite, lambda got: len(got) >= 64, 20)
        polite.sendall(READY)
        _, closed = read_until(silent, lambda got: False, 20)
        assert closed and time.monotonic() - began < 20
        heard, closed = read_until(polite, lambda got: b"\x04PING" in got, 20)
        assert b"\x04PING" in heard and not closed
        ttl = struct.unpack(">H", heard.split(b"\x04PING", 1)[1][:2])[0]
        assert ttl == 0  # it is the daemon that looks after its peers
    assert needsd.door().request("ping")["protocol"] == 1


# --- time ---

def test_promise_time_is_bounded_to_the_second(needsd):
    """24 hours past the later of clock and end of day: the day is ahead of the clock here, so the second is known."""
    door = needsd.door()
    day = datetime.date.today() + datetime.timedelta(days=400)
    door.day(day.isoformat())
    last = datetime.datetime.combine(day + datetime.timedelta(days=2), datetime.time())
    at = [last, last + datetime.timedelta(seconds=1), last + datetime.timedelta(days=398)]
    reply = door.push([post(f"p-{i}", time=t.strftime("%Y-%m-%dT%H:%M:%SZ")) for i, t in enumerate(at)])
    assert codes(reply) == [[], ["out-of-range"], ["out-of-range"]], reply
    assert reply["results"][1]["errors"][0]["pointer"] == "/time"


def test_promise_time_is_bounded_by_the_clock(needsd):
    """The day lies behind, or is not known yet: then it is the clock that counts."""
    door = needsd.door()
    for day in (None, "2026-01-01"):
        if day:
            door.day(day)
        now = calendar.timegm(time.gmtime())
        times = [time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now + h * 3600)) for h in (23, 26, 24 * 400)]
        reply = door.request("check", [post(f"p-{i}", time=t) for i, t in enumerate(times)])
        assert codes(reply) == [[], ["out-of-range"], ["out-of-range"]], (day, reply)


# --- erasure is of one person in one school of one authority ---

def test_promise_erasure_reaches_nobody_of_the_same_name():
    """The same school and person ids at another authority, and the same person id at another school: before, in and after the
    batch that erases."""
    with Daemon(authorities={"888": {"name": "One"}, "889": {"name": "Two"}}) as daemon:
        door = daemon.door()

        def about(n):
            return [post("p-1", id=f"a-{n}"), post("p-1", id=f"b-{n}", authority="889"), post("p-1", id=f"c-{n}", school="8889902"), post("p-2", id=f"d-{n}")]

        expected = ["rejected", "accepted", "accepted", "accepted"]
        assert statuses(door.push(about(0))) == ["accepted"] * 4
        erase = event("person.erase", {"date": "2026-09-01"}, "p-1", id="erase")
        reply = door.push([erase, *about(1)])
        assert statuses(reply) == ["accepted", *expected] and codes(reply)[1] == ["erased"], reply
        assert statuses(door.push(about(2))) == expected
        daemon.stop()
        daemon.start()
        assert statuses(daemon.door().push(about(3))) == expected
        daemon.door().day("2026-09-01")
        daemon.door().settle()
        assert daemon.door().person("p-1", authority="889")["recommendations"]


# --- acknowledging ---

def test_promise_an_acknowledgement_never_goes_back(needsd):
    """Cursors come late or twice, from a client that sends again what it stored: the name stays at the furthest."""
    door = needsd.door()
    door.day("2026-09-01")
    door.settle(door.push_good([post(f"p-{i}") for i in range(4)]))
    told = door.publications()
    assert len(told) >= 12
    follow = Follow(needsd.endpoint, name="display", since="start", credit=12)
    cursors = []
    for p in told[:10]:
        assert follow.next(acknowledge=False) == p
        cursors.append(follow.cursor)
    for cursor in (cursors[8], cursors[3], cursors[0]):
        follow.door.send("credit", {"add": 0, "cursor": cursor}, b"f")
    follow.door.request("ping")
    follow.close()
    again = Follow(needsd.endpoint, name="display")
    assert again.next(acknowledge=False) == told[9]
    again.close()
    assert needsd.stop() == 0
    needsd.start()
    again = Follow(needsd.endpoint, name="display")
    assert again.next(acknowledge=False) == told[9]
    again.close()


# --- replay ---

LOOKED_AT = 2000  # rows that one page of replay looks at


@pytest.fixture(scope="module")
def long_history():
    """More publications than one page looks at, all of one school, and then one person of another."""
    with Daemon() as daemon:
        door = daemon.door()
        door.day("2026-09-01")
        n, told = 0, []
        while len(told) <= LOOKED_AT + 50:
            door.settle(door.push_good([post(f"p-{i:04}") for i in range(n, n + 100)]), timeout=300)
            n, told = n + 100, door.publications()
        door.settle(door.push_good(post("late", school="8889902")))
        yield daemon, door.publications()


def pages(door, **body):
    out, body = [], {"since": "start", **body}
    while True:
        page = door.request("replay", body)
        out.append(page)
        body["since"] = page["cursor"]
        if not page["more"]:
            return out


def test_promise_replay_leaves_nothing_out_behind_a_narrow_filter(long_history):
    """What passes lies beyond the rows of the first page: that one is empty and says that there is more."""
    daemon, told = long_history
    door = daemon.door()
    expected = [p for p in told if p["school"] == "8889902"]
    assert expected and all(p["school"] != "8889902" for p in told[:LOOKED_AT + 50])
    found = pages(door, topics=["888/8889902"])
    assert found[0]["publications"] == [] and found[0]["more"] is True
    assert [p for page in found for p in page["publications"]] == expected


@pytest.mark.parametrize("after", [LOOKED_AT - 1, LOOKED_AT, LOOKED_AT + 1])
def test_promise_replay_finds_the_row_at_the_edge_of_a_page(long_history, after):
    """Exactly so many rows lie between the cursor and the first that passes."""
    daemon, told = long_history
    door = daemon.door()
    first = next(i for i, p in enumerate(told) if p["school"] == "8889902")
    since = door.request("replay", {"since": "start", "limit": 1})["cursor"] if first - after else "start"
    while (seen := first - after - (since != "start")) > 0:
        page = door.request("replay", {"since": since, "limit": min(1000, seen)})
        since, after = page["cursor"], after + len(page["publications"])
    found = pages(door, since=since, topics=["888/8889902"])
    assert [p for page in found for p in page["publications"]] == told[first:]


def test_promise_replay_pages_are_bounded_in_bytes(long_history):
    """A page of a thousand rows would be larger than a message of the daemon should be: it ends at 1 MiB and says so."""
    daemon, told = long_history
    door = daemon.door()
    largest = max(len(str(p)) for p in told)
    door.send("replay", {"since": "start", "limit": 1000}, b"r")
    frames = door.socket.recv_multipart()
    assert frames[:2] == [b"ok", b"r"]
    assert len(frames[2]) < (1 << 20) + 2 * largest
    found = pages(door, limit=1000)
    assert [p for page in found for p in page["publications"]] == told
    assert found[0]["more"] is True and len(found[0]["publications"]) < 1000


# --- stopping ---

def test_promise_a_stop_waits_for_the_batch(strace, tmp_path):
    """A push whose commit is slow, and a stop in the midst of it: the stop is orderly, and what was in flight is on disk, whole."""
    with Daemon() as daemon:
        daemon.door().push_good(post("p-0"))
        daemon.stop()
        daemon.wrap = ["strace", "-f", "-qq", "-o", str(tmp_path / "trace"), "-e", "trace=fdatasync", "-e", "signal=none", "-e", "inject=fdatasync:delay_enter=1500000:when=2+"]
        daemon.start()
        door = daemon.door()
        door.send("push", [post(f"p-{i}", id=f"in-flight-{i}") for i in range(50)], b"slow")
        pause = time.monotonic() + 30
        size = (daemon.data / "needs.db-wal").stat().st_size
        while (daemon.data / "needs.db-wal").stat().st_size == size:  # written, and not yet synced
            assert time.monotonic() < pause
            time.sleep(0.005)
        os.kill(daemon.pid(), signal.SIGTERM)
        assert daemon.process.wait(60) == 0, daemon.new_log()
        assert "did not end in time" not in daemon.new_log() and "left on the loop" not in daemon.new_log()
        daemon.wrap = []
        daemon.start()
        again = [post(f"p-{i}", id=f"in-flight-{i}") for i in range(50)]
        assert statuses(daemon.door().push(again)) == ["duplicate"] * 50
        daemon.door().day("2026-09-01")
        assert daemon.door().ask("verify")["ok"]


# --- data of a newer version ---

def test_promise_data_of_the_next_version_are_refused():
    """One version further is enough: the daemon ends with 74, says which version it knows, and leaves the file as it was."""
    with Daemon() as daemon:
        daemon.door().push_good(post("p-1"))
        assert daemon.stop() == 0
        with sqlite3.connect(daemon.data / "needs.db") as db:
            version, = db.execute("PRAGMA user_version").fetchone()
            db.execute(f"PRAGMA user_version = {version + 1}")
        db.close()
        before = (daemon.data / "needs.db").read_bytes()
        with pytest.raises(RuntimeError, match=f"ended with 74(.|\n)*version {version + 1}, written by a newer needsd"):
            daemon.start()
        assert (daemon.data / "needs.db").read_bytes() == before
        with sqlite3.connect(daemon.data / "needs.db") as db:
            db.execute(f"PRAGMA user_version = {version}")
        db.close()
        daemon.start()
        assert daemon.door().push(post("p-2"))["accepted"] == 1
