"""No rule can crash, hang, starve or spy: whatever a rule does, it is named, and everybody else is served as before."""
import json
import os
import re
import signal
import subprocess

import pytest

from advice import ROOT, bare, reload, rule, standing, wait_for, write_rules
from daemon import Daemon, build_dir
from door import post, rated
from hostile import corpus, running

pytestmark = pytest.mark.slow

NEIGHBOUR = rule("neighbour", recommend="return coaching { because = \"for \" .. need.competence }")
SCHOOL, OTHER = "8889901", "9999901"


FILES = corpus()
FAULTY = {name: e[len("fault"):].strip() for name, (_, e) in FILES.items()
          if e.startswith("fault") and not name.startswith("load-rules-many")}  # which leave no room for the others
# found when all else is loaded, in what the files have made together: named without a place
FAULTY_TOGETHER = {name: FAULTY.pop(name) for name in ("state-key-table",)}
RUNNING = dict(list(running(FILES).items())[::3])  # every one of them runs in tests/unit/test_rules_hostile.c


def put_rules(directory, names, replace=True):
    write_rules(directory, {"zz-neighbour": NEIGHBOUR}, replace)
    for name in names:
        (directory / f"{name}.lua").write_bytes(FILES[name][0])
    return directory


def daemon_of(tmp_path, **options):
    """888 has rules of its own in `rules`, 999 the shipped ones."""
    return Daemon(authorities={"888": {"rules": tmp_path / "rules"}, "999": {"name": "Another"}}, options=options)


def elsewhere(subject):
    """A person of the other authority."""
    return [post(subject, school=OTHER, authority="999"), rated(subject, {"STL3": 1}, school=OTHER, authority="999")]


def advice_elsewhere(door, subject):
    return bare(door.person(subject, school=OTHER, authority="999")["recommendations"])


def rules_of(door):
    return door.ask("rules", authority="888")


def failures(door):
    return [p for p in door.publications() if p["type"] == "needs.rule.failed.v1"]


# --- refused at load ---

def test_rules_faults_are_told_all_at_once(tmp_path):
    """Every hostile file that cannot be loaded is named with its line; the last good rules stay in force; at a restart too."""
    put_rules(tmp_path / "rules", [])
    with daemon_of(tmp_path) as daemon:
        door = daemon.door()
        door.day("2026-09-01")
        door.settle(door.push_good([post("p-1"), rated("p-1", {"STL3": 1})] + elsewhere("q-1")))
        before, there = bare(door.person("p-1")["recommendations"]), advice_elsewhere(door, "q-1")
        count = len(door.publications())
        serving = rules_of(door)["serving"]
        put_rules(tmp_path / "rules", FAULTY)
        assert reload(daemon) is False
        for _ in range(2):
            answer = rules_of(door)
            assert answer["serving"]["rules"] == serving["rules"]
            faults = answer["refused"]["faults"]
            for name, text in FAULTY.items():
                assert any(re.match(rf"authority/{name}\.lua:\d+: ", f) and text in f for f in faults), (name, text, faults)
            assert not any("zz-neighbour" in f for f in faults)
            assert door.ask("health")["authorities"][0]["refused"] and not door.ask("health")["authorities"][1]["refused"]
            assert bare(door.person("p-1")["recommendations"]) == before
            door.settle(door.push_good([post("p-2"), rated("p-2", {"STL3": 1})] if door.ask("health")["persons"] == 2 else elsewhere("q-2")))
            daemon.stop()
            daemon.start()  # with the faulty ones still configured
        assert bare(door.person("p-2")["recommendations"]) and advice_elsewhere(door, "q-2")
        assert advice_elsewhere(door, "q-1") == there
        for name, text in FAULTY_TOGETHER.items():
            put_rules(tmp_path / "rules", [name])
            assert reload(daemon) is False
            fault, = rules_of(door)["refused"]["faults"]
            assert text in fault
        put_rules(tmp_path / "rules", [])
        assert reload(daemon) is True
        assert rules_of(door)["refused"] is None and rules_of(door)["serving"]["rules"] == serving["rules"]
        door.settle()
        said = [p for p in door.publications()[count:] if p.get("subject") in ("p-1", "q-1")]
        assert not said  # nobody was told anything, for nothing moved
        assert door.ask("verify", timeout=60)["ok"]


