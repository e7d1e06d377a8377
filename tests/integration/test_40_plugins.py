"""Plugins: which are refused and with what words, and that one speaks on the same road as everybody else.

tests/plugins-bad has the plugins; `driven` does what a line of its FIFO says and writes down what comes of it."""
import json
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import time

import pytest

from daemon import ROOT, Daemon, build_dir
from door import Follow, event, post, rated

pytestmark = pytest.mark.slow

BAD = build_dir() / "tests" / "plugins-bad"


def needsd_check(daemon):
    daemon.configure()
    done = subprocess.run([str(build_dir() / "daemon" / "needsd"), "--config", str(daemon.config), "--check"],
                          capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout


@pytest.fixture
def unstarted():
    made = []

    def make(**more):
        made.append(Daemon(**more))
        return made[-1]
    yield make
    for daemon in made:
        refused = daemon.process is not None and daemon.process.poll() == 1  # the tests look at these themselves
        daemon.__exit__(RuntimeError if refused else None)


# --- refused, by name, and without running any of its callbacks ---

REFUSED = {
    "abi": "was written against ABI 1, and this daemon has ABI 0",
    "larger": "made for a newer needsd",
    "tiny": "needs_plugin.size is 16; it must be at least",
    "truncated": "the size of the object",
    "function": "not an object that begins with abi and size",
    "nothing": "exports no object needs_plugin",
    "unresolved": "undefined symbol: nobody_has_this",
    "nameless": "it has no name",
    "misnamed": "its name is 'other'; write [plugin other]",
    "shouting": "its name must be 1 to 32 of a-z 0-9 -",
    "versionless": "it has no version",
    "garbled": "its version or its help is not UTF-8",
    "startless": "it has no start",
    "selfless": "self_size is 0; it must be from 1 to 1048576",
    "huge": "self_size is 1099511627776",
    "reserved": "reserved is 1 and must be 0",
    "silent": "does not say whether it stores personal data",
    "half": "it must have both export_person and erase_person",
    "contradicting": "one of these is wrong",
    "option-type": "its option 'number' has the type 9",
    "option-outside": "its option 'number' lies at 16",
    "option-askew": "its option 'number' lies at 2",
    "option-overlap": "'word' and 'number' lie in the same place",
    "option-twice": "has the option 'word' twice",
    "option-path": "an option `path`, which is the host's own",
    "option-fallback": "is '10'; it must be a whole number from 0 to 9",
    "option-bounds": "bounded from 10 to 9",
    "option-helpless": "its option 'number' has no help",
    "option-wordless": "its option 'number' has no words",
}


def test_every_bad_plugin_is_refused_in_words(unstarted):
    """Each by the check, with file, line, name and what is wrong; a start says the same, and does not start."""
    built = {path.stem for path in BAD.glob("*.so")}
    assert built == set(REFUSED) | {"good", "older", "driven", "start-fails", "start-fails-silently", "start-fails-both-ways", "stop-never"}
    for name, words in REFUSED.items():
        daemon = unstarted(plugins={"bad": {"path": BAD / f"{name}.so"}})
        status, said = needsd_check(daemon)
        assert status == 1, (name, said)
        line = [line for line in said.splitlines() if "[plugin bad]" in line]
        assert len(line) == 1 and words in line[0] and line[0].startswith(f"{daemon.config}:"), (name, said)
    daemon = unstarted(plugins={"bad": {"path": BAD / "silent.so"}})
    with pytest.raises(RuntimeError, match="does not say whether it stores personal data"):
        daemon.start()
    assert daemon.process.returncode == 1
    assert not (daemon.data / "needs.db").exists()


def test_good_ones_and_older_ones_are_taken(unstarted):
    for name in ("good", "older"):
        daemon = unstarted(plugins={"bad": {"path": BAD / f"{name}.so", "word": "yes"}})
        status, said = needsd_check(daemon)
        assert status == 0 and "[plugin bad] version 1" in said, said
        daemon.start()
        assert [p["plugin"] for p in daemon.door().ask("plugins")["plugins"]] == ["bad"]
        assert daemon.stop() == 0
        assert "handles were left" not in daemon.new_log()


def test_options_are_judged(unstarted):
    cases = {"wrod = yes": "unknown option 'wrod' in [plugin bad]; did you mean 'word'?", "number = 10": "must be a whole number from 0 to 9",
             "word = perhaps": "must be one of no, yes", "number = 1\nnumber = 2": "'number' is there twice"}
    for lines, words in cases.items():
        daemon = unstarted(plugins={"bad": {"path": BAD / "good.so"}})
        daemon.configure()
        daemon.config.write_text(daemon.config.read_text() + lines + "\n")
        done = subprocess.run([str(build_dir() / "daemon" / "needsd"), "--config", str(daemon.config), "--check"], capture_output=True, text=True)
        assert done.returncode == 1 and words in done.stdout, done.stdout
        number = len(daemon.config.read_text().splitlines())
        assert f"{daemon.config}:{number}: " in done.stdout
    daemon = unstarted(plugins={"driven": {"path": BAD / "driven.so", "out": "/tmp/x"}})
    assert "[plugin driven] has no 'commands', which is required: The FIFO" in needsd_check(daemon)[1]


def test_a_file_that_is_not_there_has_a_near_name(unstarted):
    """At the line of `path`, and beside all that is wrong otherwise."""
    daemon = unstarted()
    daemon.configure()
    text = daemon.config.read_text() + (
        f"[plugin bad]\n; a comment\npath = {BAD / 'goood.so'}\n[plugin other]\npath = {BAD / 'nothing-like-it.so'}\n"
        "[authority 999]\nrules = /nowhere/rules\ncatalogue = /nowhere/catalogue\nfoo = 1\n")
    daemon.config.write_text(text)
    done = subprocess.run([str(build_dir() / "daemon" / "needsd"), "--config", str(daemon.config), "--check"], capture_output=True, text=True)
    line = 1 + text.splitlines().index(f"path = {BAD / 'goood.so'}")
    assert f"{daemon.config}:{line}: [plugin bad] {BAD / 'goood.so'}: No such file or directory" in done.stdout
    assert f"did you mean '{BAD / 'good.so'}'?" in done.stdout and done.stdout.count("did you mean") == 1, done.stdout
    assert "'rules' is '/nowhere/rules'; it must be" in done.stdout and "'catalogue' is '/nowhere/catalogue'; it must be" in done.stdout
    assert "unknown option 'foo'" in done.stdout and "\n5 faults" in done.stdout, done.stdout


def test_a_file_that_others_can_change_is_refused(unstarted, tmp_path):
    tmp_path.chmod(0o755)
    safe = tmp_path / "safe"
    safe.mkdir(mode=0o755)
    file = safe / "bad.so"
    shutil.copy(BAD / "good.so", file)
    file.chmod(0o755)
    daemon = unstarted(plugins={"bad": {"path": file}})
    assert needsd_check(daemon)[0] == 0
    for what, mode, words in ((file, 0o775, "the file"), (file, 0o757, "the file"), (safe, 0o775, "the directory"), (tmp_path, 0o757, "the directory")):
        good = what.stat().st_mode & 0o7777
        what.chmod(mode)
        status, said = needsd_check(daemon)
        assert status == 1 and f"{words} {what} can be written by others" in said and "chmod go-w" in said, said
        what.chmod(good)
    if os.geteuid() == 0:
        os.chown(file, 12345, 0)
        assert f"the file {file} belongs to user 12345" in needsd_check(daemon)[1]
        os.chown(file, 0, 0)
    link = tmp_path / "link.so"
    link.symlink_to(file)
    daemon.plugins["bad"]["path"] = link
    file.chmod(0o777)
    assert f"the file {file} can be written by others" in needsd_check(daemon)[1]  # it is what the link leads to that counts
    file.unlink()
    assert "No such file or directory; `path` says where" in needsd_check(daemon)[1]
    file.write_text("not a program\n")
    file.chmod(0o644)
    assert "it cannot be linked" in needsd_check(daemon)[1]
    file.unlink()
    file.mkdir(mode=0o755)
    assert "is not a regular file" in needsd_check(daemon)[1]


@pytest.mark.parametrize("name, words", [("start-fails", "plugin bad did not start: there is no moon tonight (42)"),
                                         ("start-fails-silently", "plugin bad did not start: it does not say why"),
                                         ("start-fails-both-ways", "plugin bad did not start: half a moon")])
def test_a_failing_start_stops_the_daemon(unstarted, name, words):
    """The one before it in the file is stopped in order; `ready` is never said."""
    daemon = unstarted(plugins={"heartbeat": {"every": 60}, "bad": {"path": BAD / f"{name}.so"}})
    with pytest.raises(RuntimeError, match=re.escape(words)):
        daemon.start()
    log = daemon.new_log()
    assert daemon.process.returncode == 1 and "\nready\n" not in log
    assert "heartbeat stopped publications=0" in log and "handles were left" not in log


@pytest.mark.alone
def test_a_stop_that_never_ends_does_not_hold_the_daemon(unstarted):
    daemon = unstarted(plugins={"bad": {"path": BAD / "stop-never.so"}})
    daemon.start()
    door = daemon.door()
    door.day("2026-09-01")
    door.settle(door.push_good(post("p-0193")))
    began, workers = time.monotonic(), daemon.workers()
    daemon.process.terminate()
    assert daemon.process.wait(30) == 1
    assert 4 < time.monotonic() - began < 9
    wait_for(lambda: not any(pathlib.Path(f"/proc/{pid}/exe").exists() for pid in workers))  # they see for themselves that it is gone
    assert "plugin bad did not come back from its stop" in daemon.new_log()
    daemon.plugins = {}
    daemon.start()  # nothing of what was acknowledged is lost
    assert daemon.door().person("p-0193")["recommendations"]


def test_reload_says_what_needs_a_restart(unstarted):
    daemon = unstarted(plugins={"heartbeat": {"every": 60}})
    daemon.start()
    daemon.hup()
    wait_for(lambda: "reloaded" in daemon.new_log())
    for plugins, words in (({"heartbeat": {"every": 61}}, "[plugin heartbeat]: 'every' was changed; only a restart"),
                           ({"heartbeat": {}}, "[plugin heartbeat]: 'every' was changed; only a restart"),
                           ({}, "[plugin heartbeat] is gone; only a restart"),
                           ({"heartbeat": {"every": 60}, "bad": {"path": "/x"}}, "[plugin bad] is new; only a restart"),
                           ({"heartbeat": {"every": 60, "path": "/y"}}, "[plugin heartbeat]: 'path' was changed")):
        daemon.plugins = plugins
        daemon.configure()
        daemon.hup()
        wait_for(lambda: words in daemon.new_log())
    daemon.plugins = {"heartbeat": {"every": 60}}
    daemon.configure()
    daemon.config.write_text(daemon.config.read_text() + "every = 61\n")
    before = daemon.new_log().count("reload refused")
    daemon.hup()
    wait_for(lambda: daemon.new_log().count("reload refused") == before + 1)
    assert "'every' is there twice in [plugin heartbeat]" in daemon.new_log()
    assert daemon.door().ask("plugins")["plugins"][0]["state"] == "running"


# --- a plugin at work ---

def wait_for(what, timeout=20):
    until = time.monotonic() + timeout
    while time.monotonic() < until:
        got = what()
        if got:
            return got
        time.sleep(0.02)
    raise TimeoutError("it did not come")


def open_files(daemon):
    return {os.readlink(fd) for fd in pathlib.Path(f"/proc/{daemon.pid()}/fd").iterdir()}


class Driven:
    """The other end of the plugin `driven`."""

    def __init__(self, daemon, **options):
        self.daemon = daemon
        self.commands, self.out = daemon.dir / "commands", daemon.dir / "out"
        if not self.commands.exists():
            os.mkfifo(self.commands, 0o600)
        daemon.plugins["driven"] = {"path": BAD / "driven.so", "commands": self.commands, "out": self.out, **options}
        self.files = 0

    def tell(self, line):
        with open(self.commands, "w") as f:
            f.write(line + "\n")

    def lines(self):
        if not self.out.exists():
            return []
        return [json.loads(line) for line in self.out.read_text().splitlines(keepends=True) if line.endswith("\n")]

    def publications(self):
        return [line for line in self.lines() if "publication" in line]

    def answer(self, verb, body):
        """Hands a body over by a file; the answer, which comes after the call has returned."""
        self.files += 1
        file = self.daemon.dir / f"body-{self.files}"
        file.write_bytes(body if isinstance(body, bytes) else json.dumps(body).encode())
        before = len([line for line in self.lines() if "asked" in line or "answer" in line])
        self.tell(f"{verb} {file}")
        asked, answered = wait_for(lambda: [line for line in self.lines() if "asked" in line or "answer" in line][before:before + 2][1:]
                                   and [line for line in self.lines() if "asked" in line or "answer" in line][before:])
        assert asked == {"asked": True}
        return answered["ok"], answered["answer"]

    def state(self):
        return next(p for p in self.daemon.door().ask("plugins")["plugins"] if p["plugin"] == "driven")


@pytest.fixture
def driven(unstarted):
    def make(**options):
        return Driven(unstarted(), **options)
    return make


def timeless(reply):
    """What does not differ from one second to the next, and from one sealed text to another."""
    text = json.dumps({k: v for k, v in reply.items() if k != "position"} if isinstance(reply, dict) else reply)
    return json.loads(re.sub(r"\d{4}-\d\d-\d\dT[0-9:.]+Z", "TIME", re.sub(r'"stand": "[^"]*"', '"stand": ""', text)))


def test_a_plugin_submits_on_the_same_road(driven):
    """Accepted, rejected with the same faults, duplicate, conflict: as the door says to a client, word for word."""
    plugin = driven()
    plugin.daemon.start()
    door = plugin.daemon.door()
    door.day("2026-09-01")
    good, bad, other = post("p-1"), rated("p-1", {"STL3": 9, "NOPE": 1}), post("p-2", authority="999")
    late = post("p-3", id="late", time="2031-01-01T00:00:00Z")
    batch = [good, bad, other, late]
    expected = door.request("check", batch)
    ok, said = plugin.answer("submit", batch)
    assert ok and timeless(said) == timeless(expected)
    assert [r["status"] for r in said["results"]] == ["accepted", "rejected", "rejected", "rejected"]
    assert door.push(batch)["results"][0]["status"] == "duplicate"
    ok, said = plugin.answer("submit", {**good, "data": {**good["data"], "started": "2019-09-01"}})
    assert ok and said["results"][0]["errors"][0]["code"] == "conflict"
    for body in (b"{", b"\xff", b"", json.dumps([good] * 1001).encode()):
        with pytest.raises(Exception) as refused:
            door.push(body) if body else door.push(b"[1")
        ok, said = plugin.answer("submit", body or b"[1")
        assert not ok and said == refused.value.errors
    door.settle(said and door.push_good(rated("p-1", {"STL3": 1})))
    assert door.person("p-1")["recommendations"]
    assert plugin.daemon.stop() == 0


def test_a_plugin_asks_what_anybody_asks(driven):
    plugin = driven()
    plugin.daemon.start()
    door = plugin.daemon.door()
    ok, said = plugin.answer("ask", {"question": "person", "authority": "888", "school": "8889901", "person": "p-0"})
    assert not ok and said[0]["code"] == "not-found"
    door.day("2026-09-01")
    door.settle(door.push_good(post("p-0193")))
    for body in ({"question": "person", "authority": "888", "school": "8889901", "person": "p-0193"}, {"question": "questions"},
                 {"question": "school", "authority": "888", "school": "8889901"}):
        ok, said = plugin.answer("ask", body)
        assert ok and timeless(said) == timeless(door.request("ask", body))
    for body in ({"question": "moon"}, {"question": "school"}, {"question": "school", "authority": "999", "school": "1"}):
        with pytest.raises(Exception) as refused:
            door.request("ask", body)
        ok, said = plugin.answer("ask", body)
        assert not ok and said == refused.value.errors
    assert plugin.answer("ask", {"question": "verify"})[1]["ok"]
    assert plugin.daemon.stop() == 0


def test_follow_is_in_order_bounded_and_survives(driven):
    """A window bounds what is not acknowledged; an orderly stop keeps the place: nothing is lost and nothing comes twice."""
    plugin = driven()
    plugin.daemon.start()
    door = plugin.daemon.door()
    door.day("2026-09-01")
    plugin.tell("follow mine start 5")
    wait_for(lambda: {"follows": True} in plugin.lines())
    door.settle(door.push_good([post(f"p-{i}") for i in range(30)]))
    everything = door.publications()
    wait_for(lambda: len(plugin.publications()) == len(everything))
    plugin.tell("hold")
    door.settle(door.push_good([rated(f"p-{i}", {"STL3": 1, "STL18": 1}) for i in range(30)]))
    more = door.publications()[len(everything):]
    assert len(more) > 10
    wait_for(lambda: len(plugin.publications()) == len(everything) + 5)
    time.sleep(0.3)
    assert len(plugin.publications()) == len(everything) + 5 and plugin.state()["unacknowledged"] == 5
    plugin.tell("ack 2")  # the first two of the five; two more come
    wait_for(lambda: len(plugin.publications()) == len(everything) + 7)
    plugin.tell("follow mine start 5")  # a name is followed once
    wait_for(lambda: {"follows": False} in plugin.lines())
    assert plugin.daemon.stop() == 0  # five were never acknowledged: they come again
    assert "handles were left" not in plugin.daemon.new_log()
    before = len(plugin.publications())
    plugin.daemon.plugins["driven"]["name"] = "mine"
    plugin.daemon.start()
    wait_for(lambda: len(plugin.publications()) == before + len(more) - 2)
    assert plugin.daemon.stop() == 0
    got = plugin.publications()
    assert [p["publication"] for p in got[:before - 5] + got[before:]] == everything + more
    assert [p["position"] for p in got[before - 5:before]] == [p["position"] for p in got[before:before + 5]]
    for line in got:
        p = line["publication"]
        assert line["about"] == f"{p['authority']}/{p['school']}/{p.get('subject', '-')}" and line["type"] == p["type"]
    again = len(got)
    plugin.daemon.start()  # all of it is acknowledged: nothing comes
    time.sleep(0.5)
    assert len(plugin.publications()) == again
    follow = Follow(plugin.daemon.endpoint, since=got[-1]["cursor"])  # a plugin's cursor is a client's
    assert follow.next(timeout=0.3) is None
    follow.close()


def test_what_passes_by_is_not_counted_or_piled_up(driven):
    """What is held stays the number that is not acknowledged, however much that is not for this follow goes past; once it is
    acknowledged, the place is behind all of it."""
    plugin = driven()
    plugin.daemon.start()
    door = plugin.daemon.door()
    door.day("2026-09-01")
    plugin.tell("hold")
    plugin.tell("follow mine start 50 888/8889901/p-1")
    door.settle(door.push_good(post("p-1")))
    wanted = len(door.publications())
    wait_for(lambda: plugin.state()["unacknowledged"] == wanted)
    for i in range(3):
        door.settle(door.push_good([post(f"p-{i}-{k}", school="8889902") for k in range(100)]))
        time.sleep(1.1)
    assert plugin.state()["unacknowledged"] == wanted == len(plugin.publications())
    plugin.tell("release")
    wait_for(lambda: plugin.state()["unacknowledged"] == 0)
    assert plugin.daemon.stop() == 0
    db = sqlite3.connect(f"file:{plugin.daemon.data}/needs.db?mode=ro", uri=True)
    place, = db.execute("SELECT position FROM cursors WHERE name = 'mine'").fetchone()
    newest, = db.execute("SELECT max(position) FROM outbox").fetchone()
    db.close()
    assert place > newest // 2 > wanted  # a bare cursor comes after a second, or 500 rows


def test_follow_after_a_kill_loses_nothing(driven):
    plugin = driven(name="mine")
    plugin.daemon.start()
    door = plugin.daemon.door()
    door.day("2026-09-01")
    for round in range(3):
        door.push_good([rated(f"p-{i}", {"STL3": 1 + round % 2}, id=f"r-{round}-{i}") for i in range(50)] + [post(f"p-{i}", id=f"q-{round}-{i}") for i in range(50)])
        wait_for(lambda: len(plugin.publications()) > 20 * round)
        plugin.daemon.kill()
        plugin.daemon.start()
        door = plugin.daemon.door()
    door.settle()
    expected = door.publications()
    wait_for(lambda: len({line["position"] for line in plugin.publications()}) == len(expected))
    first_seen = {}
    for line in plugin.publications():
        first_seen.setdefault(line["position"], line["publication"])
    assert list(first_seen.values()) == expected  # in order, none missing; only those not acknowledged on disk came again
    assert plugin.daemon.stop() == 0


def test_a_plugin_has_no_lease(driven):
    """A client that is silent for longer is ended; a plugin that has nothing to say is not."""
    plugin = driven(name="mine")
    plugin.daemon.options["lease_s"] = 1
    plugin.daemon.start()
    door = plugin.daemon.door()
    door.day("2026-09-01")
    time.sleep(3)
    door.settle(door.push_good(post("p-1")))
    wait_for(lambda: len(plugin.publications()) == len(door.publications()) > 0)
    assert plugin.state()["state"] == "running"


def test_topics_standing_and_refusals(driven):
    plugin = driven()
    plugin.daemon.start()
    door = plugin.daemon.door()
    door.day("2026-09-01")
    door.settle(door.push_good([post("p-1"), post("p-2"), post("p-1", school="8889902")]))
    plugin.tell("follow - standing 0 888/8889901/p-1")
    wait_for(lambda: {"follows": True} in plugin.lines())
    wanted = [r["recommendation"] for r in door.person("p-1")["recommendations"]]
    wait_for(lambda: len(plugin.publications()) == len(wanted))
    assert {p["publication"]["data"]["recommendation"] for p in plugin.publications()} == set(wanted)
    plugin.tell("unfollow")
    for line, words in (("follow - start 1 999/1", "unknown-authority"), ("follow a/b start 1", "/name"), ("follow - yesterday 1", "/since")):
        before = len(plugin.lines())
        plugin.tell(line)
        assert wait_for(lambda: plugin.lines()[before:]) == [{"follows": False}]
        assert "a follow was refused plugin=driven" in plugin.daemon.new_log() and words in plugin.daemon.new_log()
    before = len(plugin.publications())
    plugin.tell("follow - start 1\nleave")  # it lets go in the middle of a publication
    wait_for(lambda: len(plugin.publications()) > before)
    wait_for(lambda: plugin.state()["follows"] == 0)
    assert len(plugin.publications()) == before + 1
    state = plugin.state()
    assert (state["descriptors"], state["unacknowledged"], state["state"]) == (1, 0, "running")


def test_a_follow_begun_anew_within_a_publication(driven):
    """It lets go of a name and takes it again in the middle of a publication: that is no taking over, and nothing fails."""
    plugin = driven()
    plugin.daemon.start()
    door = plugin.daemon.door()
    door.day("2026-09-01")
    plugin.tell("follow mine start 3")
    plugin.tell("rejoin")
    door.settle(door.push_good([post(f"p-{i}") for i in range(5)]))
    expected = door.publications()
    wait_for(lambda: plugin.state()["state"] != "running" or len(plugin.publications()) == len(expected))
    state = plugin.state()
    assert (state["state"], state["why"], state["follows"]) == ("running", None, 1)
    assert [p["publication"] for p in plugin.publications()] == expected  # the first was not acknowledged: it came again
    assert plugin.daemon.stop() == 0


@pytest.mark.parametrize("size, words", [(0, "the size of its struct needs_following is 0"), (8, "is 8"), (4096, "is 4096")])
def test_a_follow_of_another_size_is_refused(driven, size, words):
    """Forgotten, it would have been a follow of everything, without the name."""
    plugin = driven()
    plugin.daemon.start()
    plugin.tell(f"misfollow {size}")
    assert wait_for(lambda: [line for line in plugin.lines() if "follows" in line]) == [{"follows": False}]
    assert words in plugin.daemon.new_log() and plugin.state()["state"] == "running"


def test_a_plugin_asks_while_it_is_asked(driven):
    """The question within the question does not take what the outer one was about from under it."""
    plugin = driven()
    plugin.daemon.start()
    said = plugin.daemon.door().request("ask", {"question": "stored", "authority": "888", "school": "8889901", "person": "q-1"})
    assert said["plugins"][0]["values"] == [{"stubborn": 0}, "second", "888/8889901/q-1"]
    assert wait_for(lambda: [line for line in plugin.lines() if "answer" in line])[0]["ok"]
    assert plugin.daemon.stop() == 0


def test_erasures_are_brought_to_an_end(driven):
    """erase_person is called until it says done, also across a restart, and never again after."""
    plugin = driven(stubborn=2)
    plugin.daemon.start()
    door = plugin.daemon.door()
    door.day("2026-09-01")
    door.settle(door.push_good([post("p-1"), post("p-2")]))
    stored = {"question": "stored", "authority": "888", "school": "8889901"}
    assert door.request("ask", {**stored, "person": "p-1"}) == {"plugins": [{"plugin": "driven", "values": [{"stubborn": 2}, "second"], "complete": True}]}
    assert door.request("ask", {**stored, "person": "x-1"})["plugins"][0]["complete"] is False
    assert door.request("ask", {**stored, "person": "b-1"})["plugins"] == [{"plugin": "driven", "values": [{"stubborn": 2}, "second"], "complete": False}]
    door.settle(door.push_good(event("person.erase", {"date": "2026-09-01"}, "p-1")))

    def erased():
        return [line["left"] for line in plugin.lines() if line.get("erase") == "888/8889901/p-1"]
    wait_for(lambda: erased() == [2])
    plugin.daemon.kill()
    plugin.daemon.plugins["driven"]["stubborn"] = 1
    plugin.daemon.start()
    wait_for(lambda: erased() == [2, 1, 0])
    door = plugin.daemon.door()
    door.settle(door.push_good(post("p-3")))
    assert plugin.daemon.stop() == 0
    plugin.daemon.start()
    time.sleep(1.5)
    assert erased() == [2, 1, 0]
    assert plugin.daemon.stop() == 0


def test_timers_logs_and_metrics(driven):
    plugin = driven()
    plugin.daemon.start()
    plugin.tell("timer 10 20")
    wait_for(lambda: {"fired": 5} in plugin.lines())
    plugin.tell("again 50")
    time.sleep(0.3)
    count = len([line for line in plugin.lines() if "fired" in line])
    time.sleep(0.3)
    assert count >= 6 and len([line for line in plugin.lines() if "fired" in line]) == count
    plugin.tell("untimer")
    wait_for(lambda: plugin.state()["timers"] == 0)
    plugin.tell("oneshot")
    wait_for(lambda: {"shot": True} in plugin.lines() and plugin.state()["timers"] == 0)
    plugin.tell("log 200")
    wait_for(lambda: "driven line 0" in plugin.daemon.new_log())
    time.sleep(1)
    plugin.tell("log 1")
    wait_for(lambda: "lines were left out" in plugin.daemon.new_log())
    lines = re.findall(r"info driven line \d+", plugin.daemon.new_log())
    assert 20 <= len(lines) <= 25
    assert int(re.search(r"left out, there were too many lines=(\d+)", plugin.daemon.new_log()).group(1)) >= 175
    plugin.tell("metrics")
    assert wait_for(lambda: [line for line in plugin.lines() if "metrics" in line])[0]["metrics"] > 0
    assert plugin.daemon.stop() == 0


def test_one_that_fails_is_stopped_and_the_daemon_is_not(driven):
    """With everything it held: a timer, a follow with a full window, a question on its way."""
    plugin = driven()
    plugin.daemon.plugins["heartbeat"] = {"every": 1}
    plugin.daemon.start()
    door = plugin.daemon.door()
    door.day("2026-09-01")
    plugin.tell("follow mine start 1")
    plugin.tell("hold")
    plugin.tell("timer 5 5")
    door.settle(door.push_good([post(f"p-{i}") for i in range(20)]))
    wait_for(lambda: plugin.state()["unacknowledged"] == 1)
    body = plugin.daemon.dir / "settled"
    body.write_text('{"question":"settled"}')
    door.push_good([rated(f"p-{i}", {"STL3": 1}) for i in range(20)])
    assert str(plugin.commands) in open_files(plugin.daemon)
    plugin.tell(f"ask {body}\nfail tired")
    state = wait_for(lambda: (now := plugin.state())["state"] == "failed" and now["descriptors"] == 0 and now)
    assert state["why"] == "as told: tired"
    assert [state[k] for k in ("follows", "unacknowledged", "requests", "timers", "descriptors")] == [0, 0, 0, 0, 0]
    status = subprocess.run([str(build_dir() / "clients/needs/needs"), "--server", plugin.daemon.endpoint, "status"], capture_output=True, text=True)
    assert status.returncode == 1 and "The plugin driven failed and is stopped: as told: tired" in status.stdout
    assert re.search(r"heartbeat +1 +running +1 follow, 1 timer", status.stdout)
    assert plugin.lines()[-1] == {"stopped": True}
    assert str(plugin.commands) not in open_files(plugin.daemon)
    assert "a plugin failed and is stopped plugin=driven why=as told: tired" in plugin.daemon.new_log()
    assert door.request("ask", {"question": "stored", "authority": "888", "school": "8889901", "person": "p-1"})["plugins"][0]["complete"] is False
    door.settle(door.push_good(post("p-99")))
    wait_for(lambda: re.search(r"info heartbeat day=2026-09-01 publications=[1-9]", plugin.daemon.new_log()))
    assert plugin.daemon.stop() == 0
    assert "handles were left" not in plugin.daemon.new_log() and plugin.daemon.new_log().count("heartbeat stopped") == 1
    assert plugin.lines()[-1] == {"stopped": True} and plugin.lines().count({"stopped": True}) == 1


@pytest.mark.parametrize("where", ["timer", "watch", "deliver", "answer", "export", "erase", "metric"])
def test_failing_anywhere_and_letting_go_of_everything(driven, where):
    """In each callback: what it lets go there is gone, what it reaches for it is not given, and it is called no more."""
    plugin = driven()
    plugin.daemon.start()
    door = plugin.daemon.door()
    door.day("2026-09-01")
    plugin.tell("follow mine start 2\ntimer 100000 5")
    wait_for(lambda: {"follows": True} in plugin.lines() and plugin.state()["timers"] == 1)
    plugin.tell(f"doom {where}")
    wait_for(lambda: {"doom": where} in plugin.lines())
    body = plugin.daemon.dir / "settled"
    body.write_text('{"question":"questions"}')
    plugin.tell({"timer": "again 1", "answer": f"ask {body}", "metric": "metrics"}.get(where, "again 100000"))
    door.push_good([post(f"p-{i}") for i in range(5)])
    if where == "erase":
        door.push_good(event("person.erase", {"date": "2026-09-01"}, "p-1"))
    if where == "export":
        door.request("ask", {"question": "stored", "authority": "888", "school": "8889901", "person": "p-1"})
    state = wait_for(lambda: (now := plugin.state())["state"] == "failed" and {"stopped": True} in plugin.lines() and now)
    assert state["why"] == f"doomed in {where}"
    assert [state[k] for k in ("follows", "unacknowledged", "requests", "timers", "descriptors")] == [0, 0, 0, 0, 0]
    door.settle(door.push_good([post("p-9")]))
    assert [line for line in plugin.lines() if "doomed" in line] == [{"doomed": where, "more": False}]
    assert plugin.lines()[-1] == {"stopped": True}
    assert plugin.daemon.stop() == 0 and "handles were left" not in plugin.daemon.new_log()


def test_why_one_failed_is_text_whatever_it_said(driven):
    """Long words are cut; half a character is marked, and the answer stays one that can be read."""
    for said, why in (("\u00e9" * 300, "as told: " + "\u00e9" * 195), ("a" + "\u00e9" * 300, "as told: a" + "\u00e9" * 194 + "?")):
        plugin = driven()
        plugin.daemon.start()
        plugin.tell(f"fail {said}")
        assert wait_for(lambda: (now := plugin.state())["state"] == "failed" and now)["why"] == why
        assert plugin.daemon.stop() == 0


def test_stopping_with_everything_in_hand(driven):
    """Follows, timers, a held window and a question that is not answered: nothing is left on the loop."""
    plugin = driven()
    plugin.daemon.start()
    door = plugin.daemon.door()
    door.day("2026-09-01")
    plugin.tell("follow a start 3\nfollow - start 3\nhold\ntimer 5 5\ntimer 1 1\ntimer 100000 0")
    body = plugin.daemon.dir / "settled"
    body.write_text('{"question":"settled"}')
    door.push_good([post(f"p-{i}") for i in range(200)])
    plugin.tell(f"ask {body}")
    assert plugin.daemon.stop() == 0
    assert "handles were left" not in plugin.daemon.new_log()
    assert plugin.lines()[-1] == {"stopped": True}


def test_plugins_get_nothing_of_ours():
    """They include one header and link to nothing: what heartbeat needs from outside is the C library."""
    needed = subprocess.run(["nm", "-D", "--undefined-only", str(build_dir() / "plugins/heartbeat/heartbeat.so")], capture_output=True, text=True, check=True)
    names = {line.split()[-1].split("@")[0] for line in needed.stdout.splitlines()}
    assert not {name for name in names if name.startswith(("needs_", "door_", "host_", "uv_", "json_", "mem_"))}
    exported = subprocess.run(["nm", "-D", "--defined-only", str(build_dir() / "plugins/heartbeat/heartbeat.so")], capture_output=True, text=True, check=True)
    names = [line.split()[-1] for line in exported.stdout.splitlines()]
    assert [name for name in names if not name.startswith("__odr_asan")] == ["needs_plugin"]
    source = (ROOT / "plugins/heartbeat/heartbeat.c").read_text()
    assert re.findall(r'#include "(.*)"', source) == ["needs_plugin.h"]


def test_the_tutorial_shows_the_plugin_as_it_is():
    blocks = re.findall(r"```c\n(.*?)```", (ROOT / "docs/plugins.md").read_text(), re.S)
    source = (ROOT / "plugins/heartbeat/heartbeat.c").read_text()
    assert len(blocks) >= 6
    for block in blocks:
        assert block in source, block
