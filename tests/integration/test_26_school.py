"""What rules read of the school and of the authority, and what they advise a whole school: offers and cohorts."""
import subprocess
import time

import pytest

from advice import reload, rule, write_rules
from daemon import Daemon, build_dir
from door import event, post, rated

BOOK = ("local found = offers_for(need) if #found == 0 then return coaching {} end "
        'return inset { because = found[1].id .. " on " .. tostring(found[1].first) }')


def offer(name, development="inset.STL3", date="2026-11-20", school="8889901", fee=1000, time="2026-09-01T09:00:00Z", **more):
    data = {"offer": name, "development": development, "provider": "Town", "places": 9,
            "sessions": [{"date": date, "start": "09:00", "end": "10:00", "place": "Hall"}],
            "cost": {"fee": fee, "registration": 0, "materials": 0, "travel": 0}, **more}
    return event("provision.recorded", data, None, school=school, time=time)


def reasons(door, subject="p-1", school="8889901"):
    return [b["text"] for r in door.person(subject, school=school)["recommendations"] for b in r["because"] if b["rule"] == "book"]


@pytest.fixture
def booking(tmp_path):
    write_rules(tmp_path / "rules", {"book": rule("book", recommend=BOOK, competences='{"STL3"}')}, replace=True)
    with Daemon(authorities={"888": {"rules": tmp_path / "rules"}}) as daemon:
        door = daemon.door()
        door.day("2026-09-01")
        door.settle(door.push_good([post("p-1"), rated("p-1", {"STL3": 1})]))
        yield door


def test_offers_come_move_and_pass_by(booking):
    """A rule that reads what can be booked is asked again when that moves, by an event or by the day, and only then."""
    door = booking
    assert reasons(door) == ["A rule of the tests"]
    door.settle(door.push_good(offer("wide", school="-", date="2026-10-05")))
    assert reasons(door) == ["wide on 2026-10-05"]
    door.settle(door.push_good(offer("own", date="2026-10-01")))
    assert reasons(door) == ["own on 2026-10-01"]
    door.settle(door.push_good(offer("teachers", date="2026-09-10", **{"for": ["teachers"]})))
    assert reasons(door) == ["own on 2026-10-01"]
    before = len(door.publications())
    door.settle(door.push_good(offer("other", development="inset.X.SAFE", date="2026-09-05")))
    assert len(door.publications()) == before
    door.settle(door.day("2026-10-01"))
    assert reasons(door) == ["own on 2026-10-01"]
    door.settle(door.day("2026-10-02"))
    assert reasons(door) == ["wide on 2026-10-05"]
    assert door.ask("verify", timeout=60)["ok"]
    door.settle(door.push_good(offer("wide", school="-", date="2026-10-05", closed=True)))
    assert reasons(door) == ["A rule of the tests"]
    assert door.ask("verify", timeout=60)["ok"]


def test_offers_in_a_stream_hold_nobody_up(tmp_path):
    """One for the whole authority every few milliseconds, which a rule reads: everybody is advised all the same, and of the last."""
    write_rules(tmp_path / "rules", {"book": rule("book", recommend=BOOK, competences='{"STL3"}')}, replace=True)
    with Daemon(authorities={"888": {"rules": tmp_path / "rules"}}, options={"school_pause": 1}) as daemon:
        door, offers = daemon.door(), daemon.door()
        door.day("2026-09-01")
        door.push_good([e for i in range(400) for e in (post(f"p-{i}"), rated(f"p-{i}", {"STL3": 1}))])
        until, sent = time.monotonic() + 20, 0
        while door.ask("health")["due"] > 0:
            assert time.monotonic() < until
            offers.send("push", offer("wide", school="-", fee=sent, date=f"2026-10-{sent % 28 + 1:02}", time=f"2026-09-01T10:{sent // 60 % 60:02}:{sent % 60:02}Z"))
            sent += 1
            time.sleep(0.003)
        while sent and offers.receive(timeout=2) is not None:
            sent -= 1
        door.settle(door.push_good(offer("wide", school="-", date="2026-11-05", time="2026-09-01T12:00:00Z")))
        assert reasons(door, "p-7") == reasons(door, "p-399") == ["wide on 2026-11-05"]
        verified = door.ask("verify", timeout=60)
        assert verified["ok"] and verified["persons"] == 400


# --- school rules ---

def school_rule(name, when="return cohort.count >= 4", recommend="return inset { priority = 60 }", **fields):
    return rule(name, when, recommend, **fields).replace("rule ", "school_rule ", 1).replace("(need, person, school)", "(cohort, school)")


