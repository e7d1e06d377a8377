"""Clients that connect and say nothing: the daemon stays within its limit, says so once, and goes on serving others."""
import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

import pytest

from attack import length
from crowd import PAGES, ask_and_read_no_more, request
from daemon import Daemon
from door import Door, Fault, Follow, post, rated

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


def turned_away(daemon):
    now = connections(daemon)
    return now["closed_for_others"] + now["refused"]


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
            assert daemon.alive() and now["open"] <= limit and now["times_full"] == 1, now
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


# --- clients that do not read ---

MIB = 1 << 20
UNREAD_LIMIT = 64 * MIB  # of all clients together
OF_A_PROCESS = 16 * MIB
SLACK = 24 * MIB  # what the allocator and the page in the making add


def resident(daemon):
    status = pathlib.Path(f"/proc/{daemon.pid()}/status").read_text()
    return 1024 * int(status.split("VmRSS:")[1].split()[0])


def fill(daemon, people):
    """Publications for pages of a mebibyte. Returns the bytes of the first page."""
    door = daemon.door()
    door.day("2026-09-01")
    events = []
    for i in range(people):
        events += [post(f"p-{i}"), rated(f"p-{i}", {f"STL{n}": 0 for n in range(1, 40)})]
    door.settle(door.push_good(events))
    return len(json.dumps(door.request("replay", {"since": "start", "limit": 1000})))


def unread(daemon):
    with Door(daemon.endpoint) as door:
        return door.ask("health")["unread"]


def read_all(s):
    """What comes until nothing has come for two seconds."""
    out = bytearray()
    with contextlib.suppress(TimeoutError):
        while more := s.recv(1 << 16):
            out += more
    return bytes(out)


def stop_workers(daemon):
    for pid in daemon.workers():
        os.kill(pid, signal.SIGSTOP)


