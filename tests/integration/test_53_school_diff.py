"""What other rules would advise schools as a whole, and which rules are new, changed or gone: said before, and held against what happens."""
import csv
import io
import json
import subprocess

import pytest

from advice import ROOT, rule, write_rules
from daemon import Daemon, build_dir
from door import event, post, rated
from test_26_school import school_rule
from test_52_diff import PROFILE, SCHOOLS, Staff, compare, differences, moved, near, propose, refusal, who

SIZES = {"8889901": 9, "8889902": 6, "8889903": 3, "8889904": 2}  # people with the same need
NEAR = near(4)
COHORT = "inset.STL3.learning-support"


def share(least, recommend="return inset { priority = 60, minutes = 90 }", name="share", competences='"STL3"'):
    return school_rule(name, f"return given(cohort.count >= {least})", recommend, competences=competences)


def in_need():
    return [e for school, n in SIZES.items() for i in range(n)
            for e in (post(f"p-{i}", school=school, id=f"post-{school}-{i}"), rated(f"p-{i}", {"STL3": 1}, school=school, id=f"rate-{school}-{i}"))]


def serve(tmp_path):
    """Nine of one school need the same, which it is advised; fewer of others, who are not."""
    write_rules(tmp_path / "rules", {"10-near": NEAR, "20-share": share(7)}, replace=True)
    with Daemon(authorities={"888": {"rules": tmp_path / "rules"}}) as daemon:
        door = daemon.door()
        door.day("2026-09-01")
        door.settle(door.push_good(in_need()))
        assert [c["cohort"] for c in door.ask("school", authority="888", school="8889901")["cohorts"]] == [COHORT]
        yield daemon


@pytest.fixture
def served(tmp_path):
    yield from serve(tmp_path)


@pytest.fixture(scope="module")
def still(tmp_path_factory):
    yield from serve(tmp_path_factory.mktemp("still"))


def schools(door, run):
    """Every school's row."""
    rows, page = [], {"next": "0"}
    while page["next"]:
        page = door.ask("differences", authority="888", run=run, after=page["next"])
        rows += page["schools"]
    return rows


def named(rows, member):
    return {(r["school"], c["cohort"]) for r in rows for c in r[member]}


def happened(door, count):
    """(what, school, cohort) of everything published about schools as a whole since."""
    return {(p["type"].split(".")[2], p["school"], p["data"]["cohort"]) for p in door.publications()[count:] if p["type"].startswith("needs.cohort.")}


def said(rows):
    """The same, as a diff said it before."""
    words = {"gains": "issued", "loses": "withdrawn", "changes": "changed"}
    return {(word, *one) for member, word in words.items() for one in named(rows, member)}


def publish(door, candidate):
    door.request("publish", {"authority": "888", "candidate": candidate})
    door.settle()


# --- exactly these schools ---

def test_diff_of_a_school_rule_names_exactly_those_schools(served):
    door = served.door()
    count = len(door.publications())
    candidate = propose(door, {"10-near.lua": NEAR, "20-share.lua": share(6)})
    answer = compare(door, candidate)
    assert answer["ok"] and answer["total"]["changed"] == 0 and differences(door, answer["run"])[0] == []
    found, (item,) = answer["schools"], answer["schools"]["items"]
    assert (found["schools"], found["changed"], found["gain"], found["lose"], found["few"]) == (4, 1, 1, 0, 0)
    assert item["school"] == "8889902" and [g["cohort"] for g in item["gains"]] == [COHORT] and not item["loses"] and not item["changes"]
    assert "6 people" in item["gains"][0]["summary"]
    assert found["kinds"] == [{"kind": "inset", "gain": 1, "lose": 0}] and found["cohorts"] == [{"cohort": COHORT, "gain": 1, "lose": 0}]
    assert found["minutes"] == {"more": 6 * 90, "less": 0, "not_known": 0} and found["pence"] == {"more": 0, "less": 0, "not_known": 0}
    assert schools(door, answer["run"]) == [item] and len(door.publications()) == count
    publish(door, candidate)
    assert happened(door, count) == said([item]) == {("issued", "8889902", COHORT)}
    assert compare(door, candidate)["schools"]["changed"] == 0