def bare(advice):
    return {k: v for k, v in advice.items() if k != "stand"}


def cohorts(door, school="8889901"):
    return {c["cohort"]: bare(c) for c in door.ask("school", authority="888", school=school)["cohorts"]}


def said(door, about=None):
    return [(p["type"].split(".")[2], p["data"]["cohort"], p["cause"]) for p in door.publications()
            if p["type"].startswith("needs.cohort.") and about in (None, p["data"]["cohort"])]


def staff(n, role="TASS", level=1, school="8889901", prefix="p", competence="STL3"):
    return [e for i in range(n) for e in (post(f"{prefix}-{i}", role, school=school), rated(f"{prefix}-{i}", {competence: level}, school=school))]


class School(Daemon):
    def rules(self, text):
        write_rules(self.dir / "rules", {"school": text}, replace=True)


@pytest.fixture
def shared(tmp_path):
    daemon = School(tmp_path / "daemon", authorities={"888": {"rules": tmp_path / "daemon" / "rules"}})
    daemon.rules(school_rule("share", competences='{"STL3", "STL4"}'))
    with daemon:
        daemon.door().day("2026-09-01")
        yield daemon


def test_cohort_is_issued_changed_and_withdrawn(shared):
    door = shared.door()
    door.settle(door.push_good(staff(3)))
    assert cohorts(door) == {} and said(door) == []
    door.settle(door.push_good([*staff(4), *staff(2, role="CTKR", prefix="c")]))
    advice = cohorts(door)["inset.STL3.learning-support"]
    assert advice["count"] is None and "several people" in advice["summary"] and "4" not in advice["summary"]
    assert advice["answers"] == [{"competence": "STL@2007/STL3", "title": advice["answers"][0]["title"], "count": None}]
    assert [b["rule"] for b in advice["because"]] == ["share"] and advice["leaves_out"] == ["site"]
    assert (advice["development"]["kind"], advice["family"], advice["priority"]) == ("inset", "learning-support", 50)
    published, = [p for p in door.publications() if p["type"] == "needs.cohort.issued.v1"]
    assert bare(published["data"]) == advice and published["audience"] == "school" and "subject" not in published

    door.settle(door.push_good(staff(6)[8:]))
    advice = cohorts(door)["inset.STL3.learning-support"]
    assert advice["count"] == 6 and "6 people" in advice["summary"]
    changed = door.publications()[-1]
    assert (changed["type"], changed["audience"]) == ("needs.cohort.changed.v1", "authority")
    assert set(changed["data"]["changes"]) == {"count", "summary", "answers", "priority"} and changed["weight"] == "minor"
    assert door.ask("verify", timeout=60)["ok"]

    door.settle(door.push_good([rated(f"p-{i}", {"STL3": 3}, evidence="observer", by="o-1", date="2026-09-01") for i in range(3)]))
    assert cohorts(door) == {}
    assert said(door) == [("issued", "inset.STL3.learning-support", "needs"), ("changed", "inset.STL3.learning-support", "needs"),
                          ("withdrawn", "inset.STL3.learning-support", "needs")]
    verified = door.ask("verify", timeout=60)
    assert verified["ok"] and verified["schools"] == 1 and verified["cohorts"] == 0


def test_cohort_weight_and_audience_of_fewer_people(shared):
    """Other counts are minor, other words are not; and those who may not know of a few hear that it is over."""
    door, cohort = shared.door(), "inset.STL3.learning-support"
    door.settle(door.push_good(staff(7)))
    door.settle(door.push_good([rated("p-0", {"STL3": 3}, evidence="observer", by="o-1", date="2026-09-01")]))
    newest = door.publications()[-1]
    assert (newest["data"]["count"], newest["weight"], newest["audience"]) == (6, "minor", "authority")
    shared.rules(school_rule("share", recommend='return inset { priority = 60, because = "it is cheaper" }', competences='{"STL3", "STL4"}'))
    assert reload(shared)
    door.settle()
    assert (lambda p: (p["type"], p["data"]["changes"], p["weight"]))(door.publications()[-1]) == ("needs.cohort.changed.v1", ["because"], "material")
    door.settle(door.push_good([rated(f"p-{i}", {"STL3": 3}, evidence="observer", by="o-1", date="2026-09-01") for i in (1, 2)]))
    gone, anew = [p for p in door.publications() if p["type"].startswith("needs.cohort.")][-2:]
    assert (gone["type"], gone["audience"], gone["data"]["cohort"]) == ("needs.cohort.withdrawn.v1", "authority", cohort)
    assert (anew["type"], anew["audience"], anew["data"]["count"]) == ("needs.cohort.issued.v1", "school", None)
    assert cohorts(door)[cohort] == bare(anew["data"]) and door.ask("verify", timeout=60)["ok"]


