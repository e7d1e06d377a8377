"""What came of developments, as rules read it: counted once a day, journaled, the same again at any time."""
import sqlite3

import pytest

from advice import reload, rule, standing, write_rules
from daemon import Daemon
from door import event, post, rated

TELL = 'local e = effect("coaching") return shadowing { because = e and e.closed .. " of " .. e.completed .. ", " .. e.per_cent or "nothing" }'
READS = rule("tell", recommend=TELL, competences='{"STL4"}')
READS_NOT = rule("tell", recommend='return shadowing { because = "never asked" }', competences='{"STL4"}')
WATCHER = "w-1"


def completed(person, date="2026-09-02", **more):
    data = {"recommendation": "coaching.STL3", "date": date, "response": "completed", "by": "person"}
    return event("response.recorded", data, person, time=f"{date}T15:00:00Z", **more)


def coached(n, closed, first=1):
    """n people who needed STL3 and were coached in it: `closed` of them were rated higher afterwards, the others were not."""
    people = [f"p-{i}" for i in range(first, first + n)]
    return [e for i, p in enumerate(people)
            for e in (post(p), rated(p, {"STL3": 1}, date="2026-08-01"), completed(p), rated(p, {"STL3": 3 if i < closed else 1}, date="2026-09-05"))]


@pytest.fixture
def town(tmp_path):
    class Town(Daemon):
        def rules(self, text):
            write_rules(tmp_path / "rules", {"tell": text}, replace=True)

        def notes(self, kind="effect"):
            with sqlite3.connect(f"file:{next(self.dir.rglob('*.db'))}?mode=ro", uri=True) as store:
                return [bytes(body).decode() if isinstance(body, bytes) else body for body, in store.execute("select body from journal where kind = ? order by position", (kind,))]

    daemon = Town(tmp_path / "daemon", authorities={"888": {"rules": tmp_path / "rules"}})
    daemon.rules(READS)
    with daemon:
        door = daemon.door()
        door.day("2026-09-01")
        door.settle(door.push_good([post(WATCHER), rated(WATCHER, {"STL4": 1}, date="2026-08-01")]))
        yield daemon


def told(door):
    """What the rule said of the watcher."""
    return [b["text"] for r in door.person(WATCHER)["recommendations"] for b in r["because"] if b["rule"] == "tell"]


def test_advice_follows_what_came_of_it(town):
    """It moves with the day, not before; after a restart it is what it was, byte for byte, and follows from the journal."""
    door = town.door()
    assert told(door) == ["nothing"]
    door.settle(door.push_good(coached(12, closed=8)))
    assert told(door) == ["nothing"] and town.notes() == []
    door.settle(door.day("2026-09-10"))
    assert told(door) == ["6 of 10, 60"]
    assert town.notes() == ['{"coaching":{"completed":10,"closed":6}}']
    assert [p["cause"] for p in door.publications() if p.get("subject") == WATCHER][-1] == "day"
    assert door.ask("verify", timeout=60)["ok"]
    everybody = [("8889901", f"p-{i}") for i in range(1, 13)] + [("8889901", WATCHER)]
    before, publications = standing(door, everybody), len(door.publications())
    door.settle(door.push_good(coached(1, closed=0, first=13)))
    assert told(door) == ["6 of 10, 60"]
    town.stop()
    town.start()
    door = town.door()
    door.settle()
    assert standing(door, everybody) == before and len(town.notes()) == 1
    assert door.ask("verify", timeout=60)["ok"]
    assert len([p for p in door.publications() if p.get("subject") != "p-13"]) == publications


def test_one_more_seldom_moves_anybody(town):
    door = town.door()
    door.settle(door.push_good(coached(12, closed=8)))
    door.settle(door.day("2026-09-10"))
    evaluated = door.ask("health")["evaluations"]
    door.settle(door.day("2026-09-11"))
    assert len(town.notes()) == 1 and door.ask("health")["evaluations"] == evaluated
    door.settle(door.push_good(coached(1, closed=1, first=13)))
    door.settle(door.day("2026-09-12"))
    assert len(town.notes()) == 1 and told(door) == ["6 of 10, 60"]
    door.settle(door.push_good(coached(8, closed=8, first=14)))
    door.settle(door.day("2026-09-13"))
    assert len(town.notes()) == 2 and told(door) == ["16 of 20, 80"]
    assert door.ask("verify", timeout=60)["ok"]


def test_few_are_not_told(town):
    """Nine, and a tenth of whom it is not known; then it is known."""
    door = town.door()
    door.settle(door.push_good([*coached(9, closed=9), post("u"), rated("u", {"STL3": 1}, date="2026-08-01"), completed("u")]))
    door.settle(door.day("2026-09-10"))
    assert told(door) == ["nothing"] and town.notes() == []
    door.settle(door.push_good(rated("u", {"STL3": 1}, date="2026-09-09")))
    door.settle(door.day("2026-09-11"))
    assert told(door) == ["9 of 10, 90"]


