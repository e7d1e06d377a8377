"""Rules and catalogue from their authors: proposed through the door, checked beside what serves, published, approved, rolled back."""
import json
import re
import subprocess

import pytest

from advice import reload, rule, wait_for, write_rules
from daemon import Daemon, build_dir
from door import Fault, post, rated
from test_23_rules import BREAKING

RULE = rule("own-coaching", recommend="return coaching { because = \"for \" .. need.competence }")
TITLES = "key,title,role,note,provenance,certainty\nhelper,Helper,TASS,,example,medium\n"


@pytest.fixture(scope="module")
def served():
    with Daemon(authorities={"888": {"name": "Example"}, "889": {"name": "Other"}}) as d:
        yield d


def propose(door, rules=None, **more):
    body = {"authority": "888", **more}
    if rules is not None:
        body["rules"] = rules
    return door.request("propose", body)


def test_proposed_and_nothing_changes(served):
    door = served.door()
    before = door.ask("rules", authority="888")
    answer = propose(door, {"10-own.lua": RULE})
    assert answer["ok"] and not answer["faults"] and not answer["same_as_serving"]
    assert answer["catalogue"] == before["serving"]["catalogue"] and answer["rules"] != before["serving"]["rules"]
    assert door.ask("rules", authority="888")["serving"]["list"] == before["serving"]["list"]
    assert propose(door, {"10-own.lua": RULE})["candidate"] == answer["candidate"]
    wait_for(lambda: len(served.workers()) == 2, what="one worker an authority, none of candidates")


def test_proposed_as_it_serves(served):
    door = served.door()
    serving = door.ask("rules", authority="888")["serving"]
    for body in ({"rules": {}}, {"catalogue": {}}, {"rules": {}, "catalogue": {}}):
        answer = propose(door, **body)
        assert answer["same_as_serving"] and answer["ok"]
        assert (answer["rules"], answer["catalogue"]) == (serving["rules"], serving["catalogue"])


def test_proposed_hash_is_that_of_the_directory(tmp_path):
    rules, catalogue = tmp_path / "rules", tmp_path / "catalogue"
    rules.mkdir(), catalogue.mkdir()
    (rules / "10-own.lua").write_text(RULE)
    (catalogue / "titles.csv").write_text(TITLES)
    for replaces in (False, True):
        if replaces:
            (rules / ".replace-default").touch()
        with Daemon(authorities={"888": {"name": "Example", "rules": rules, "catalogue": catalogue}, "889": {"name": "Other"}}) as d:
            door = d.door()
            serving = door.ask("rules", authority="888")["serving"]
            answer = door.request("propose", {"authority": "889", "rules": {"10-own.lua": RULE}, "replace_default": replaces,
                                              "catalogue": {"titles.csv": TITLES}})
            assert (answer["rules"], answer["catalogue"]) == (serving["rules"], serving["catalogue"])


def test_proposed_faulty(served):
    door = served.door()
    answer = propose(door, {"10-own.lua": RULE + "rule"})
    assert not answer["ok"] and any("10-own.lua" in f for f in answer["faults"])
    answer = propose(door, catalogue={"units.csv": "code,nonsense\n"})
    assert not answer["ok"] and any(f.startswith("authority/units.csv") for f in answer["faults"])


