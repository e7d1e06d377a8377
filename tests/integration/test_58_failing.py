"""A rule that fails for people stays in force, and those who published it, keep it or look after the daemon hear of it."""
import html
import subprocess

import pytest

from advice import log_of, rule, wait_for, write_rules
from daemon import Daemon, build_dir
from door import event, post, rated

DAY = "2026-09-02"
WORDS = "authority/10-try.lua:3: need.confidence may be unknown (nil)"


def needs(daemon, *args):
    done = subprocess.run([str(build_dir() / "clients" / "needs" / "needs"), *map(str, args), "--server", daemon.endpoint, "--authority", "888"],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    return done.returncode, " ".join(done.stdout.split()), " ".join(done.stderr.split())


def fails(door):
    return {r["rule"]: r["fails"] for r in door.ask("rules", authority="888")["serving"]["list"]}


@pytest.fixture
def town(tmp_path):
    """Seven people; the directory `bad` has a rule that fails for all of them, and one that does for two."""
    broken = rule("broken", when="return need.confidence + 1 > 1") + rule("rare", when="return need.gap < {}", competences='{"STL5"}')
    write_rules(tmp_path / "bad", {"10-try": broken, "20-well": rule("well", recommend="return coaching {}", competences='{"STL3"}')}, True)
    good = write_rules(tmp_path / "good", {"10-try": rule("broken")}, True)
    with Daemon(tmp_path / "d", authorities={"888": {"rules": good}}) as daemon:
        door = daemon.door()
        door.day(DAY)
        door.settle(door.push_good([e for n in range(7) for e in (post(f"p-{n}"), rated(f"p-{n}", {"STL3": 2} | ({"STL5": 1} if n < 2 else {})))]))
        yield daemon, door, tmp_path


def test_publish_ends_with_the_rules_that_fail(town):
    daemon, door, tmp = town
    assert set(fails(door).values()) == {None}
    status, out, err = needs(daemon, "rules", "publish", tmp / "bad", "--name", "bad", "--wait")
    assert status == 0 and "published bad for 888" in out and "fails" not in out
    assert "broken: currently fails for 7 people: " + WORDS in err and "rare: currently fails for fewer than 5 people: " in err and "well:" not in err
    assert "known only" not in err  # everybody was worked out anew
    status, _, err = needs(daemon, "rules", "publish", tmp / "good", "--name", "good", "--wait")
    assert (status, err) == (0, "") and set(fails(door).values()) == {None}


def test_what_fails_is_seen_wherever_rules_are_looked_at(town):
    daemon, door, tmp = town
    needs(daemon, "rules", "publish", tmp / "bad", "--wait")
    told = fails(door)
    assert told["broken"]["people"] == 7 and WORDS in told["broken"]["message"] and told["well"] is None
    assert told["rare"]["people"] is None and told["rare"]["few"] is True
    for shown in (("rules",), ("rules", "list"), ("rules", "list", "--rule", "broken"), ("rules", "list", "--page", "-")):
        assert "currently fails for 7 people: " + WORDS in (html.unescape if "--page" in shown else str)(needs(daemon, *shown)[1]), shown
    status, out, _ = needs(daemon, "status")
    assert status == 0 and "888: 2 rules fail; see needs rules" in out
    said = [line for line in log_of(daemon).splitlines() if "a rule fails" in line]
    assert len(said) == 2 and all("authority=888" in line for line in said) and any("rule=broken" in line and WORDS in line for line in said)


def test_what_fails_follows_the_people(town):
    """Who is erased, and who has left, is failed no more."""
    daemon, door, tmp = town
    needs(daemon, "rules", "publish", tmp / "bad", "--wait")
    door.settle(door.push_good([event("person.erase", {"date": DAY}, "p-6")]))
    assert fails(door)["broken"]["people"] == 6
    door.settle(door.push_good([event("person.left", {"date": "2026-09-01", "reason": "left"}, "p-5")]))
    assert fails(door)["broken"]["people"] == 5


def test_after_a_restart_it_says_what_is_not_known(town):
    daemon, door, tmp = town
    needs(daemon, "rules", "publish", tmp / "bad", "--wait")
    daemon.stop()
    daemon.start()
    door = daemon.door()
    door.settle()
    assert fails(door)["broken"] == {"people": 0, "before": True} and fails(door)["well"] is None
    told = needs(daemon, "rules")[1]
    assert "broken: failed before the daemon started; since then it has failed for nobody" in told and "0 of 7 people" in told
    assert "888: 2 rules fail; see needs rules" in needs(daemon, "status")[1]
    door.settle(door.push_good([rated(f"p-{n}", {"STL3": 1}, date="2026-09-02") for n in range(2, 7)]))
    assert fails(door)["broken"]["people"] == 5 and fails(door)["rare"] == {"people": 0, "before": True}
    assert "5 of 7 people" in needs(daemon, "rules")[1]
    assert needs(daemon, "rules", "publish", tmp / "good", "--wait")[2] == ""
    assert set(fails(door).values()) == {None}


def test_a_school_rule_that_fails_counts_schools(tmp_path):
    broken = rule("together", "return cohort.count > {}", "return inset {}", competences='"STL3"', families='"learning-support"')
    broken = broken.replace("rule ", "school_rule ", 1).replace("(need, person, school)", "(cohort, school)")
    rules = write_rules(tmp_path / "rules", {"one": broken}, True)
    with Daemon(authorities={"888": {"rules": rules}}) as daemon:
        door = daemon.door()
        door.day(DAY)
        door.settle(door.push_good([e for n in range(6) for e in (post(f"p-{n}"), rated(f"p-{n}", {"STL3": 1}))]))
        wait_for(lambda: fails(door)["together"], what="the school's turn")
        assert fails(door)["together"]["schools"] == 1
        assert "currently fails for 1 school as a whole" in needs(daemon, "rules", "list", "--rule", "together")[1]
        assert "together: currently fails for 1 school as a whole: authority/one.lua:5: " in needs(daemon, "rules")[1]
