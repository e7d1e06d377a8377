"""Data directories that earlier releases wrote: this version opens them, whatever happens on the way, and nothing in them is lost."""
import functools
import hashlib
import io
import json
import lzma
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import tarfile

import pytest

import daemon as daemon_module
from attack import length
from daemon import Daemon, build_dir
from door import Follow

HERE = pathlib.Path(__file__).resolve().parent
WRITTEN = sorted(place.parent for place in HERE.glob("*/*/about.json"))
OLD_BUILD = os.environ.get("NEEDS_OLD_BUILD")

# What can stand between one state of a directory and the next. A call is not carried out where the daemon is killed at it.
STEPS = "pwrite64,pwritev,fsync,fdatasync,ftruncate,rename,renameat,renameat2,unlink,unlinkat"


def name_of(place):
    return f"{place.parent.name}/{place.name}"


each = pytest.mark.parametrize("place", WRITTEN, ids=name_of)


@functools.lru_cache
def unpacked(archive):
    with tarfile.open(fileobj=io.BytesIO(lzma.decompress(archive.read_bytes()))) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar.getmembers()}


class Written:
    """A directory that a release wrote, and what is known of it."""

    def __init__(self, place, directory):
        self.place, self.directory = place, directory
        self.about = json.loads((place / "about.json").read_text())
        self.pushed = [json.loads(line) for line in (place / "events.ndjson").read_text().splitlines()]
        self.published = [json.loads(line) for line in lzma.decompress((place / "publications.ndjson.xz").read_bytes()).splitlines()]

    def daemon(self, **more):
        """A daemon on a fresh copy."""
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir()
        options = {"name": "Example"}
        if (self.place / "catalogue").exists():
            shutil.copytree(self.place / "catalogue", self.directory / "catalogue")
            options["catalogue"] = self.directory / "catalogue"

        daemon = Daemon(self.directory, authorities={"888": options}, **more)
        daemon.data.mkdir(mode=0o700)
        for name, content in unpacked(self.place.parent / "data.tar.xz").items():
            if name.startswith(f"{self.place.name}/"):
                path = daemon.data / pathlib.PurePath(name).name
                path.write_bytes(content)
                path.chmod(0o600)
        return daemon

    def push_files(self, daemon):
        """The last line of `needs push` for each file that went through it."""
        env = {"PATH": os.environ["PATH"], "HOME": str(self.directory), "NEEDS_SERVER": daemon.endpoint, "NEEDS_AUTHORITY": "888"}
        for school, *arguments in self.about["files"]:
            done = subprocess.run([build_dir().resolve() / "clients" / "needs" / "needs", "push", *arguments], cwd=self.place,
                                  env=env | {"NEEDS_SCHOOL": school}, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
            yield done.stdout + done.stderr

    def check(self, daemon):
        """Everything that must hold of a directory that was opened."""
        door = daemon.door()
        door.settle()
        verify = door.ask("verify", timeout=120)
        assert verify["ok"] and verify["differences"] == [], verify

        replayed = door.publications()
        assert replayed[:len(self.published)] == self.published
        sequences = {}
        for publication in replayed:
            sequences.setdefault(publication["school"], []).append(int(publication["sequence"]))
        assert all(found == list(range(1, len(found) + 1)) for found in sequences.values()), "a school's sequence has a gap"

        for at in range(0, len(self.pushed), 500):
            reply = door.push(self.pushed[at:at + 500])
            assert {result["status"] for result in reply["results"]} == {"duplicate"}, reply
        assert " error " not in daemon.new_log(), daemon.new_log()
        return replayed


@pytest.fixture
def written(tmp_path):
    return lambda place: Written(place, tmp_path / "d")


def test_upgrade_there_are_directories():
    assert {"demo", "unknown-person", "cut-id", "short-codes", "cursors", "killed"} <= {place.name for place in WRITTEN if place.parent.name == "0.3.0"}
    files = unpacked(HERE / "0.3.0" / "data.tar.xz")
    assert files["killed/needs.db-wal"], "kill -9 leaves a write-ahead log"
    answered, = (json.loads(line)["data"]["recommendation"] for line in (HERE / "0.3.0/cut-id/events.ndjson").read_text().splitlines()
                 if "response.recorded" in line)
    assert len(answered.removeprefix("e-learning.")) == 79, "the id was cut"


@each
def test_upgrade_opens_and_holds(written, place):
    """Opened, verified, the same events again, and once more after a restart, when nothing more has to be done."""
    w = written(place)
    with w.daemon() as daemon:
        replayed = w.check(daemon)
        for said in w.push_files(daemon):
            assert re.search(r"\b0 accepted\b", said) and re.search(r"\b0 rejected\b", said) and re.search(r"[1-9]\d* (already known|duplicate)", said), said
        assert daemon.stop() == 0
        daemon.start()
        assert w.check(daemon) == replayed


@pytest.mark.parametrize("place", [p for p in WRITTEN if json.loads((p / "about.json").read_text())["cursors"]], ids=name_of)
def test_upgrade_named_follows_go_on(written, place):
    w = written(place)
    with w.daemon() as daemon:
        door = daemon.door()
        door.settle()
        for name, count in w.about["cursors"].items():
            follow = Follow(daemon.endpoint, name=name, since="now")
            assert follow.ok["resumed"] is True
            expected = door.publications()[count:]
            assert len(expected) >= len(w.published) - count
            assert [follow.next(timeout=20) for _ in expected] == expected
            follow.close()


def killed_at(w, step):
    """Whether the daemon was killed at that step of opening a fresh copy; False where it was ready before."""
    daemon = w.daemon(wrap=["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={STEPS}", "-e", f"inject={STEPS}:signal=KILL:when={step}"])
    try:
        daemon.start()
        killed = False
        daemon.kill()
    except RuntimeError:  # it ended before it was ready
        killed = True
    w.left = daemon
    return killed


def steps_of(w):
    """The names of the calls, in order, until the daemon is ready."""
    trace = w.directory.parent / "trace"
    daemon = w.daemon(wrap=["strace", "-f", "-qq", "-o", str(trace), "-e", f"trace={STEPS}"])
    daemon.start()
    calls = re.findall(r"^\d+ +(\w+)\(", trace.read_text(), re.M)
    daemon.kill()
    return calls


def spread(steps, most):
    """At most so many of them, evenly, the first and the last among them."""
    most = min(most, len(steps))
    return [steps[round(i * (len(steps) - 1) / max(1, most - 1))] for i in range(most)]


def chosen(calls, whole):
    """Every sync, truncation, rename and removal, and the writes on both sides of it; between these, writes follow writes in the
    write-ahead log, of which it counts nothing before its commit: some are chosen, or all at length."""
    steps = range(1, len(calls) + 1)
    others = [step for step in steps if "write" not in calls[step - 1]]
    edges = sorted({step + beside for step in others for beside in (-1, 0, 1)} & set(steps))
    most = len(edges) if whole else length(3)
    return sorted({*spread(edges, most), *spread(steps, length(5) if whole else length(1))})


@pytest.mark.slow
@each
def test_upgrade_killed_at_each_step(written, place):
    """The smallest directory at every step, the others at a few (at more and more of them in `./dev attack`)."""
    if not shutil.which("strace"):
        pytest.skip("strace is not installed")
    w = written(place)
    calls = steps_of(w)
    assert len(calls) > 5, "the daemon opened the directory without a write"
    killed = 0
    for step in chosen(calls, whole=place.name == "cursors"):
        killed += killed_at(w, step)
        again = w.left
        again.wrap = []
        again.start()
        w.check(again)
        for door in again.doors:
            door.close()
        again.doors.clear()
        assert again.stop() == 0
    assert killed, "nothing was ever killed"


@pytest.mark.parametrize("place", WRITTEN[:1], ids=name_of)
def test_upgrade_a_newer_directory_is_refused(written, place):
    """Refused in words, and left as it is."""
    daemon = written(place).daemon()
    database = daemon.data / "needs.db"
    db = sqlite3.connect(database)
    db.execute("PRAGMA user_version = 1000")
    db.commit()
    db.close()
    before = database.read_bytes()
    with pytest.raises(RuntimeError, match="holds data of version 1000, written by a newer needsd; this one knows up to version"):
        daemon.start()
    assert daemon.process.returncode not in (0, -9) and database.read_bytes() == before
    assert "run the newer needsd, or restore a backup made before the upgrade" in daemon.new_log()


@pytest.mark.skipif(not OLD_BUILD, reason="NEEDS_OLD_BUILD names no build directory of an older release")
@pytest.mark.parametrize("place", WRITTEN[:1], ids=name_of)
def test_upgrade_the_older_program_refuses(written, place, monkeypatch):
    w = written(place)
    daemon = w.daemon()
    with daemon:
        w.check(daemon)
        assert daemon.stop() == 0
        monkeypatch.setattr(daemon_module, "build_dir", lambda: pathlib.Path(OLD_BUILD))
        daemon.options["share"] = pathlib.Path(OLD_BUILD).resolve().parent / "rules"
        with pytest.raises(RuntimeError, match="written by a newer needsd"):
            daemon.start()
        assert daemon.process.returncode != 0
        monkeypatch.undo()
        del daemon.options["share"]
        daemon.start()
        w.check(daemon)


# --- what an earlier version took and this one would refuse ---

STL3, OLD_TIME = "STL@2007/STL3", "2026-08-01T09:00:00Z"
TAKEN_ONCE = {  # type, data with its members in the order of the protocol, `time`, and the fault that the same as a new event has
    "two main posts": ("person.recorded", {"roles": [{"role": "TASS", "from": "2024-09-01", "main": True}, {"role": "MIDS", "from": "2024-09-01", "main": True}]},
                       OLD_TIME, ("repeated", "/data/roles/1/main")),
    "something held ends before it begins": ("person.recorded", {"roles": [{"role": "TASS", "from": "2024-09-01"}],
                                                                 "holds": [{"unit": "TDA 2.1", "date": "2020-07-01", "expires": "2019-07-01"}]},
                                             OLD_TIME, ("out-of-range", "/data/holds/0/expires")),
    "an achievement ends before it begins": ("achievement.recorded", {"date": "2026-05-20", "unit": "TDA 2.2", "expires": "2026-05-19"},
                                             OLD_TIME, ("out-of-range", "/data/expires")),
    "a rating ends before it begins": ("assessment.recorded", {"date": "2026-04-14", "evidence": "observer",
                                                               "ratings": [{"competence": STL3, "level": 2, "expires": "2026-04-13"}]},
                                       OLD_TIME, ("out-of-range", "/data/ratings/0/expires")),
    "more ratings than faults are listed": ("appraisal.recorded", {"date": "2026-04-14", "ratings": [{"competence": f"STL@2007/STL{n}", "level": 1, "evidence": kind,
                                                                                                    "expires": "2026-04-13"}
                                                                                                   for n in range(3, 30) for kind in ("self", "manager", "peer")]},
                                          OLD_TIME, ("out-of-range", "/data/ratings/0/expires")),
    "a check twice": ("agreement.recorded", {"recommendation": "mentoring.STL3", "date": "2026-08-01",
                                             "terms": [{"check": "release", "status": "met"}, {"check": "release", "status": "unmet"}],
                                             "intended": [], "agreed_by": "m-004"}, OLD_TIME, ("repeated", "/data/terms/1")),
    "many digits of a second": ("person.recorded", {"roles": [{"role": "TASS", "from": "2024-09-01"}]}, "2026-08-01T09:00:00.0123456789Z", ("out-of-range", "/time")),
}


def taken_by_0_3_0(data, name, kind, content, time):
    """A row of the journal as that version wrote it: hashes of the event as it was sent, under the key of the directory."""
    event = {"specversion": "1.0", "id": name.replace(" ", "-"), "source": "test/888", "type": f"needs.{kind}.v1", "time": time, "authority": "888",
             "school": "8889901", "subject": f"x-{list(TAKEN_ONCE).index(name)}", "data": content}
    body, key = json.dumps(event, separators=(",", ":")), (data / "key").read_bytes()
    identity, sent = (hashlib.blake2b(text.encode(), digest_size=16, key=key).digest() for text in ("\0".join(("888", "8889901", "test/888", event["id"])), body))
    db = sqlite3.connect(data / "needs.db")
    db.execute("INSERT INTO journal SELECT max(position) + 1, 'event', ?, ?, ?, ?, ?, ?, ?, 1 FROM journal",
               ("888", "8889901", event["subject"], event["type"], identity, sent, body))
    db.commit()
    db.close()
    return event


def test_upgrade_what_was_taken_stays_a_duplicate(written):
    """By push and check, after the upgrade and after another start; alone as a new event it is refused, and so is the old one with anything else in it."""
    w = written(next(place for place in WRITTEN if name_of(place) == "0.3.0/short-codes"))
    daemon = w.daemon()
    events = [taken_by_0_3_0(daemon.data, name, *row[:3]) for name, row in TAKEN_ONCE.items()]
    with daemon:
        for _ in range(2):
            door = daemon.door()
            door.settle()
            assert door.ask("verify", timeout=120)["ok"]
            for event, (_, _, _, fault) in zip(events, TAKEN_ONCE.values()):
                for verb in ("check", "push"):
                    assert [r["status"] for r in door.request(verb, [event])["results"]] == ["duplicate"], event["id"]
                changed = {"id": f"{event['id']}-anew"}, {"data": event["data"] | {"surname": "x"}}, {"subject": "p-other"}
                anew, more, other = door.request("push", [event | change for change in changed])["results"]
                assert {r["status"] for r in (anew, more, other)} == {"rejected"}, (anew, more, other)
                assert (anew["errors"][0]["code"], anew["errors"][0]["pointer"]) == fault, anew
                assert any(f["code"] in ("unknown-member", "more-faults") for f in more["errors"]), more
            assert daemon.stop() == 0
            daemon.start()
