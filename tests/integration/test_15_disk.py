"""A full disk and a failing one, under the whole daemon: no acknowledgement that the disk does not hold, and no half of anything."""
import datetime
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

import pytest

from daemon import Daemon, build_dir
from door import Fault, Follow, event, post, rated

pytestmark = pytest.mark.slow


def batch(n, size=20):
    """Distinct events about distinct persons; the same n makes the same events."""
    at = range(n * size, n * size + size)
    return [e for i in at for e in (post(f"p-{i:05}", id=f"post-{i}", source="disk"), rated(f"p-{i:05}", {"STL3": i % 3}, id=f"rate-{i}", source="disk"))]


class Ledger:
    """What was acknowledged, what was refused as busy, what nobody answered."""

    def __init__(self):
        self.next, self.acked, self.busy, self.unknown = 0, [], [], []

    def push(self, door, n=None, timeout=None):
        if n is None:
            n, self.next = self.next, self.next + 1
        events = batch(n)
        try:
            reply = door.push(events, timeout)
        except Fault as fault:
            assert fault.codes == ["busy"], fault
            self.busy.append(n)
            return "busy"
        except TimeoutError:
            self.unknown.append(n)
            return "silence"
        assert reply["accepted"] + reply["duplicate"] == len(events), reply
        self.acked.append(n)
        return "ok"

    def audit(self, daemon):
        """Exactly what was acknowledged is there; of what is unknown all or nothing."""
        door = daemon.door()
        known = door.request("ping")
        assert known["protocol"] == 1
        there = {}
        for what in ("acked", "busy", "unknown"):
            for n in getattr(self, what):
                statuses = {r["status"] for r in door.request("check", batch(n))["results"]}
                assert len(statuses) == 1, f"half of batch {n} is there"
                there[what, n] = statuses == {"duplicate"}
        assert [n for n in self.acked if not there["acked", n]] == []
        assert [n for n in self.busy if there["busy", n]] == []
        settled(door)
        verify = door.ask("verify", timeout=60)
        assert verify["ok"], verify
        assert verify["events"] == len(batch(0)) * sum(there.values()), (verify, there)
        numbers = [p["sequence"] for p in door.publications()]
        assert numbers == [f"{i:012}" for i in range(1, len(numbers) + 1)]


def settled(door):
    if door.request("ping")["day"] is None:
        door.day("2026-09-01")
    door.settle()


# --- a disk that is full ---