@pytest.mark.parametrize("body, code, pointer, says", [
    ({}, "missing", "/rules", "needs rules or catalogue"),
    ({"catalogue": {}, "replace_default": True}, "missing", "/rules", "send them with it"),
    ({"rules": {"x.lua": 1}}, "wrong-type", "/rules", "its text as a string"),
    ({"rules": {"../x.lua": ""}}, "out-of-range", "/rules", "plain name that ends in .lua"),
    ({"rules": {"x.txt": ""}}, "out-of-range", "/rules", "'x.txt'"),
    ({"catalogue": {".units.csv": ""}}, "out-of-range", "/catalogue", "plain name that ends in .csv"),
    ({"rules": {}, "as": "Jo Smith"}, "out-of-range", "/as", "letters"),
    ({"rules": [], "authority": "888"}, "wrong-type", "/rules", "an object"),
    ({"rules": {}, "authority": "nowhere"}, "unknown-authority", "/authority", "nowhere"),
    ({"rules": {"a.lua": "-" * (1 << 20)}}, "too-large", "", "at most 1 MiB"),
])
def test_proposed_badly(served, body, code, pointer, says):
    with pytest.raises(Fault) as refused:
        served.door().request("propose", {"authority": "888", **body})
    (error,) = refused.value.errors
    assert (error["code"], error["pointer"]) == (code, pointer) and says in error["message"]


# --- published ---

def coaching(words):
    return rule("own-coaching", recommend=f'return coaching {{ because = "{words} " .. need.competence }}')


def people(door, n=3):
    door.day("2026-11-24")
    for i in range(n):
        door.push_good([post(f"p-{i}"), rated(f"p-{i}", {"STL3": 1})])
    door.settle()


def words(door, person="p-0"):
    """What the rule of these tests says to somebody, or None."""
    because = [b for r in door.person(person)["recommendations"] for b in r["because"] if b["rule"] == "own-coaching"]
    return because[0]["text"].split()[0] if because else None


def candidate(door, text=None, **more):
    answer = door.request("propose", {"authority": "888", "rules": {"10-own.lua": text} if text else {}, "replace_default": bool(text), **more})
    assert answer["ok"], answer
    return answer["candidate"]


def publish(door, text=None, **more):
    return door.request("publish", {"authority": "888", "candidate": candidate(door, text), **more})


def act(door, verb, **more):
    return door.request(verb, {"authority": "888", **more})


def history(door):
    return door.ask("history", authority="888")["history"]


def names(door):
    return [h["name"] for h in history(door) if h["act"] == "published"]


def refusal(door, verb, **more):
    with pytest.raises(Fault) as refused:
        act(door, verb, **more)
    return refused.value.errors[0]


@pytest.fixture
def daemon(tmp_path):
    with Daemon(tmp_path / "d") as d:
        yield d


def test_publish_changes_advice(daemon):
    door = daemon.door()
    people(door)
    assert words(door) is None
    made = publish(door, coaching("first"), name="spring", **{"as": "jo"})
    door.settle()
    assert words(door) == "first" and made["name"] == "spring" and not made["already"]
    newest = history(door)[0]
    assert (newest["name"], newest["by"], newest["serving"], newest["candidate"]) == ("spring", "local/jo", True, made["candidate"])
    assert door.ask("rules", authority="888")["serving"]["rules"] == made["rules"]
    again = act(door, "publish", candidate=made["candidate"])
    assert again["already"] and again["name"] == "spring" and names(door)[0] == "spring"
    assert door.request("ask", {"question": "verify"}, timeout=60)["ok"]


def test_publish_what_changes_nothing_says_nothing(daemon):
    door = daemon.door()
    people(door)
    publish(door, coaching("first"))
    door.settle()
    before = door.publications(), words(door)
    made = publish(door, "-- a word more\n" + coaching("first"))
    door.settle()
    assert (door.publications(), words(door)) == before and history(door)[0]["name"] == made["name"]


def test_publish_names(daemon):
    door = daemon.door()
    first, second = publish(door, coaching("first")), publish(door, coaching("second"), name="b")
    day = history(door)[0]["at"][:10]
    assert names(door) == ["b", f"{day}-2", f"{day}-1"] and first["name"] == f"{day}-2"
    assert refusal(door, "publish", candidate=candidate(door, coaching("third")), name="b")["code"] == "conflict"
    assert refusal(door, "publish", candidate="0" * 64)["code"] == "not-found"
    assert refusal(door, "publish", candidate=second["candidate"], name="a b")["pointer"] == "/name"
    assert refusal(door, "restore", rule="own-coaching")["code"] == "not-found"
    assert refusal(door, "rollback", name="never")["pointer"] == "/name"


