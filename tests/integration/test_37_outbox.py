"""What push has taken waits for a daemon that is away, and is sent, judged, reported and undone all the same; the library's C programs."""
import json
import os
import pathlib
import signal
import stat
import subprocess
import time

import pytest
import zmq

from daemon import build_dir
from door import post, rated

pytestmark = pytest.mark.slow

NEEDS = build_dir() / "clients" / "needs" / "needs"
HEAD = "person,date,competence,level,evidence,by\n"


@pytest.fixture
def needs(needsd, tmp_path):
    """The command with a state of its own; `run.state` is where its outbox lies."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("NEEDS_")}
    env |= {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state"), "XDG_CONFIG_HOME": str(tmp_path / "config"),
            "NEEDS_SERVER": needsd.endpoint, "NEEDS_AUTHORITY": "888", "NEEDS_SCHOOL": "8889901"}

    def run(*args, status=0):
        done = subprocess.run([NEEDS, *args], env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        assert done.returncode == status, (args, done)
        return done.stdout + done.stderr

    run.env, run.daemon, run.state = env, needsd, tmp_path / "state" / "needs"
    with needsd.door() as door:
        door.day("2026-09-01")
    return run


def rows(tmp_path, name, *lines):
    (tmp_path / name).write_text(HEAD + "".join(line + "\n" for line in lines))
    return str(tmp_path / name)


def levels(needs, person, competence="STL@2007/STL3"):
    with needs.daemon.door() as door:
        door.settle()
        need, = door.ask("explain", authority="888", school="8889901", person=person, competence=competence)["needs"]
    return [r["level"] for r in need["ratings"]]


def posts(needs, *persons):
    with needs.daemon.door() as door:
        door.push_good([post(p) for p in persons])


def test_outbox_push_waits_for_the_daemon(needs, tmp_path):
    posts(needs, "p-1", "p-2")
    needs.daemon.stop()
    a = rows(tmp_path, "a.csv", "p-1,2026-09-01,STL3,1,manager,m-1", "p-2,2026-09-01,STL3,2,manager,m-1")
    b = rows(tmp_path, "b.csv", "p-2,2026-09-01,STL4,2,manager,m-1")
    said = needs("push", a, b, status=3)
    assert "no daemon at ipc://" in said
    assert "3 events wait in the outbox" in said and "the next needs push or needs outbox send sends them" in said
    box, = needs.state.glob("outbox-*[0-9a-f]")
    assert stat.S_IMODE(box.stat().st_mode) == 0o600
    listed = needs("outbox")
    assert f"{a}: row 2" in listed and f"{b}: row 2" in listed and listed.count("  waits  ") == 3 and listed == needs("outbox", "list")
    assert [json.loads(line)["status"] for line in needs("outbox", "--json").splitlines()] == ["waiting"] * 3
    assert "3 events wait" in needs("outbox", "send", status=3)
    needs.daemon.start()
    assert needs("outbox", "send") == "3 accepted, 0 already known, 0 rejected\n"
    assert needs("outbox") == "no unsent and no rejected events\n"
    assert levels(needs, "p-1") == [1] and levels(needs, "p-2") == [2]
    assert "0 accepted, 3 already known, 0 rejected" in needs("push", a, b)


def test_outbox_the_next_push_sends_what_waits(needs, tmp_path):
    """A row corrected while the first one still waits supersedes it; a rejection is reported by the file and row that it came from."""
    posts(needs, *[f"p-{i}" for i in range(9)])
    needs.daemon.stop()
    a = rows(tmp_path, "a.csv", *[f"p-{i},2026-09-01,STL3,1,manager,m-1" for i in range(9)], "p-1,2026-09-01,STL999,1,manager,m-1")
    needs("push", a, status=3)
    b = rows(tmp_path, "b.csv", *[f"p-{i},2026-09-01,STL3,2,manager,m-1" for i in range(8)])
    assert "18 events wait" in needs("push", b, status=3)
    needs.daemon.start()
    c = rows(tmp_path, "c.csv", "p-8,2026-09-01,STL4,2,manager,m-1")
    said = needs("push", c)
    assert "1 accepted, 0 already known, 0 rejected\n" in said
    assert f"{a}: row 11, ratings 1, competence: unknown-competence: " in said
    assert "18 events that waited in the outbox were sent: 17 accepted, 0 already known, 1 rejected; needs outbox shows" in said
    assert [levels(needs, f"p-{i}") for i in range(9)] == [[2]] * 8 + [[1]]
    listed = needs("outbox")
    assert "rejected" in listed and "a.csv: row 11" in listed and "unknown-competence" in listed
    number = json.loads(needs("outbox", "--json"))["number"]
    assert "0 accepted, 0 already known, 1 rejected" in needs("outbox", "retry", str(number), status=1)
    number = json.loads(needs("outbox", "--json"))["number"]
    assert needs("outbox", "drop", "99", status=1) == "0 dropped\nneeds: the outbox has no event 99\n"
    assert needs("outbox", "drop", str(number)) == "1 dropped\n"
    assert needs("outbox") == "no unsent and no rejected events\n"


def test_outbox_what_was_sent_later_can_be_undone(needs, tmp_path):
    posts(needs, "p-1")
    needs("push", rows(tmp_path, "a.csv", "p-1,2026-09-01,STL3,1,manager,m-1"))
    needs.daemon.stop()
    b = rows(tmp_path, "b.csv", "p-1,2026-09-01,STL3,3,manager,m-1")
    needs("push", b, status=3)
    needs.daemon.start()
    needs("outbox", "send")
    assert levels(needs, "p-1") == [3]
    assert "b.csv" in needs("push", "--undo", "LIST")
    needs("push", "--undo", "LAST")
    assert levels(needs, "p-1") == [1]
    needs("push", rows(tmp_path, "c.csv", "p-1,2026-09-01,STL3,2,manager,m-1"))
    assert levels(needs, "p-1") == [2]


@pytest.mark.parametrize("how", ["rejected", "dropped"])
def test_outbox_what_was_not_taken_supersedes_nothing(needs, tmp_path, how):
    """The slot says again what it said before, so that the next correction replaces what really stands."""
    persons = [f"p-{i}" for i in range(6)]
    posts(needs, *persons)
    needs("push", rows(tmp_path, "a.csv", *[f"{p},2026-09-01,STL3,1,manager,m-1" for p in persons]))
    needs.daemon.stop()
    level = 9 if how == "rejected" else 4
    (tmp_path / "levels.map").write_text("[sheet]\nkind = ratings\nscale = levels\n[columns]\n"  # else six 9s are another scale
                                         + "".join(f"{c} = {c}\n" for c in ("person", "date", "competence", "level", "evidence", "by")))
    needs("push", "--map", tmp_path / "levels.map", rows(tmp_path, "b.csv", *[f"{p},2026-09-01,STL3,{level},manager,m-1" for p in persons]), status=3)
    if how == "dropped":
        assert needs("outbox", "drop", "all") == "6 dropped\n"
        needs.daemon.start()
    else:
        needs.daemon.start()
        assert "6 rejected" in needs("outbox", "send", status=1)
    needs("push", rows(tmp_path, "c.csv", *[f"{p},2026-09-01,STL3,2,manager,m-1" for p in persons]))
    assert [levels(needs, p) for p in persons] == [[2]] * 6


def test_outbox_killed_in_the_middle(needs, tmp_path):
    """What was put and not judged when the command was killed is sent by the next one; each event once."""
    events = [rated(f"p-{i % 40}", {"STL3": i % 5}, evidence="observer", by=f"x-{i}") for i in range(4000)]
    path = tmp_path / "many.ndjson"
    path.write_text("".join(json.dumps(e) + "\n" for e in events))
    os.kill(needs.daemon.pid(), signal.SIGSTOP)
    running = subprocess.Popen([NEEDS, "push", path], env=needs.env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(200):
        if (box := list(needs.state.glob("outbox-*-wal"))) and box[0].stat().st_size > 1_000_000:
            break
        time.sleep(0.02)
    time.sleep(0.3)
    os.kill(needs.daemon.pid(), signal.SIGCONT)
    time.sleep(0.05)
    running.kill()
    running.wait()
    said = json.loads(needs("outbox", "send", "--json"))
    assert said["rejected"] == said["waiting"] == 0 and said["accepted"] + said["duplicate"] > 0
    assert "0 accepted, 4000 already known, 0 rejected" in needs("push", str(path))


def test_outbox_two_at_once_wait_for_each_other(needs, tmp_path):
    files = [rows(tmp_path, f"{n}.csv", *[f"p-{i},2026-09-01,STL{n},1,manager,m-1" for i in range(200)]) for n in range(1, 5)]
    running = [subprocess.Popen([NEEDS, "push", f], env=needs.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) for f in files]
    for process in running:
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 0 and out == "200 accepted, 0 already known, 0 rejected\n"


def test_outbox_check_and_preview_put_nothing(needs, tmp_path):
    a = rows(tmp_path, "a.csv", "p-1,2026-09-01,STL3,1,manager,m-1")
    assert "1 good" in needs("check", a)
    needs("push", "--preview", a)
    assert not list(needs.state.glob("outbox-*"))
    assert needs("outbox", "send") == "no unsent and no rejected events\n"
    assert "list, send, drop" in needs("outbox", "mend", status=2)
    needs("push", a)
    assert "is neither a number" in needs("outbox", "drop", "x", status=2)


def test_outbox_one_for_each_door(needs, tmp_path):
    a = rows(tmp_path, "a.csv", "p-1,2026-09-01,STL3,1,manager,m-1")
    other = f"ipc://{tmp_path}/other"
    assert f"1 event waits in the outbox for {other}; " in needs("--server", other, "push", a, status=3)
    assert needs("outbox") == "no unsent and no rejected events\n"
    assert "1 accepted" in needs("push", a)
    assert needs("--server", other, "outbox", "drop", "all") == "1 dropped\n"


def test_needs_watch_finds_its_way_back(needs):
    """Over a kill of the daemon and a break of its own: everything once, in order."""
    posts(needs, "p-1", "p-2")
    with needs.daemon.door() as door:
        door.settle(door.push_good([rated("p-1", {"STL3": 1})]))
    watch = [NEEDS, "--json", "watch", "--name", "w"]
    running = subprocess.Popen(watch, env=needs.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    got = [running.stdout.readline() for _ in range(3)]
    needs.daemon.kill()
    needs.daemon.start()
    with needs.daemon.door() as door:
        door.settle(door.push_good([rated("p-2", {"STL3": 1})]))
        told = door.publications()
        got += [running.stdout.readline() for _ in range(len(told) - 3)]
        running.send_signal(signal.SIGTERM)
        out, err = running.communicate(timeout=20)
        assert running.returncode == 0 and out == ""
        assert err.splitlines() == ["needs: connection to the daemon lost; trying again", "needs: following again"]
        assert [json.loads(line) for line in got] == told
        door.settle(door.push_good([rated("p-2", {"STL4": 1})]))
        told = door.publications()[len(told):]
    done = subprocess.run([*watch, "--count", str(len(told))], env=needs.env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0 and [json.loads(line) for line in done.stdout.splitlines()] == told


# --- the library as a foreign program finds it ---

def test_libneeds_examples_at_a_real_daemon(needsd, tmp_path):
    """Built against the shared library: pushed with a bad line among good ones, followed, stopped, resumed, a torn line cut."""
    examples = build_dir() / "clients" / "libneeds"
    events = [post(f"p-{i}") for i in range(3)] + [rated("p-1", {"STL3": 1})] + [rated("p-2", {"NO": 1})]
    text = "".join(json.dumps(e) + "\n" for e in events) + "{no json\n"
    with needsd.door() as door:
        door.day("2026-09-01")
        done = subprocess.run([examples / "example-push", needsd.endpoint, tmp_path / "box"], input=text, capture_output=True, text=True, timeout=60)
        assert done.returncode == 1
        assert done.stdout.splitlines()[0] == "put 6" and done.stdout.count("\naccepted ") == 4 and "rejected 5 " in done.stdout
        assert "line 6 is not sent: not JSON at byte 1" in done.stderr and "unknown-competence" in done.stderr
        door.settle()
        told, file = door.publications(), tmp_path / "file"
        for torn in (b"", b"kX\t{\"torn\":", None):
            if torn is None:
                file.write_bytes(file.read_bytes()[:-20])  # the last whole line is torn too
            elif torn:
                file.write_bytes(file.read_bytes() + torn)
            follow = subprocess.Popen([examples / "example-follow", needsd.endpoint, file, "file"])
            until = time.monotonic() + 20
            while time.monotonic() < until and not (file.exists() and file.read_bytes().endswith(b"\n") and file.read_bytes().count(b"\n") == len(told)):
                time.sleep(0.02)
            follow.send_signal(signal.SIGTERM)
            assert follow.wait(10) == 0
            assert [json.loads(line.split(b"\t")[1]) for line in file.read_bytes().splitlines()] == told


def test_libneeds_builds_by_pkg_config(tmp_path):
    """Installed elsewhere, found by pkg-config, built with -Wall -Wextra and as C++."""
    env = {**os.environ, "DESTDIR": str(tmp_path)}
    done = subprocess.run(["meson", "install", "-C", build_dir(), "--no-rebuild", "--quiet"], env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    pc, = tmp_path.rglob("libneeds.pc")
    env |= {"PKG_CONFIG_PATH": str(pc.parent), "PKG_CONFIG_SYSROOT_DIR": str(tmp_path)}
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "libneeds"], env=env, capture_output=True, text=True, check=True).stdout.split()
    source = pathlib.Path(__file__).resolve().parents[2] / "clients" / "libneeds" / "examples" / "push.c"
    program = tmp_path / "program"
    allow = ["-Wl,--allow-shlib-undefined"]  # a build under a sanitizer
    subprocess.run(["cc", "-std=c17", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-o", program, source, *flags, *allow], check=True)
    (tmp_path / "in.cc").write_text("#include <libneeds.h>\nint main() { return needs_open(nullptr, \"\") == 0; }\n")
    subprocess.run(["c++", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", tmp_path / "in.cc", *[f for f in flags if f.startswith("-I")]], check=True)
    public = subprocess.run(["nm", "-D", "--defined-only", next(tmp_path.rglob("libneeds.so.0"))], capture_output=True, text=True, check=True).stdout
    names = [line.split()[-1] for line in public.splitlines() if " T " in line]
    assert len(names) > 25 and all(name.startswith("needs_") for name in names)
    manual = next(tmp_path.rglob("libneeds.3")).read_text()
    assert all(name in manual for name in names), [name for name in names if name not in manual]


def test_check_believes_no_answer_that_does_not_fit(needs, tmp_path):
    """One result for two events is no rejection of the other."""
    a = rows(tmp_path, "a.csv", "p-1,2026-09-01,STL3,1,manager,m-1", "p-2,2026-09-01,STL3,2,manager,m-1")
    needs.env["NEEDS_SERVER"] = f"ipc://{tmp_path}/odd"
    with zmq.Context.instance().socket(zmq.ROUTER) as router:
        router.linger = 0
        router.bind(needs.env["NEEDS_SERVER"])
        done = subprocess.Popen([NEEDS, "push", "--check", a], env=needs.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True)
        while done.poll() is None:
            if not router.poll(50):
                continue
            *way, verb, id_, _ = router.recv_multipart()
            one = b'{"results":[{"index":0,"id":"a","status":"accepted"}]}'
            router.send_multipart([*way, b"ok" if verb == b"check" else b"error", id_, one if verb == b"check" else b'[{"code":"unknown-verb"}]'])
        said = done.stdout.read()
    assert done.returncode == 3 and "1 results for 2 events" in said and "rejected" not in said, said