@pytest.fixture
def small_disk():
    """A directory with a file system of its own, and a ballast in it that can be taken away."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small tmpfs needs root")
    directory = tempfile.mkdtemp(prefix="needsd-disk-")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "needsd-test", directory], capture_output=True, text=True)
    if mounted.returncode != 0:
        os.rmdir(directory)
        pytest.skip(f"a small tmpfs cannot be mounted here: {mounted.stderr.strip()}")
    try:
        with open(f"{directory}/ballast", "wb") as ballast:
            ballast.write(b"\0" * (125 << 19))  # 1.5 MiB are left
        yield directory
    finally:
        subprocess.run(["umount", "-l", directory], check=True)
        os.rmdir(directory)


def fill(daemon, ledger):
    """Pushes until the disk is full, and on; returns the door."""
    door = daemon.door()
    door.day("2026-09-01")
    for _ in range(2000):  # a smaller commit may fit where a larger one did not: refusals and acknowledgements come mixed
        if ledger.push(door) == "busy" and len(ledger.busy) == 8:
            break
    assert len(ledger.busy) == 8 and len(ledger.acked) > 3 and ledger.unknown == [], "the disk was never full"
    return door


def test_disk_full_then_free_again(small_disk):
    """busy, not silence and no exit; reading goes on; when there is room it goes on, without a restart, and nothing is half applied."""
    ledger = Ledger()
    with Daemon(options={"data": f"{small_disk}/data"}) as daemon:
        door = fill(daemon, ledger)
        assert door.request("ping")["protocol"] == 1 and door.ask("health")["version"]
        told = door.publications()
        follow = Follow(daemon.endpoint, credit=64, since="start")
        for p in told[:100]:
            assert follow.next() == p
        follow.close()
        try:  # the day is stored too: busy, unless so small a row still fits
            door.day("2026-09-02")
            door.day("2026-09-03")
        except Fault as fault:
            assert fault.codes == ["busy"]
        os.unlink(f"{small_disk}/ballast")
        until = time.monotonic() + 20
        for n in list(ledger.busy):
            ledger.busy.remove(n)
            while ledger.push(door, n) == "busy":
                ledger.busy.remove(n)
                assert time.monotonic() < until, "there is room again, and still it is busy"
                time.sleep(0.05)
        assert ledger.busy == [] and daemon.alive()
        ledger.push(door)
        ledger.audit(daemon)
        assert door.publications()[:len(told)] == told
        daemon.stop()
        daemon.start()
        ledger.audit(daemon)


def test_disk_full_then_killed(small_disk):
    """What was acknowledged up to the last moment is on the disk, what was refused is not: seen by another daemon on a copy."""
    ledger = Ledger()
    with Daemon(options={"data": f"{small_disk}/data"}) as daemon:
        fill(daemon, ledger)
        daemon.kill()
        with Daemon() as other:
            other.stop()
            shutil.rmtree(other.data)
            shutil.copytree(f"{small_disk}/data", other.data)
            other.start()
            ledger.audit(other)


WHOLE = 4 << 20  # of the reserve


def fill_up(directory):
    """The rest of the disk, to the last page."""
    with open(f"{directory}/rest", "wb", buffering=0) as rest:
        for size in (1 << 20, 1 << 12):
            try:
                while True:
                    assert rest.write(b"\0" * size) == size
            except (OSError, AssertionError):
                pass
    assert os.statvfs(directory).f_bfree == 0


def erase(subject):
    return event("person.erase", {"date": "2026-09-01"}, subject, id=f"erase-{subject}")


def refused(door, events):
    try:
        door.push(events)
    except Fault as fault:
        return fault.codes == ["busy"]
    return False


def until(what, why):
    end = time.monotonic() + 60
    while not what():
        assert time.monotonic() < end, why
        time.sleep(0.05)


def test_disk_full_and_a_person_is_erased_all_the_same(small_disk):
    """Erasures have a reserve, also after a restart on the full disk; nobody else gets anything of it; it comes back with the room."""
    os.unlink(f"{small_disk}/ballast")
    data = pathlib.Path(small_disk) / "data"
    with Daemon(options={"data": data}) as daemon:
        door = daemon.door()
        door.day("2026-09-01")
        door.push_good([post(f"p-{i}", id=f"post-{i}") for i in range(60)])
        door.settle()
        assert (data / "reserve").stat().st_size == WHOLE and (data / "reserve").stat().st_blocks * 512 == WHOLE
        fill_up(small_disk)
        n = iter(range(10**6))
        until(lambda: refused(door, batch(next(n))), "the disk was never full")

        def erase_some(persons):
            for i in persons:
                assert door.push([erase(f"p-{i}")])["accepted"] == 1
                assert refused(door, batch(1000 + i)), "others have what the erasures left over"
                assert refused(door, [erase(f"p-{i + 60}"), post("p-other")]), "others come along with an erasure"
                assert os.statvfs(small_disk).f_bfree == 0
            return (data / "reserve").stat().st_size

        left = erase_some(range(20))
        assert 0 < left < WHOLE
        assert "the disk has room again" not in daemon.new_log()
        door.push_good([event("person.restricted", {"date": "2026-09-01", "restricted": True}, "p-50", id="restrict"),
                        event("record.withdrawn", {"of": ["post-51"], "reason": "typo"}, id="withdraw")])

        assert daemon.stop() == 0
        daemon.start()
        door = daemon.door()
        assert (data / "reserve").stat().st_size < WHOLE
        until(lambda: refused(door, batch(next(n))), "the disk was never full")
        erase_some(range(20, 30))
        daemon.kill()
        daemon.start()
        door = daemon.door()
        for result in door.request("check", [post(f"p-{i}", id=f"again-{i}") for i in range(30)])["results"]:
            assert [fault["code"] for fault in result["errors"]] == ["erased"], result
        erased = [p["subject"] for p in door.publications() if p["type"] == "needs.person.erased.v1"]
        assert sorted(erased) == sorted(f"p-{i}" for i in range(30))

        os.unlink(f"{small_disk}/rest")
        until(lambda: not refused(door, batch(next(n))), "there is room again, and still it is busy")

        def whole():
            refused(door, [post("p-1000", id=f"small-{next(n)}")])
            return (data / "reserve").stat().st_size == WHOLE

        until(whole, "there is room again, and the reserve is not whole")
        settled(door)
        assert door.ask("verify", timeout=60)["ok"]


def test_disk_full_when_the_daemon_starts(small_disk):
    """It starts, says so, and answers `busy`; the day is stored, and pushes go on, as soon as there is room."""
    os.unlink(f"{small_disk}/ballast")
    data = pathlib.Path(small_disk) / "data"
    today = datetime.date.today()
    with Daemon(options={"data": data}) as daemon:
        door = daemon.door()
        door.day(str(today - datetime.timedelta(3)))
        door.push_good(batch(0))
        door.settle()
        assert daemon.stop() == 0
        fill_up(small_disk)

        daemon.day = "clock"
        daemon.start()
        assert "the disk is full" in daemon.new_log()
        door = daemon.door()
        assert refused(door, batch(1)) and door.request("ping")["day"] < str(today)
        assert {r["status"] for r in door.request("check", batch(0))["results"]} == {"duplicate"}

        os.unlink(f"{small_disk}/rest")
        until(lambda: door.request("ping")["day"] >= str(today), "there is room again, and the day is not stored")
        assert door.push(batch(1))["accepted"] == len(batch(1))


# --- a disk that fails ---

def tracing(calls, fault):
    return ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={calls}", "-e", "signal=none", "-e", f"inject={calls}:{fault}"]


@pytest.fixture
def strace():
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    trial = subprocess.run([*tracing("fsync", "error=EIO:when=1"), "true"], capture_output=True, text=True)
    if trial.returncode != 0:
        pytest.skip(f"strace may not trace here: {trial.stderr.strip()[:200]}")


@pytest.mark.parametrize("calls,when", [("fdatasync,fsync", 6), ("fdatasync,fsync", 7), ("fdatasync,fsync", 12), ("fdatasync,fsync", 25), ("pwrite64", 60), ("pwrite64", 200)])
def test_disk_sync_fails_under_load(strace, calls, when):
    """One failed call: no acknowledgement after it, exit status 74, and the next start has all that was acknowledged."""
    ledger = Ledger()
    with Daemon() as daemon:
        ledger.push(daemon.door())
        daemon.stop()
        daemon.wrap = tracing(calls, f"error=EIO:when={when}")
        daemon.start()
        door = daemon.door()
        door.send("day", {"date": "2026-09-01"}, b"day")
        for _ in range(100):
            if ledger.push(door, timeout=0.5) == "silence" and not daemon.alive():
                break
        assert ledger.unknown, f"call {when} was never reached: make it smaller"
        assert daemon.process.wait(20) == 74
        door.close()  # what it has not sent yet must not reach the next daemon
        assert "nothing more is acknowledged" in daemon.new_log()
        daemon.wrap = []
        daemon.start()
        ledger.audit(daemon)
        n = ledger.unknown.pop()
        assert ledger.push(daemon.door(), n) == "ok"  # the sender sends again what was not answered
        ledger.audit(daemon)


@pytest.mark.parametrize("when", [1, 2, 3, 4, 5, 8])
def test_disk_sync_fails_at_the_first_start(strace, when):
    """A directory that could not be made safe is not served: it says so, and the next start makes it good."""
    daemon = Daemon(wrap=tracing("fdatasync,fsync", f"error=EIO:when={when}"))
    try:
        daemon.start(wait=False)
        ledger = Ledger()
        ended = daemon.process.poll
        until = time.monotonic() + 20
        while ended() is None and "\nready\n" not in daemon.new_log() and time.monotonic() < until:
            time.sleep(0.01)
        if ended() is None:  # later than the start: the first commits meet it
            door = daemon.door()
            while ledger.push(door, timeout=0.5) == "ok" or daemon.alive():
                assert time.monotonic() < until + 20
            door.close()
        assert daemon.process.wait(20) == 74, daemon.new_log()
        daemon.wrap = []
        daemon.start()
        ledger.audit(daemon)
        assert daemon.stop() == 0
    finally:
        if daemon.process.poll() is None:
            daemon.kill()
        for door in daemon.doors:
            door.close()
        shutil.rmtree(daemon.dir)


def test_disk_full_by_error(strace):
    """ENOSPC for some calls, as it comes and goes: busy meanwhile, then served on by the same process."""
    ledger = Ledger()
    with Daemon() as daemon:
        daemon.stop()
        daemon.wrap = tracing("pwrite64", "error=ENOSPC:when=80..95")
        daemon.start()
        door = daemon.door()
        for _ in range(60):
            ledger.push(door)
        assert len(ledger.busy) >= 1 and ledger.unknown == [] and ledger.acked[-1] == 59, (ledger.busy, ledger.acked)
        for n in list(ledger.busy):
            ledger.busy.remove(n)
            assert ledger.push(door, n) == "ok"
        assert daemon.alive()
        ledger.audit(daemon)
        assert daemon.stop() == 0


def test_check_says_that_others_may_enter_the_data_directory(tmp_path):
    """What the daemon would refuse, in its words; a directory that is not there yet is made, and no fault."""
    daemon = Daemon(tmp_path / "d")
    daemon.configure()
    data = pathlib.Path(re.search(r"^data *= *(.*)$", daemon.config.read_text(), re.M)[1])

    def check():
        done = subprocess.run([str(build_dir() / "daemon" / "needsd"), "--config", str(daemon.config), "--check"], capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout + done.stderr

    assert check()[0] == 0 and not data.exists()
    data.mkdir(0o755)
    data.chmod(0o755)
    words = f"others may enter the data directory '{data}' (mode 755): make it private with chmod 700"
    status, said = check()
    assert status == 1 and words in said, said
    with pytest.raises(RuntimeError, match="ended with 74"):
        daemon.start()
    assert words in daemon.log.read_text()
    data.chmod(0o700)
    assert check()[0] == 0