def test_rollback(daemon):
    door = daemon.door()
    people(door)
    publish(door, coaching("first"), name="a")
    publish(door, coaching("second"), name="b")
    door.settle()
    back = act(door, "rollback", **{"as": "jo"})
    door.settle()
    assert words(door) == "first" and back["rollback_of"] == "a"
    newest = history(door)[0]
    assert newest["rollback_of"] == "a" and newest["by"] == "local/jo" and newest["serving"]
    assert [h["serving"] for h in history(door)[1:]] == [False] * 3
    act(door, "rollback", name=names(door)[-1])  # what the configuration gave
    door.settle()
    assert words(door) is None
    act(door, "rollback", name="b")
    door.settle()
    assert words(door) == "second" and act(door, "rollback", name="b")["already"]
    assert door.request("ask", {"question": "verify"}, timeout=60)["ok"]


def test_publish_outlives_restart_and_reload(daemon):
    door = daemon.door()
    people(door)
    made = publish(door, coaching("first"), name="a")
    for end in (daemon.kill, daemon.stop):
        end()
        daemon.start()
        door = daemon.door()
        assert door.ask("rules", authority="888")["serving"]["rules"] == made["rules"] and names(door)[0] == "a"
    assert reload(daemon)
    assert door.ask("rules", authority="888")["serving"]["rules"] == made["rules"] and len(names(door)) == 2
    door.settle()
    assert words(door) == "first"


@pytest.mark.slow
def test_directories_and_the_door_newest_deliberate_act_wins(tmp_path):
    rules = tmp_path / "rules"
    write_rules(rules, {"10-own": coaching("directory")}, True)
    with Daemon(tmp_path / "d", authorities={"888": {"rules": rules}}) as d:
        door = d.door()
        people(door)

        def now():
            door.settle()
            return words(door)

        def restart(end=d.kill):
            nonlocal door
            end()
            d.start()
            door = d.door()

        assert now() == "directory"
        publish(door, coaching("door"))
        assert now() == "door" and reload(d) and now() == "door"
        restart()
        assert now() == "door"
        write_rules(rules, {"10-own": coaching("edited")}, True)
        assert now() == "door" and reload(d) and now() == "edited"
        restart()
        assert now() == "edited"
        act(door, "rollback")
        assert now() == "door" and reload(d) and now() == "door"
        write_rules(rules, {"10-own": coaching("while-down")}, True)
        restart(d.stop)
        assert now() == "while-down"
        publish(door, coaching("door"))
        write_rules(rules, {"10-own": coaching("faulty") + "rule"}, True)
        assert not reload(d) and now() == "door" and door.ask("rules", authority="888")["refused"]
        restart()
        assert now() == "door" and door.ask("rules", authority="888")["refused"]
        publish(door, coaching("knowing"))  # of the faulty directory: that is answered with this
        assert now() == "knowing" and not door.ask("rules", authority="888")["refused"]
        assert reload(d) and now() == "knowing"
        restart()
        assert now() == "knowing" and not door.ask("rules", authority="888")["refused"]
        write_rules(rules, {"10-own": coaching("knowing")}, True)  # the same as was published, but from here on it is the directory's
        assert reload(d) and wait_for(lambda: history(door)[0]["by"] == "configuration")
        write_rules(rules, {"10-own": coaching("faulty") + "rule"}, True)
        assert not reload(d) and now() == "knowing"
        assert door.request("ask", {"question": "verify"}, timeout=60)["ok"]