def test_diff_of_schools_loses_and_changes(still):
    door = still.door()
    none = compare(door, propose(door, {"10-near.lua": NEAR}))["schools"]
    assert none["lose"] == none["changed"] == 1 and none["gain"] == 0 and none["minutes"]["less"] == 9 * 90
    longer = compare(door, propose(door, {"10-near.lua": NEAR, "20-share.lua": share(7, "return inset { priority = 60, minutes = 120 }")}))
    (item,) = longer["schools"]["items"]
    assert item["changes"][0]["members"] == ["minutes"] and longer["schools"]["minutes"]["more"] == 9 * 30
    back = compare(door, "serving", **{"from": propose(door, {"10-near.lua": NEAR})})["schools"]
    assert back["gain"] == 1 and back["minutes"]["more"] == 9 * 90


def test_diff_of_schools_knows_what_is_paid(served):
    """A place for each of those who are counted, at the price of the offer that is known."""
    door = served.door()
    course = share(6, 'return unit { code = "TDA 2.9", not_in_house = "nobody can" }')
    candidate = propose(door, {"10-near.lua": NEAR, "20-share.lua": course})
    unknown = compare(door, candidate)["schools"]
    assert unknown["pence"] == {"more": 0, "less": 0, "not_known": 2} and unknown["gain"] == 2
    door.push_good([event("provision.recorded", {"offer": "o", "development": "unit.TDA-2.9", "provider": "Somebody", "places": 20, "sessions": [],
                                                 "cost": {"fee": 4000, "registration": 500, "materials": 0, "travel": 0}}, school="-", id="o")])
    assert compare(door, candidate)["schools"]["pence"] == {"more": 15 * 4500, "less": 0, "not_known": 0}


# --- what is safe to share ---

def test_diff_of_few_people_in_schools_is_held_back(still):
    """Which school has two or three people with a need is nobody else's to know, nor how many such schools there are."""
    door = still.door()
    answer = compare(door, propose(door, {"10-near.lua": NEAR, "20-share.lua": share(2)}))
    found = answer["schools"]
    assert found["changed"] == found["gain"] == 1 and found["few"] is None and found["suppressed"]
    assert [i["school"] for i in found["items"]] == ["8889902"] and found["minutes"]["more"] == 6 * 90
    assert "8889903" not in json.dumps(found) and "8889904" not in json.dumps(found)
    (moved_rule,) = answer["rules_moved"]
    assert moved_rule == {"rule": "share", "what": "changed", "schools": 2, "few": None, "suppressed": True}
    assert named(schools(door, answer["run"]), "gains") == {(s, COHORT) for s in ("8889902", "8889903", "8889904")}


# --- said before, and what happens ---

def one_more_before(code):
    """Rows of competences.csv: the one of that code once more under another, so that all behind it move by a place."""
    with open(ROOT / "rules" / "catalogue" / "competences.csv", newline="") as f:
        row = next(r for r in csv.DictReader(f) if code in r.values())
    text = io.StringIO()
    table = csv.DictWriter(text, row.keys())
    table.writeheader(), table.writerow({column: value.replace(code, f"{code}A") if value in (code, f"STL@2007/{code}") else value for column, value in row.items()})
    return text.getvalue()