@pytest.mark.parametrize("name", ["load-loop", "load-syntax", "no-os"])
def test_rules_nothing_good_to_serve(tmp_path, name):
    """A first start with rules that cannot be loaded does not start, and says which file and line."""
    put_rules(tmp_path / "rules", [name])
    daemon = daemon_of(tmp_path)
    with pytest.raises(RuntimeError, match=rf"{name}\.lua:\d+: "):
        daemon.start()
    assert daemon.process.wait() not in (0, -signal.SIGSEGV, -signal.SIGABRT)


# --- failing at work ---

def people(n):
    return [e for i in range(n) for e in (post(f"p-{i}", id=f"post-{i}"), rated(f"p-{i}", {"STL3": i % 3, "STL1": 1}, id=f"rate-{i}"))]


def run_hostile(tmp_path, batch):
    """Everything that the running half of the corpus does to a daemon: failures told, advice given."""
    put_rules(tmp_path / "rules", RUNNING)
    with daemon_of(tmp_path) as daemon:
        door = daemon.door()
        door.day("2026-09-01")
        events = people(2) + elsewhere("q-1")
        for i in range(0, len(events), batch):
            door.push_good(events[i:i + batch])
        door.settle()
        assert door.ask("health")["authorities"][0]["worker"]["restarts"] == 0, daemon.new_log()  # counted, never killed
        assert not any(r["aside"] for r in rules_of(door)["serving"]["list"])
        told = failures(door)
        advice = standing(door, [(SCHOOL, f"p-{i}") for i in range(2)])
        there = advice_elsewhere(door, "q-1")
        daemon.stop()
        daemon.start()
        door.settle(door.push_good(rated("p-0", {"STL1": 2}, time="2026-09-01T13:00:00Z", id="once-more")))
        assert len(failures(door)) == len(told)  # said once for each rule of a rule set
        return told, advice, there


def test_rules_each_failure_is_named_once_and_always_the_same(tmp_path):
    told, advice, there = run_hostile(tmp_path, 100)
    data = {p["data"]["rule"]: p["data"] for p in told}
    assert len(told) == len(data)
    assert set(data) == {name for name, expected in RUNNING.items() if expected != "fires"}
    for name, failure in data.items():
        word, _, text = RUNNING[name].partition(" ")
        assert failure["failure"] == word and text in failure["message"], failure
    for p in told:
        assert (p["authority"], p["school"], p["audience"]) == ("888", "-", "authority")
        assert "subject" not in p and not re.search(r"\bp-\d", json.dumps(p["data"]))
    # the harmless rule beside them all works for everybody
    for (_, person), recommendations in advice.items():
        assert any('"rule": "neighbour"' in r for r in recommendations), person
    assert there
    # and again in another daemon, one event at a time
    told_2, advice_2, there_2 = run_hostile(tmp_path, 1)
    assert {p["data"]["rule"]: p["data"] for p in told_2} == data
    assert advice_2 == advice and there_2 == there


def test_rules_a_failure_is_said_again_for_another_rule_set(tmp_path):
    put_rules(tmp_path / "rules", ["loop-while"])
    with daemon_of(tmp_path) as daemon:
        door = daemon.door()
        door.day("2026-09-01")
        door.settle(door.push_good(people(3)))
        assert [f["data"]["rule"] for f in failures(door)] == ["loop-while"]
        assert reload(daemon)  # the same rules
        door.settle(door.push_good(rated("p-0", {"STL1": 2}, time="2026-09-01T13:00:00Z")))
        assert len(failures(door)) == 1
        put_rules(tmp_path / "rules", ["loop-while", "memory-rep"])
        assert reload(daemon)
        door.settle()
        assert sorted(f["data"]["rule"] for f in failures(door)) == ["loop-while", "loop-while", "memory-rep"]


# --- breaking the worker itself ---