def test_publish_that_fails_leaves_the_last_good_one(tmp_path):
    """Good when it was proposed; its worker breaks when it is to serve."""
    worker, real = tmp_path / "worker", build_dir() / "daemon" / "needs-rules"
    works = f'#!/bin/sh\nexec "{real}"\n'
    worker.write_text(works)
    worker.chmod(0o755)
    with Daemon(tmp_path / "d", options={"worker": worker}) as d:
        door = d.door()
        people(door)
        publish(door, coaching("first"), name="a")
        door.settle()
        name = candidate(door, coaching("second"))
        worker.write_text("#!/bin/sh\nexit 1\n")
        refused = door.send("publish", {"authority": "888", "candidate": name, "name": "b"})
        door.push_good(rated("p-0", {"STL3": 1}, date="2026-10-01"))  # meanwhile the last good one serves
        assert refusal(door, "publish", candidate=name)["code"] == "busy"
        with pytest.raises(Fault) as fault:
            door.wait(refused)
        assert fault.value.codes == ["faulty"] and "could not be loaded" in fault.value.errors[0]["message"]
        door.settle()
        assert words(door) == "first" and names(door)[0] == "a" and not door.ask("rules", authority="888")["refused"]
        worker.write_text(works)
        assert act(door, "publish", candidate=name, name="b")["name"] == "b"
        door.settle()
        assert words(door) == "second"


def test_reload_during_a_publication_waits_for_it(tmp_path):
    rules = write_rules(tmp_path / "rules", {"10-own": coaching("directory")}, True)
    with Daemon(tmp_path / "d", authorities={"888": {"rules": rules}}) as d:
        door = d.door()
        people(door)
        name = candidate(door, coaching("door"))
        write_rules(rules, {"10-own": coaching("edited")}, True)
        waiting = door.send("publish", {"authority": "888", "candidate": name, "name": "b"})
        assert refusal(door, "publish", candidate=name)["code"] == "busy"  # so the first one is under way
        assert reload(d) and door.wait(waiting)["name"] == "b"
        wait_for(lambda: history(door)[0]["by"] == "configuration" and len(names(door)) == 3)
        door.settle()
        assert words(door) == "edited" and names(door)[1] == "b"


def test_who_is_moved_goes_before_who_is_renewed(daemon):
    """Of many who wait for new rules, the one whose facts move has new advice first, and the pushes are taken."""
    door = daemon.door()
    door.day("2026-11-24")
    door.push_good([e for i in range(400) for e in (post(f"p-{i:03}"), rated(f"p-{i:03}", {"STL3": 1}))])
    door.settle()
    slow = 'local n = 0 for i = 1, 60000 do n = n + i end return coaching { because = "slow " .. need.competence }'
    publish(door, rule("own-coaching", recommend=slow, competences='"STL3"'))
    renewing = door.ask("rules", authority="888")["renewing"]
    assert renewing and renewing["of"] == 400 and door.ask("health")["authorities"][0]["renewing"]["of"] == 400
    door.push_good(rated("p-399", {"STL3": 0}, date="2026-10-01", time="2026-10-01T12:00:00Z"))
    wait_for(lambda: not door.person("p-399")["due"])
    left = door.ask("rules", authority="888")["renewing"]
    assert left and left["done"] < 400 and words(door, "p-399") == "slow"
    door.settle()
    assert door.ask("rules", authority="888")["renewing"] is None


# --- with a second person ---

def test_publish_needs_the_diff_and_a_second_person(tmp_path):
    with Daemon(tmp_path / "d", authorities={"888": {"approve_people": 1}, "889": {"name": "No limits"}}) as d:
        door = d.door()
        name = candidate(door, coaching("first"), **{"as": "jo"})
        assert refusal(door, "publish", candidate=name)["code"] == "diff-needed"
        assert refusal(door, "approve", candidate=name, **{"as": "kim"})["code"] == "diff-needed"
        assert refusal(door, "approve", candidate=name, **{"as": "jo"})["code"] == "forbidden"
        assert door.ask("rules", authority="888")["serving"]["list"] and len(names(door)) == 1