@pytest.mark.parametrize("more", [{}, {"catalogue": {"profiles.csv": PROFILE, "competences.csv": one_more_before("STL3")}}], ids=["rules", "rules-and-catalogue"])
def test_diff_of_schools_is_what_happens(tmp_path, more):
    """Counts under another catalogue, and who could help there: what was said of each school and person is what publishing it does."""
    write_rules(tmp_path / "rules", {"10-near": near(), "20-share": share(6)}, replace=True)
    with Daemon(authorities={"888": {"rules": tmp_path / "rules"}}) as daemon:
        door, staff = daemon.door(), Staff(160)
        door.day("2026-09-01")
        events = staff.events()
        for s in SCHOOLS[3:]:
            helps = {"roles": [staff.post("TASS")], "helps": [{"as": "mentor", "for": ["STL5"], "capacity": 2, "from": "2026-01-05", "consent": True}]}
            events += [post("helper", school=s, id=f"helper-{s}", data=helps), rated("helper", {"STL5": 4}, school=s, id=f"able-{s}")]
            events += [e for i in range(6) for e in (post(f"q-{i}", school=s, id=f"q-{s}-{i}"), rated(f"q-{i}", {"STL5": 1}, school=s, id=f"low-{s}-{i}"))]
        door.settle(door.push_good(events))
        helped = school_rule("helped", "return given(school:helpers(cohort) > 0)", "return joint_training { priority = 80 }", competences='"STL5"')
        candidate = propose(door, {"10-near.lua": near(2), "20-share.lua": share(3), "30-helped.lua": helped}, **more)
        answer, count = compare(door, candidate), len(door.publications())
        rows = schools(door, answer["run"])
        assert {("issued", s, "joint-training.STL5.learning-support") for s in SCHOOLS[3:]} <= said(rows)
        publish(door, candidate)
        assert happened(door, count) == said(rows) and len(said(rows)) > 5
        assert moved(door, count) == who(differences(door, answer["run"])[0])
        again = compare(door, candidate)
        assert schools(door, again["run"]) == [] and again["total"]["changed"] == 0
        assert door.ask("verify", timeout=60)["ok"]


REMARK = "-- a remark, and a rule that nobody meets\n"


def test_publishing_what_changes_no_advice_publishes_nothing(served):
    """Neither to people nor to schools, though everybody is worked out anew under the new rules and the new catalogue."""
    door = served.door()
    assert door.person("p-0")["recommendations"]
    count, stood = len(door.publications()), door.ask("school", authority="888", school="8889901")["cohorts"]
    nobody = rule("nobody", "return given(need.gap > 90)", competences='"STL3"') + share(90, name="no-school")
    other = PROFILE.replace("role:TASS", "role:CADV")  # of whom there are none here
    candidate = propose(door, {"10-near.lua": REMARK + NEAR, "20-share.lua": REMARK + share(7), "30-nobody.lua": nobody}, catalogue={"profiles.csv": other})
    answer = compare(door, candidate)
    assert answer["total"]["changed"] == answer["schools"]["changed"] == answer["schools"]["few"] == 0
    publish(door, candidate)
    assert door.publications()[count:] == []
    cohorts = door.ask("school", authority="888", school="8889901")["cohorts"]
    assert cohorts[0].pop("stand") != stood[0].pop("stand") and cohorts == stood
    verified = door.ask("verify", timeout=60)
    assert verified["ok"] and verified["skipped"] == 0 and verified["cohorts"] == 1


# --- which rules ---

def test_diff_names_rules_that_are_new_changed_and_gone(still):
    door = still.door()
    far = rule("far", "return given(need.gap >= 1)", "return coaching { priority = 70 }", competences='"STL3"', needs='"gap"')
    nobody = rule("nobody", "return given(need.gap > 90)", competences='"STL3"')
    files = {"10-near.lua": NEAR, "30-far.lua": far, "40-nobody.lua": nobody, "50-nowhere.lua": share(90, name="nowhere")}
    answer = compare(door, propose(door, files))
    rules = {r["rule"]: r for r in answer["rules_moved"]}
    assert rules == {"far": {"rule": "far", "what": "new", "people": 20}, "nobody": {"rule": "nobody", "what": "new", "people": 0},
                     "nowhere": {"rule": "nowhere", "what": "new", "schools": 0, "few": 0}, "share": {"rule": "share", "what": "gone"}}
    back = {r["rule"]: r for r in compare(door, "serving", **{"from": propose(door, files)})["rules_moved"]}
    assert {name: r["what"] for name, r in back.items()} == {"far": "gone", "nobody": "gone", "nowhere": "gone", "share": "new"}
    assert (back["share"]["schools"], back["share"]["few"]) == (1, 0)
    assert compare(door, "serving")["rules_moved"] == []
    moved_file = propose(door, {"10-near.lua": NEAR, "99-elsewhere.lua": share(7)})
    assert compare(door, moved_file)["rules_moved"] == []  # the same words in another file