@pytest.mark.parametrize("files", [256, 1024, 0])
def test_deaf_clients_pin_little(files):
    """Clients of several processes that ask for large pages and never read: what waits for them has an end, and others are served."""
    if files != 256 and length(1) == 1:
        pytest.skip("at length only")
    processes, each = (2, 10) if length(1) == 1 else (5, 40)
    with limited(files) as daemon, contextlib.ExitStack() as crowds:
        page = fill(daemon, 30 if length(1) == 1 else 120)
        before, most = resident(daemon), 0
        for _ in range(processes):
            crowds.enter_context(crowd("deaf", daemon, each))
        wanted = min(2 * page * processes * each, OF_A_PROCESS * processes) // 2
        wait_until(lambda: unread(daemon)["bytes"] > min(wanted, UNREAD_LIMIT // 2))
        for _ in range(length(10)):
            assert new_client(daemon) < SERVED_WITHIN_S
            now = unread(daemon)
            most = max(most, now["bytes"])
            assert now["bytes"] <= UNREAD_LIMIT + 2 * MIB, now
            assert resident(daemon) - before < UNREAD_LIMIT + SLACK, (resident(daemon) - before, now)
            time.sleep(0.02)
        assert most > 0 and daemon.alive()
        with Door(daemon.endpoint) as door:  # who reads is served, also with pages
            assert door.request("replay", {"since": "start", "limit": 1000})["publications"]
        crowds.close()
        wait_until(lambda: unread(daemon)["bytes"] < MIB)


def test_who_does_not_read_is_told_to():
    """Beyond 2 MiB of unread replies a connection is answered busy, with that reason; read, it is served again."""
    with Daemon() as daemon:
        fill(daemon, 30)
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(daemon.endpoint.removeprefix("ipc://"))
            ask_and_read_no_more(s)
            wait_until(lambda: unread(daemon)["bytes"] > 2 * MIB)
            s.settimeout(2)
            got = read_all(s)
            refused = got.count(b"KiB of replies wait on this connection; read them, then send this again")
            assert refused >= PAGES // 2 and refused + got.count(b'{"publications":[{') == PAGES, refused
            s.send(request(99))
            assert read_all(s).count(b'{"publications":[{') == 1
        assert unread(daemon)["disconnected"] == 0


def test_held_questions_are_limited_for_each():
    """One client that holds questions is refused more of them, with the reason; its pushes, and others' questions, are not."""
    with Daemon(options={"rule_deadline_ms": 60000}) as daemon:
        other = daemon.door()
        other.day("2026-09-01")
        stuck = daemon.door()
        assert stuck.push(post("p-1"))["accepted"] == 1
        stop_workers(daemon)  # so that nothing settles
        position = stuck.push(rated("p-1", {f"STL{n}": 0 for n in range(1, 40)}))["position"]
        rids = [stuck.send("ask", {"question": "settled", "position": position}) for _ in range(70)]
        refused = []
        for rid in rids[64:]:
            with pytest.raises(Fault) as fault:
                stuck.wait(rid)
            refused += fault.value.errors
        assert {(e["code"], e["message"]) for e in refused} == {
            ("busy", "64 held questions (settled) of this connection wait for an answer, which is the limit; send this again when one is answered")}
        assert stuck.push(post("p-2"))["accepted"] == 1
        assert other.push(post("p-3"))["accepted"] == 1
        assert other.ask("health")["connections"]["open"] >= 2
        held = other.send("ask", {"question": "settled", "position": position})
        with pytest.raises(TimeoutError):
            other.wait(held, timeout=0.5)  # it is held, not refused


def test_held_questions_are_limited_for_a_process():
    """Many connections of one process have a limit together, and another process is still answered."""
    with Daemon(options={"rule_deadline_ms": 60000}) as daemon:
        daemon.door().day("2026-09-01")
        assert daemon.door().push(post("p-1"))["accepted"] == 1
        stop_workers(daemon)
        position = daemon.door().push(rated("p-1", {f"STL{n}": 0 for n in range(1, 40)}))["position"]
        for _ in range(5):
            door = daemon.door()
            for _ in range(60):
                door.send("ask", {"question": "settled", "position": position})
            last = door.send("ping")
            door.wait(last)
        with pytest.raises(Fault) as fault:
            daemon.door().ask("settled", position=position)
        assert "256 held questions (settled) of this process wait for an answer" in fault.value.errors[0]["message"]
        code = (f"import sys; sys.path.insert(0, {str(CROWD.parent)!r}); from door import Door\n"
                f"door = Door({daemon.endpoint!r}); rid = door.send('ask', {{'question': 'settled', 'position': {position!r}}})\n"
                "try: door.wait(rid, 1); print('answered')\nexcept TimeoutError: print('held')")
        assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "held\n"


# --- beside a school that sends ---

def steady(daemon, seconds):
    command = [sys.executable, "-B", str(CROWD.with_name("steady.py")), daemon.endpoint, str(seconds)]
    out = subprocess.run(command, capture_output=True, check=True, timeout=60 + 10 * seconds)
    said = json.loads(out.stdout)
    assert said["bad"] == said["unanswered"] == 0 and said["acknowledged"] == int(500 * seconds), said
    return said


@pytest.mark.parametrize("files", [1024, 0])
def test_others_are_hardly_slower(files):
    """500 events a second, without and with 3,000 silent and 200 deaf clients, in turn."""
    if length(1) == 1:
        pytest.skip("at length only")
    without, beside, waits, grown = [], [], [], 0
    with limited(files) as daemon:
        fill(daemon, 120)
        steady(daemon, 5)
        before = resident(daemon)
        for _ in range(3):
            without.append(steady(daemon, 10))
            before_storm = turned_away(daemon)
            with crowd("deaf", daemon, 200), crowd("silent", daemon, 3000):
                wait_until(lambda: turned_away(daemon) > before_storm + 1000 and unread(daemon)["bytes"] > 8 * MIB)
                for _ in range(5):
                    waits.append(new_client(daemon))
                beside.append(steady(daemon, 10))
                grown = max(grown, resident(daemon) - before)
        assert daemon.alive()
    middle = lambda rows, what: sorted(r[what] for r in rows)[len(rows) // 2]  # noqa: E731
    numbers = {what: (middle(without, what), middle(beside, what)) for what in ("p50_ms", "p99_ms", "max_ms")}
    ratios = sorted(b["p99_ms"] / a["p99_ms"] for a, b in zip(without, beside, strict=True))
    print(json.dumps({"files": files, **numbers, "p99_ratios": ratios, "new_client_s": max(waits), "grown_mib": grown / MIB}))
    assert max(waits) < SERVED_WITHIN_S
    assert grown < UNREAD_LIMIT + SLACK
    assert ratios[1] < 2, (ratios, numbers)