def test_approved_without_limits_is_recorded(daemon):
    door = daemon.door()
    name = candidate(door, coaching("first"), **{"as": "jo"})
    assert act(door, "approve", candidate=name, **{"as": "kim"})["approved_by"] == "local/kim"
    assert act(door, "publish", candidate=name, **{"as": "jo"})["approved_by"] == "local/kim"
    newest = history(door)[0]
    assert (newest["by"], newest["approved_by"]) == ("local/jo", "local/kim")
    daemon.kill()
    daemon.start()
    assert history(daemon.door())[0] == newest


# --- the way back of a rule ---

@pytest.mark.slow
def test_restore(tmp_path):
    """A rule that broke its worker is set aside; when its cause is gone, somebody lets it run again. A kill loses neither."""
    worker, real = tmp_path / "worker", str(build_dir() / "daemon" / "needs-rules")
    worker.write_text(BREAKING.format(real=real, poison="own-coaching", how="SIGKILL"))
    worker.chmod(0o755)
    with Daemon(tmp_path / "d", options={"worker": worker, "rule_strikes": 1}) as d:
        door = d.door()
        people(door, 1)
        publish(door, coaching("first"))
        door.settle()
        assert door.ask("rules", authority="888")["serving"]["aside"] == ["own-coaching"] and words(door) is None
        assert (history(door)[0]["act"], history(door)[0]["rule"]) == ("set-aside", "own-coaching")
        worker.write_text(BREAKING.format(real=real, poison="cured", how="SIGKILL"))
        assert act(door, "restore", rule="own-coaching", **{"as": "jo"})["by"] == "local/jo"
        door.settle()
        assert words(door) == "first" and not door.ask("rules", authority="888")["serving"]["aside"]
        assert door.ask("verify", timeout=60)["ok"]
        d.kill()
        d.start()
        door = d.door()
        assert not door.ask("rules", authority="888")["serving"]["aside"] and words(door) == "first"
        newest = history(door)[0]
        assert (newest["act"], newest["rule"], newest["by"]) == ("restored", "own-coaching", "local/jo")


# --- from an author's machine ---