def test_diff_of_a_rule_for_few_does_not_say_how_many(tmp_path):
    write_rules(tmp_path / "rules", {"10-near": NEAR}, replace=True)
    with Daemon(authorities={"888": {"rules": tmp_path / "rules"}}) as daemon:
        door = daemon.door()
        door.day("2026-09-01")
        people = [e for i in range(20) for e in (post(f"p-{i}"), rated(f"p-{i}", {"STL3": 1, "STL4": 1 if i < 3 else 3}))]
        door.settle(door.push_good(people))
        few = rule("few", "return given(need.gap >= 1)", competences='"STL4"', needs='"gap"')
        for files in ({"10-near.lua": NEAR, "20-few.lua": few}, {"10-near.lua": REMARK + NEAR, "20-few.lua": few}):
            rules = {r["rule"]: r for r in compare(door, propose(door, files))["rules_moved"]}
            assert all(r["people"] is None and r["suppressed"] for r in rules.values()) and "few" in rules
        far = rule("far", "return given(need.gap >= 1)", "return coaching { priority = 70 }", competences='"STL3"', needs='"gap"')
        served = propose(door, {"10-near.lua": NEAR, "20-few.lua": few})
        answer = compare(door, propose(door, {"10-near.lua": NEAR, "20-few.lua": REMARK + few, "30-far.lua": far}), **{"from": served})
        rules = {r["rule"]: r for r in answer["rules_moved"]}
        assert rules["far"]["people"] == answer["total"]["gain"] == 20 and rules["few"]["people"] is None


# --- what fails, and the gate ---

def test_diff_names_school_rules_that_fail(tmp_path):
    write_rules(tmp_path / "rules", {"10-near": NEAR, "20-share": share(7)}, replace=True)
    with Daemon(authorities={"888": {"rules": tmp_path / "rules", "approve_people": 1}}) as daemon:
        door = daemon.door()
        door.day("2026-09-01")
        door.settle(door.push_good(in_need()))
        broken = school_rule("broken", "return given(cohort.roster > 1)", competences='"STL3"')
        candidate = propose(door, {"10-near.lua": NEAR, "20-share.lua": share(7), "30-broken.lua": broken}, **{"as": "jo"})
        answer = compare(door, candidate)
        (failure,) = answer["failures"]
        assert answer["ok"] is False and (failure["rule"], failure["schools"], failure["before"]) == ("broken", 4, False) and "people" not in failure
        assert "1 rule fails" in refusal(door, "publish", candidate=candidate, **{"as": "jo"})["message"]
        told = needs(daemon, candidate)
        assert told.returncode == 1 and "the rule broken now fails for 4 schools" in told.stderr
        wider = propose(door, {"10-near.lua": NEAR, "20-share.lua": share(2)}, **{"as": "jo"})
        compare(door, wider)
        publish(door, wider)  # limits are of the advice of people


# --- the command ---

def needs(daemon, *args):
    command = [build_dir() / "clients" / "needs" / "needs", "rules", "diff", "--server", daemon.endpoint, "--authority", "888", *args]
    return subprocess.run([str(a) for a in command], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)


def test_diff_command_tells_of_schools_and_rules(still):
    door = still.door()
    nobody = rule("nobody", "return given(need.gap > 90)", competences='"STL3"')
    told = needs(still, propose(door, {"10-near.lua": NEAR, "20-share.lua": share(2), "30-nobody.lua": nobody}))
    lines = told.stdout.splitlines()
    assert told.returncode == 0 and lines[0] == "Nobody of 20 people would see a difference."
    assert lines[1].startswith("The advice to 1 of 4 schools as a whole would change: 1 gains")
    assert "  The new rule nobody reaches nobody.\n" in told.stdout and "The rule share has changed; it reaches 2 schools" in told.stdout
    assert "Other changes would affect fewer than 5 people" in " ".join(told.stdout.split())
    assert COHORT in told.stdout and "8889902" in told.stdout and "8889903" not in told.stdout
    people = needs(still, propose(door, {"10-near.lua": NEAR, "20-share.lua": share(2)}), "--people")
    rows = [line.split() for line in people.stdout.splitlines() if line.startswith("  88899")]
    assert [(r[0], r[-1]) for r in rows] == [(s, COHORT) for s in ("8889902", "8889903", "8889904")]