BREAKING = """#!/usr/bin/python3
# The real worker behind a fault of the engine's own: whenever an evaluation would run POISON, the process HOW.
import mmap, os, signal, socket, struct, sys, time
REAL, POISON, HOW = {real!r}, {poison!r}, {how!r}
daemon, (inner, outer) = socket.socket(fileno=3), socket.socketpair()
if os.fork() == 0:
    os.dup2(outer.fileno(), 3)
    os.set_inheritable(4, True)
    os.execve(REAL, [REAL], {{}})
outer.close()
page = mmap.mmap(4, 4096)

def exactly(s, n):
    out = b""
    while len(out) < n:
        got = s.recv(n - len(out))
        if not got:
            os._exit(0)
        out += got
    return out

def frame(s):
    head = exactly(s, 4)
    return head + exactly(s, struct.unpack("<I", head)[0])

def text(b, at):
    n, = struct.unpack_from("<I", b, at)
    return b[at + 4:at + 4 + n].rstrip(b"\\0").decode("utf-8", "replace"), at + 4 + n

load = frame(daemon)
aside = POISON.encode() in load[-200:]  # the names set aside are the last of the frame
inner.sendall(load)
loaded = frame(inner)
daemon.sendall(loaded)
n, = struct.unpack_from("<I", loaded, 5)
at, names = 9, []
for _ in range(n):
    name, at = text(loaded, at)
    for _ in range(5):
        _, at = text(loaded, at)
    at += 5
    names.append(name)
while True:
    job = frame(daemon)
    if POISON in names and not aside:
        page[:12] = struct.pack("<III", struct.unpack_from("<I", job, 5)[0], names.index(POISON), 0)
        if HOW == "hangs":
            time.sleep(3600)
        os.kill(os.getpid(), getattr(signal, HOW))
    inner.sendall(job)
    daemon.sendall(frame(inner))
"""


@pytest.mark.parametrize("how", ["SIGSEGV", "SIGKILL", "hangs"])
def test_rules_that_break_the_worker_are_set_aside(tmp_path, how):
    """After three strikes a rule is set aside: journaled, published, shown, kept over a restart; a new rule set tries it again."""
    breaking = tmp_path / "breaking-worker"
    breaking.write_text(BREAKING.format(real=str(build_dir() / "daemon" / "needs-rules"), poison="poison", how=how))
    breaking.chmod(0o755)
    good = {"zz-neighbour": NEIGHBOUR, "10-other": rule("other", recommend="return shadowing { priority = 70 }", competences='"STL1"')}
    write_rules(tmp_path / "rules", {**good, "00-poison": rule("poison", recommend="return mentoring { priority = 90 }")}, replace=True)
    with daemon_of(tmp_path, worker=breaking, rule_deadline_ms=150) as daemon:
        door = daemon.door()
        door.day("2026-09-01")
        door.settle(door.push_good(people(6) + elsewhere("q-1")), timeout=40)
        there = advice_elsewhere(door, "q-1")
        assert there

        def shown():
            return {r["rule"]: r["aside"] for r in rules_of(door)["serving"]["list"]}
        assert shown() == {"poison": True, "other": False, "neighbour": False}
        failed, = failures(door)
        assert failed["data"]["rule"] == "poison" and failed["data"]["failure"] == "aside"
        assert "3 times" in failed["data"]["message"]
        advice = standing(door, [(SCHOOL, f"p-{i}") for i in range(6)])
        assert all(any('"rule": "neighbour"' in r for r in a) and any('"rule": "other"' in r for r in a) for a in advice.values())
        assert not any("poison" in r for a in advice.values() for r in a)
        assert door.ask("verify", timeout=60)["ok"]

        count = len(door.publications())
        daemon.stop()
        daemon.start()
        assert shown()["poison"] is True
        door.settle(door.push_good(rated("p-0", {"STL1": 2}, time="2026-09-01T13:00:00Z")))
        assert standing(door, [(SCHOOL, "p-1")])[SCHOOL, "p-1"] == advice[SCHOOL, "p-1"]
        assert reload(daemon) and shown()["poison"] is True  # the same rule set: what was set aside is part of it
        door.settle()
        assert {p.get("subject") for p in door.publications()[count:]} <= {"p-0"} and len(failures(door)) == 1
        assert door.ask("verify", timeout=60)["ok"]

        # without the fault, and in a rule set of another hash, the rule has its chance
        breaking.write_text(BREAKING.format(real=str(build_dir() / "daemon" / "needs-rules"), poison="cured", how=how))
        write_rules(tmp_path / "rules", {**good, "00-poison": rule("poison", recommend="return mentoring { priority = 91 }")}, replace=True)
        assert reload(daemon) and shown()["poison"] is False
        door.settle()
        assert any('"rule": "poison"' in r for r in standing(door, [(SCHOOL, "p-1")])[SCHOOL, "p-1"])
        assert advice_elsewhere(door, "q-1") == there