def test_cohort_of_one_school_says_nothing_of_another(shared):
    door = shared.door()
    door.settle(door.push_good([*staff(2), *staff(2, school="8889902")]))
    assert cohorts(door) == {} and cohorts(door, "8889902") == {}
    door.settle(door.push_good(staff(5, school="8889902")[4:]))
    assert cohorts(door) == {} and list(cohorts(door, "8889902")) == ["inset.STL3.learning-support"]


def test_cohort_stands_over_a_restart_and_moves_with_the_rules(shared):
    door = shared.door()
    door.settle(door.push_good(staff(6)))
    before, stood = len(door.publications()), cohorts(door)
    assert stood
    shared.kill()
    shared.start()
    door = shared.door()
    door.settle()
    assert cohorts(door) == stood and len(door.publications()) == before
    assert door.ask("verify", timeout=60)["cohorts"] == 1
    shared.rules(school_rule("share", recommend='return joint_training { priority = 70, because = "together" }', competences='"STL3"'))
    assert reload(shared)
    door.settle()
    assert list(cohorts(door)) == ["joint-training.STL3.learning-support"]
    assert said(door)[1:] == [("withdrawn", "inset.STL3.learning-support", "rules"), ("issued", "joint-training.STL3.learning-support", "rules")]
    shared.rules(rule("none", when="return false"))
    assert reload(shared)
    door.settle()
    assert cohorts(door) == {} and door.ask("verify", timeout=60)["ok"]


def test_cohort_hears_of_the_school_s_own_words(shared):
    """The roster is the school's own; what moves in it moves the advice, by the school's statement as its cause."""
    shared.rules(school_rule("half", when="return cohort.roster ~= nil and cohort.count * 2 >= cohort.roster", competences='"STL3"'))
    assert reload(shared)
    door = shared.door()
    door.settle(door.push_good(staff(2)))
    assert cohorts(door) == {}
    door.settle(door.push_good(event("school.recorded", {"roster": {"learning-support": 4, "teaching": 9, "midday": 0}})))
    advice = cohorts(door)["inset.STL3.learning-support"]
    assert advice["leaves_out"] == ["teaching"]
    door.settle(door.push_good(event("school.recorded", {"roster": {"learning-support": 5}}, time="2026-09-01T10:00:00Z")))
    assert said(door) == [("issued", "inset.STL3.learning-support", "school"), ("withdrawn", "inset.STL3.learning-support", "school")]


def test_cohort_rule_that_fails_is_reported_and_the_others_go_on(shared):
    shared.rules(school_rule("breaks", recommend='return inset { because = cohort.count .. " people" }') +
                 school_rule("share", competences='"STL3"'))
    assert reload(shared)
    door = shared.door()
    door.settle(door.push_good(staff(4)))
    assert [b["rule"] for b in cohorts(door)["inset.STL3.learning-support"]["because"]] == ["share"]
    failed, = [p["data"] for p in door.publications() if p["type"] == "needs.rule.failed.v1"]
    assert failed["rule"] == "breaks" and "written out in the rule" in failed["message"]


def test_cohort_waits_for_the_needs_to_rest(tmp_path):
    """With a pause, an import is one publication and not one for each person; `settled` waits for it."""
    daemon = School(tmp_path / "daemon", authorities={"888": {"rules": tmp_path / "daemon" / "rules"}}, options={"school_pause": 1})
    daemon.rules(school_rule("share", when="return true", competences='"STL3"'))
    with daemon:
        door = daemon.door()
        door.day("2026-09-01")
        for i in range(0, 12, 2):
            position = door.push_good(staff(6)[i:i + 2])
            door.ask("person", authority="888", school="8889901", person=f"p-{i // 2}")
        door.settle(position)
        assert said(door) == [("issued", "inset.STL3.learning-support", "needs")] and cohorts(door)["inset.STL3.learning-support"]["count"] == 6


def test_show_gives_the_grounds_of_what_a_school_is_advised(shared):
    """As it does of what a person is."""
    door = shared.door()
    door.settle(door.push_good(staff(6)))
    done = subprocess.run([str(build_dir() / "clients" / "needs" / "needs"), "show", "--server", shared.endpoint, "--authority", "888", "--school", "8889901"],
                          capture_output=True, text=True, timeout=30, check=True)
    told = " ".join(done.stdout.split("For the school")[1].split())
    advised = cohorts(door)
    assert advised and all(f"because: {b['text']}" in told for c in advised.values() for b in c["because"]), told