def test_ten_by_four_people_are_not_told(town):
    """However often they were coached: nobody is to stand out."""
    door = town.door()
    again = [e for p in range(1, 5) for k in range(3) for e in (completed(f"p-{p}", date=f"2026-09-0{k + 2}"),)]
    door.settle(door.push_good([*coached(4, closed=4), *again]))
    door.settle(door.day("2026-09-10"))
    assert told(door) == ["nothing"]


def test_erased_restricted_and_withdrawn_do_not_count(town):
    door = town.door()
    door.settle(door.push_good([*coached(12, closed=12), completed("p-12", date="2026-09-03", id="wrong")]))
    door.settle(door.day("2026-09-10"))
    assert told(door) == ["10 of 10, 100"]
    door.settle(door.push_good([event("record.withdrawn", {"of": ["wrong"], "reason": "typo"}),
                                event("person.erase", {"date": "2026-09-10"}, "p-1"),
                                event("person.restricted", {"date": "2026-09-10", "restricted": True}, "p-2")]))
    door.settle(door.day("2026-09-11"))
    assert told(door) == ["10 of 10, 100"]
    door.settle(door.push_good(event("person.erase", {"date": "2026-09-11"}, "p-3")))
    door.settle(door.day("2026-09-12"))
    assert told(door) == ["nothing"] and len(town.notes()) == 2
    assert door.ask("verify", timeout=60)["ok"]


def test_rules_that_do_not_read_it_cost_nothing(town):
    """No note, nobody due; published rules that read it have their counts before midnight."""
    door = town.door()
    town.rules(READS_NOT)
    assert reload(town)
    door.settle(door.push_good(coached(12, closed=6)))
    door.settle(door.day("2026-09-10"))
    assert town.notes() == [] and told(door) == ["never asked"]
    evaluated = door.ask("health")["evaluations"]
    door.settle(door.day("2026-09-11"))
    assert door.ask("health")["evaluations"] == evaluated
    town.rules(READS)
    assert reload(town)
    door.settle()
    assert told(door) == ["5 of 10, 50"] and len(town.notes()) == 1
    assert door.ask("verify", timeout=60)["ok"]
    town.kill()
    town.start()
    door = town.door()
    door.settle()
    assert told(door) == ["5 of 10, 50"] and len(town.notes()) == 1


def test_diff_counts_for_rules_that_are_to_read_it(town):
    """What a publication would bring is what the diff says, though nothing was counted for the rules that serve."""
    door = town.door()
    town.rules(rule("tell", when="return false", competences='{"STL4"}'))
    assert reload(town)
    door.settle(door.push_good(coached(12, closed=6)))
    door.settle(door.day("2026-09-10"))
    assert told(door) == [] and town.notes() == []
    wanted = rule("tell", when='local e = effect("coaching") return given(e ~= nil and e.per_cent >= 50, otherwise "few gaps close")',
                  recommend='return shadowing { because = "it helps" }', competences='{"STL4"}')
    proposed = door.request("propose", {"authority": "888", "rules": {"tell.lua": wanted}, "replace_default": True})
    answer = door.ask("diff", authority="888", to=proposed["candidate"])
    while answer["running"]:
        answer = door.ask("diff", authority="888", run=answer["run"])
    assert [r["recommendation"] for r in answer["recommendations"]] == ["shadowing.STL4"]
    door.request("publish", {"authority": "888", "candidate": proposed["candidate"]})
    door.settle()
    assert told(door) == ["it helps"] and len(town.notes()) == 1


def test_rules_of_a_whole_school_read_it(town):
    text = rule("share", when='local e = effect("coaching") return cohort.count >= 5 and e ~= nil and e.per_cent >= 50', recommend="return inset {}",
                competences='{"STL3"}').replace("rule ", "school_rule ", 1).replace("(need, person, school)", "(cohort, school)")
    door = town.door()
    town.rules(text)
    assert reload(town)
    school = lambda: [c["cohort"] for c in door.ask("school", authority="888", school="8889901")["cohorts"]]
    door.settle(door.push_good([*coached(12, closed=6), *(e for i in range(6) for e in (post(f"q-{i}"), rated(f"q-{i}", {"STL3": 1})))]))
    assert school() == []
    door.settle(door.day("2026-09-10"))
    assert len(school()) == 1
    assert door.ask("verify", timeout=60)["ok"]


def test_misspelt_kind_is_refused(town):
    town.rules(READS.replace('"coaching"', '"coachng"'))
    assert not reload(town)
    assert "unknown kind of development 'coachng'; did you mean 'coaching'?" in town.log.read_text()