@pytest.mark.alone
def test_rules_others_are_served_while_one_hangs(tmp_path):
    """The worker of one authority stands still; the other's people are served at once."""
    put_rules(tmp_path / "rules", [])
    with daemon_of(tmp_path, rule_deadline_ms=1500) as daemon:
        door = daemon.door()
        door.day("2026-09-01")
        door.settle(door.push_good([post("p-1")]))
        before = set(daemon.workers())
        own = [pid for pid in before if answers(daemon, door, pid)]
        assert len(before) == 2 and len(own) == 1
        os.kill(own[0], signal.SIGSTOP)
        door.push_good(rated("p-1", {"STL3": 1}))
        wait_for(lambda: door.person("p-1")["due"], what="a person waiting for the stopped worker")
        door.push_good(elsewhere("q-9"))
        wait_for(lambda: advice_elsewhere(door, "q-9"), timeout=1.2, what="advice of the other authority")
        assert door.person("p-1")["due"]
        door.settle()
        assert set(daemon.workers()) != before
        assert any('"rule": "neighbour"' in r for r in bare(door.person("p-1")["recommendations"]))


def answers(daemon, door, pid):
    """Is this the worker of 888? The other's can be stopped without anybody of 888 noticing."""
    os.kill(pid, signal.SIGSTOP)
    try:
        answers.n = getattr(answers, "n", 0) + 1
        door.push_good(post(f"probe-{answers.n}"))
        try:
            wait_for(lambda: not door.person(f"probe-{answers.n}")["due"], timeout=0.4)
            return False
        except TimeoutError:
            return True
    finally:
        os.kill(pid, signal.SIGCONT)


# --- decision tables ---

TABLE = ("rule;roles;competences;gap to;colleague;recommend;weeks;priority;about;source;owner\n"
         "read-first;learning-support;STL3; 1;;resource;2;60;Read it, {n};guide-2010/step-3;Tests\n"
         "\n"
         "mentor-first;;STL3;;mentor;mentoring;;70;A mentor helps;guide-2010/step-3;Tests\n")


def test_rules_in_a_table_are_served(tmp_path):
    """A rules.csv is served beside .lua files, explained by its sentences, named by its rows, and refused by row and column while the last good one serves."""
    put_rules(tmp_path / "rules", [])
    table = tmp_path / "rules" / "rules.csv"
    table.write_text(TABLE.replace("{n}", "one"))
    with daemon_of(tmp_path) as daemon:
        door = daemon.door()
        door.day("2026-09-01")
        door.settle(door.push_good([post("p-1"), rated("p-1", {"STL3": 2})]))
        places = {r["rule"]: (r["file"], r["line"]) for r in rules_of(door)["serving"]["list"]}
        assert places["read-first"] == ("authority/rules.csv", 2) and places["mentor-first"] == ("authority/rules.csv", 4) and "neighbour" in places
        first = next(r for r in door.person("p-1")["recommendations"] if r["recommendation"] == "resource.STL3")
        assert [b["rule"] for b in first["because"]] == ["read-first"] and "Read it, one" in json.dumps(first)
        explained = json.dumps(door.ask("explain", authority="888", school=SCHOOL, person="p-1"))
        assert "nobody is available in your school now" in explained
        serving = rules_of(door)["serving"]["rules"]

        table.write_text(TABLE.replace("mentor;mentoring;;70", "mentr;mentorin;;700"))
        assert reload(daemon) is False
        faults = rules_of(door)["refused"]["faults"]
        assert [f.split(": ")[0] for f in faults] == ["authority/rules.csv:4:colleague", "authority/rules.csv:4:recommend", "authority/rules.csv:4:priority"]
        assert "did you mean 'mentor'?" in faults[0] and "did you mean 'mentoring'?" in faults[1]
        assert rules_of(door)["serving"]["rules"] == serving

        table.write_text(TABLE.replace("{n}", "two"))
        assert reload(daemon) is True
        door.settle()
        assert "Read it, two" in json.dumps(door.person("p-1")) and door.ask("verify", timeout=60)["ok"]