def needs(daemon, *args):
    done = subprocess.run([str(build_dir() / "clients" / "needs" / "needs"), "rules", *map(str, args), "--server", daemon.endpoint, "--authority", "888"],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.slow
def test_needs_rules_from_a_directory(daemon, tmp_path):
    door = daemon.door()
    people(door)
    mine = write_rules(tmp_path / "mine", {"10-own": coaching("first")}, True)
    (mine / "~10-own.lua").write_text("a backup file")
    status, out, err = needs(daemon, "propose", mine, "--json")
    assert status == 0, err
    proposed = json.loads(out)
    assert status == 0 and proposed["candidate"] == candidate(door, coaching("first"))
    status, out, err = needs(daemon, "propose", mine)
    assert (status, err) == (0, "") and proposed["candidate"][:8] in out and "Nothing has changed yet" in out
    status, out, _ = needs(daemon, "publish", proposed["candidate"][:8], "--name", "a", "--as", "jo", "--wait")
    assert status == 0 and "published a for 888" in out and door.ask("rules", authority="888")["renewing"] is None and words(door) == "first"
    write_rules(mine, {"10-own": coaching("second")}, True)
    assert needs(daemon, "publish", mine, "--wait", "--name", "b")[0] == 0 and words(door) == "second"
    status, out, _ = needs(daemon, "rollback", "--wait")
    assert status == 0 and "888: rolled back to a (recorded as " in out and words(door) == "first"
    status, out, _ = needs(daemon, "history")
    lines = out.splitlines()
    assert status == 0 and [re.search(r"  (\S+)  +(local|configuration)", line)[1] for line in lines[2:]] == names(door)
    assert "current; rollback to a" in lines[2] and "local/jo" in lines[4]


SIMPLE = "rule,needs,recommend,about,source,owner\n{},gap,shadowing,to see it done,guide-2010/step-3,Tests\n"


def test_needs_rules_sends_every_table(tmp_path):
    """What is proposed from a directory is what the daemon would read there: any table, whatever its name."""
    mine = write_rules(tmp_path / "mine", {"10-own": coaching("first")})
    (mine / "rules.csv").write_text(SIMPLE.format("see-it"))
    (mine / "20-more.csv").write_text(SIMPLE.format("see-more"))
    with Daemon(tmp_path / "d", authorities={"887": {"name": "Reads it", "rules": mine}, "888": {"name": "Is sent it"}}) as daemon:
        status, out, err = needs(daemon, "propose", mine, "--json")
        assert status == 0, out + err
        serving = daemon.door().ask("rules", authority="887")["serving"]
        assert {"see-it", "see-more", "own-coaching"} <= {r["rule"] for r in serving["list"]}
        assert json.loads(out)["rules"] == serving["rules"]


@pytest.mark.slow
def test_needs_rules_tells_faults_and_warnings_alike(daemon, tmp_path):
    """A directory that is proposed, compared or published: the same lines, and JSON where JSON was asked for."""
    daemon.door().day("2026-11-24")
    mine = write_rules(tmp_path / "mine", {"10-own": coaching("first") + "rule"})
    for verb in ("propose", "diff", "publish"):
        assert (lambda r: r[0] == 1 and "authority/10-own.lua:" in r[1])(needs(daemon, verb, mine)), verb
        status, out, _ = needs(daemon, verb, mine, "--json")
        told = json.loads(out)
        assert status == 1 and not told["ok"] and "authority/10-own.lua:" in told["faults"][0], verb
    write_rules(mine, {"10-own": rule("slip", "return given(need.gap == 1,\n otherwise \"the gap is one level\")")})
    for verb in ("propose", "diff", "publish"):
        status, out, err = needs(daemon, verb, mine)
        assert status == 0 and "warning: authority/10-own.lua:" in out, (verb, out, err)
    status, out, err = needs(daemon, "publish", mine, "--json")
    assert status == 0 and json.loads(out)["already"] and "warning: authority/10-own.lua:" in err


def test_needs_rules_says_what_is_wrong(daemon, tmp_path):
    mine = write_rules(tmp_path / "mine", {"10-own": coaching("first") + "rule"})
    for verb in ("propose", "publish"):
        status, out, err = needs(daemon, verb, mine)
        assert status == 1 and "authority/10-own.lua:" in out, err
    assert "the current rules remain in force" in err and len(names(daemon.door())) == 1
    (mine / "10-own.lua").write_bytes(b"-- caf\xe9")
    assert (lambda r: r[0] == 1 and "is not UTF-8" in r[2])(needs(daemon, "propose", mine))
    for args, status, says in ((["propose"], 2, "missing argument: DIR"), (["propose", tmp_path / "none"], 2, "there is no directory"),
                               (["publish", "12345678"], 1, "no such candidate"), (["publish", "123"], 1, "8 to 64"),
                               (["rollback", "never"], 1, "nothing was published under this name"), (["rollback"], 1, "there is no earlier publication"),
                               (["restore", "own-coaching"], 1, "no rule of this name is set aside"), (["approve"], 2, "missing argument: ")):
        got = needs(daemon, *args)
        assert got[0] == status and says in got[2], got


def test_a_publication_is_no_candidate(daemon, tmp_path):
    """Not even where its name is made of a hash's letters."""
    mine = write_rules(tmp_path / "mine", {"10-own": coaching("first")}, True)
    for name in ("bad", "deadbeef0"):
        assert needs(daemon, "publish", mine, "--name", name)[0] == 0
        status, _, err = needs(daemon, "publish", name)
        assert status == 2 and f"{name} is a publication" in err and f"needs rules rollback {name}" in err
        assert "out-of-range" not in err
        write_rules(mine, {"10-own": coaching("second")}, True)
    assert needs(daemon, "rollback", "bad")[0] == 0