def test_rules_check_warns_of_what_is_doubtful(tmp_path):
    """A source that is withdrawn without a successor, of a row and of a Lua file; the rules may serve all the same."""
    rules, catalogue, build = tmp_path / "rules", tmp_path / "catalogue", build_dir() / "daemon"
    write_rules(rules, {"own": rule("own").replace("guide-2010/step-3", "lsis-2010")}, replace=True)
    (rules / "more.csv").write_text("Rule,Recommend,About,Source,Owner\nrow,coaching,A row of another table,lsis-2010/induction,Tests\n")
    write_catalogue(catalogue, {"sources.csv": "source,status\nlsis-2010,withdrawn\n"})
    said = subprocess.run([build / "needsd", "--check-rules", rules, "--with-catalogue", catalogue, "--share", ROOT / "rules", "--worker", build / "needs-rules"],
                          capture_output=True, text=True, timeout=60)
    assert said.returncode == 0, said
    lines = said.stdout.splitlines()
    text = "its source 'lsis-2010' is withdrawn and sources.csv names no successor; say what it rests on now"
    assert f"warning: authority/more.csv:2: rule 'row': {text}" in lines and f"warning: authority/own.lua:1: rule 'own': {text}" in lines, said.stdout


# --- the catalogue ---

FAULTY_CATALOGUE = {
    "units.csv": "unit,slug,title,level,credit,glh,assesses,gives,open,framework,reference,certainty_title,certainty_reference,certainty_credit,certainty_gives,"
                 "provenance,certainty\nX 1,X-1,One,two,3,20,skill,STL99:2,yes,QCF,,high,high,high,high,invented,designed\n",
    "profiles.csv": "scope,competence,level\nrole:TASS,STL3,9\nrole:NOSUCH,STL3,2\n",
    "roles.csv": "role,titel\nTASS,Helper\n",
}


def write_catalogue(directory, files):
    directory.mkdir(exist_ok=True)
    for path in directory.iterdir():
        path.unlink()
    for name, text in files.items():
        (directory / name).write_text(text)


def test_rules_a_faulty_catalogue_is_refused_whole(tmp_path):
    """All its faults by file, row and column; neither it nor the good rules published with it go live; the last good pair serves, restarted too."""
    put_rules(tmp_path / "rules", [])
    write_catalogue(tmp_path / "catalogue", {"profiles.csv": "scope,competence,level\nrole:TASS,STL3,2\n"})
    authorities = {"888": {"rules": tmp_path / "rules", "catalogue": tmp_path / "catalogue"}}
    with Daemon(authorities=authorities) as daemon:
        door = daemon.door()
        door.day("2026-09-01")
        door.settle(door.push_good(people(3)))
        serving, before = rules_of(door)["serving"], standing(door, [(SCHOOL, f"p-{i}") for i in range(3)])
        write_catalogue(tmp_path / "catalogue", FAULTY_CATALOGUE)
        write_rules(tmp_path / "rules", {"other": rule("other", recommend="return mentoring {}")}, replace=True)  # good by itself
        assert reload(daemon) is False
        for _ in range(2):
            answer = rules_of(door)
            faults = "\n".join(answer["refused"]["faults"])
            for place in ("authority/units.csv:2:level", "authority/units.csv:2:gives", "authority/profiles.csv:2:level", "authority/profiles.csv:3:scope",
                          "authority/roles.csv:1"):
                assert place in faults, (place, faults)
            assert (answer["serving"]["rules"], answer["serving"]["catalogue"]) == (serving["rules"], serving["catalogue"])
            assert door.ask("catalogue", authority="888")["hash"] == serving["catalogue"]
            assert standing(door, [(SCHOOL, f"p-{i}") for i in range(3)]) == before
            daemon.stop()
            daemon.start()
            door.settle()
        door.settle(door.push_good([post("p-9"), rated("p-9", {"STL3": 2})]))
        assert not any(a["competence"] == "STL@2007/STL3" for r in door.person("p-9")["recommendations"] for a in r["answers"])  # 2 is enough there
        write_catalogue(tmp_path / "catalogue", {})
        assert reload(daemon) is True
        door.settle()
        assert any(a["competence"] == "STL@2007/STL3" for r in door.person("p-9")["recommendations"] for a in r["answers"])
        assert rules_of(door)["refused"] is None and door.ask("verify", timeout=60)["ok"]


def test_rules_a_faulty_catalogue_at_first_start(tmp_path):
    write_catalogue(tmp_path / "catalogue", FAULTY_CATALOGUE)
    daemon = Daemon(authorities={"888": {"catalogue": tmp_path / "catalogue"}})
    with pytest.raises(RuntimeError) as refused:
        daemon.start()
    assert "authority/units.csv:2:gives" in str(refused.value) and "authority/profiles.csv:3:scope" in str(refused.value)
    assert daemon.process.wait() > 0
