"""What other rules would change: named exactly, counted safely, and nothing is touched by asking."""
import csv
import json
import os
import random
import signal
import statistics
import subprocess
import time

import pytest

from advice import ROOT, reload, rule, write_rules
from daemon import Daemon, build_dir
from door import Fault, event, post, rated

pytestmark = pytest.mark.slow

STL3 = "STL@2007/STL3"
SCHOOLS = [f"88899{n:02d}" for n in range(1, 7)]
ROLES = ["TASS", "MIDS", "NNSE", "CADV"]


def near(most=1, **more):
    """Shadowing for those who lack at most so many levels of one competence."""
    return rule("near", when=f'return given(need.gap >= 1 and need.gap <= {most}, otherwise "that is too far")', competences='"STL3"', needs='"gap"', **more)


BROKEN = rule("broken", when="return given(need.current ~= 1 or #need.post.nothing == 1)", needs='"gap"', competences='"STL3"')


def required(role):
    """What the shipped catalogue asks of a role, by a reading of its own."""
    with open(ROOT / "rules" / "catalogue" / "profiles.csv", newline="") as f:
        rows = [r for r in csv.DictReader(f) if r["competence"] == "STL3"]
    with open(ROOT / "rules" / "catalogue" / "roles.csv", newline="") as f:
        family = {r["role"]: r["family"] for r in csv.DictReader(f)}[role]
    return max(int(r["level"]) for r in rows if r["scope"] in (f"role:{role}", f"family:{family}"))


class Staff:
    """Generated people: what the daemon gets about them, and the same for a script that knows no rules."""

    def __init__(self, n, seed=1):
        self.random, self.people = random.Random(seed), {}
        for i in range(n):
            school = SCHOOLS[min(self.random.randrange(12), 5)]  # one large, five small ones
            self.people[school, f"p-{i}"] = [ROLES[self.random.randrange(4)], self.random.choice([None, 0, 1, 2, 3, 4])]

    def post(self, role):
        """A post of some shape: permanent or not, employed by the school or not, few or many hours."""
        r = self.random
        return {"role": role, "from": "2020-09-01", "minutes": r.choice([600, 1500, 2220]), "weeks": 39, "main": True, "term_time": r.random() < 0.9,
                "contract": r.choices(["PRM", "FXT", "TMP"], [20, 3, 1])[0], "employer": r.choices(["school", "agency", "contractor"], [30, 2, 1])[0]}

    def events(self):
        out = []
        for (school, person), (role, level) in self.people.items():
            out.append(post(person, role, school=school, id=f"post-{person}", data={"roles": [self.post(role)]}))
            if level is not None:
                out.append(rated(person, {"STL3": self.random.randrange(5)}, "2026-08-01", school=school, id=f"old-{person}"))
                out.append(rated(person, {"STL3": level}, school=school, id=f"rate-{person}"))
        return out

    def lacking(self, *gaps, asks=required):
        """Who lacks exactly so many levels."""
        asked = {role: asks(role) for role in ROLES}
        return {who for who, (role, level) in self.people.items() if level is not None and asked[role] - level in gaps}


def propose(door, rules=None, **more):
    body = {"authority": "888", "rules": rules, "replace_default": True, **more} if rules is not None else {"authority": "888", **more}
    answer = door.request("propose", body)
    assert answer["ok"], answer["faults"]
    return answer["candidate"]


def compare(door, to, **more):
    answer = door.ask("diff", authority="888", to=to, **more)
    until = time.monotonic() + 60
    while answer["running"]:
        assert time.monotonic() < until and answer["done"] <= answer["of"]
        time.sleep(0.01)
        answer = door.ask("diff", authority="888", run=answer["run"])
    return answer


def differences(door, run):
    """Every page of them: rows, and the plain totals."""
    rows, page = [], {"next": "0"}
    while page["next"]:
        page = door.ask("differences", authority="888", run=run, after=page["next"])
        rows += page["people"]
    return rows, page["total"]


def who(rows, member=None):
    return {(r["school"], r["person"]) for r in rows if member is None or r[member]}


def serve(tmp_path):
    """160 people under one rule of the authority's own."""
    write_rules(tmp_path / "rules", {"10-near": near()}, replace=True)
    with Daemon(authorities={"888": {"rules": tmp_path / "rules"}}) as daemon:
        daemon.rules = tmp_path / "rules"
        daemon.staff = Staff(160)
        door = daemon.door()
        door.day("2026-09-01")
        door.settle(door.push_good(daemon.staff.events()))
        yield daemon


@pytest.fixture
def served(tmp_path):
    yield from serve(tmp_path)


@pytest.fixture(scope="module")
def still(tmp_path_factory):
    """The same, for those who only ask."""
    yield from serve(tmp_path_factory.mktemp("still"))


def moved(door, count):
    """Who was told anything since."""
    return {(p["school"], p["subject"]) for p in door.publications()[count:] if p["type"].startswith("needs.recommendation.")}


# --- exactly these people ---

def test_diff_of_a_threshold_names_exactly_those_people(served):
    door, staff = served.door(), served.staff
    count = len(door.publications())
    answer = compare(door, propose(door, {"10-near.lua": near(2)}))
    expected = staff.lacking(2)
    assert 10 < len(expected) < 80
    rows, total = differences(door, answer["run"])
    assert who(rows) == who(rows, "gains") == expected and not who(rows, "loses") and not who(rows, "changes")
    assert total["changed"] == total["gain"] == len(expected) == len(rows) and total["lose"] == total["both"] == 0
    assert total["people"] == len(staff.people) and total["schools"] == len({school for school, _ in expected})
    assert all([g["recommendation"] for g in r["gains"]] == ["shadowing.STL3"] for r in rows)
    assert answer["ok"] and answer["failures"] == [] and answer["skipped"] == 0
    assert answer["total"] == {"both": 0, "people": len(staff.people), "changed": len(expected), "gain": len(expected), "lose": 0}
    assert len(door.publications()) == count  # asking told nobody anything
    write_rules(served.rules, {"10-near": near(2)}, replace=True)
    assert reload(served)
    door.settle()
    assert moved(door, count) == expected
    assert door.ask("verify", timeout=60)["ok"]


PROFILE = "scope,competence,level,importance,weight,purpose,provenance,certainty\nrole:TASS,STL3,4,essential,5,role,an example,designed\n"


def test_diff_of_a_required_level_names_exactly_those_people(still):
    """The catalogue alone moves: an assistant is asked for one level more, so some come near and others are too far."""
    door, staff = still.door(), still.staff
    answer = compare(door, propose(door, catalogue={"profiles.csv": PROFILE}))
    rows, _ = differences(door, answer["run"])

    def asks(role):
        return 4 if role == "TASS" else required(role)

    was, will = staff.lacking(1), staff.lacking(1, asks=asks)
    assert who(rows, "gains") == will - was and who(rows, "loses") == was - will and will - was and was - will
    assert not who(rows, "changes")
    # and back: what one side gains the other loses
    back = compare(door, "serving", **{"from": propose(door, catalogue={"profiles.csv": PROFILE})})
    rows, _ = differences(door, back["run"])
    assert who(rows, "gains") == was - will and who(rows, "loses") == will - was


def test_diff_of_a_set_with_itself_is_empty(still):
    door = still.door()
    for to in ("serving", propose(door, {"10-near.lua": near()})):
        answer = compare(door, to)
        assert answer["from"] == answer["to"] and answer["ok"]
        assert answer["total"]["changed"] == 0 and answer["total"]["people"] == len(still.staff.people)
        assert differences(door, answer["run"])[0] == []
        assert not answer["kinds"] and not answer["rules"] and not answer["recommendations"]
        assert answer["minutes"] == answer["pence"] == {"more": 0, "less": 0, "not_known": 0}


def test_diff_sees_facts_that_are_not_worked_out_yet(served):
    """Between two candidates nothing that stands is used; and new facts are in both sides."""
    door, staff = served.door(), served.staff
    one, two = propose(door, {"10-near.lua": near(2)}), propose(door, {"10-near.lua": near(3)})
    (school, person), _ = next(iter(staff.people.items()))
    staff.people[school, person] = ["TASS", 0]
    door.push_good([post(person, "TASS", school=school, time="2026-09-01T10:00:00Z"), rated(person, {"STL3": 0}, "2026-09-01", school=school, time="2026-09-01T13:00:00Z")])
    answer = compare(door, two, **{"from": one})
    assert who(differences(door, answer["run"])[0]) == staff.lacking(3)
    assert (school, person) in staff.lacking(3)


def test_diff_other_words_are_changes(still):
    door = still.door()
    answer = compare(door, propose(door, {"10-near.lua": near(recommend="return shadowing { weeks = 3, priority = 70 }")}))
    rows, total = differences(door, answer["run"])
    assert who(rows) == who(rows, "changes") == still.staff.lacking(1) and total["gain"] == total["lose"] == 0
    assert all(c["members"] == ["priority", "weeks"] or set(c["members"]) == {"weeks", "priority"} for r in rows for c in r["changes"])
    assert answer["rules"] == [] and answer["kinds"] == []


# --- what it costs ---

def offer(name, school, fee, travel=0, development="unit.TDA-2.9", **more):
    data = {"offer": name, "development": development, "provider": "Somebody", "places": 20, "sessions": [{"date": "2026-10-09", "start": "13:00", "end": "15:30", "place": "Northgate"}],
            "cost": {"fee": fee, "registration": 0, "materials": 0, "travel": travel}, **more}
    return event("provision.recorded", data, school=school, id=f"offer-{name}-{fee}{'-closed' if more.get('closed') else ''}")


def test_diff_costs(served):
    """Fees are those of the cheapest open offer, in the school or the authority; time is what the recommendation says; unknown is not nought."""
    door, staff = served.door(), served.staff
    recommend = """return unit { code = "TDA 2.9", not_in_house = "nobody can", minutes = 90 }"""
    apart = rule("apart", "return given(need.gap == 2)", recommend, competences='"STL3"', needs='"gap"')
    candidate = propose(door, {"10-near.lua": near(), "20-apart.lua": apart})
    people = staff.lacking(2)
    before = compare(door, candidate)
    assert before["pence"] == {"more": 0, "less": 0, "not_known": len(people)} and before["total"]["gain"] == len(people)
    lone = next(s for s in SCHOOLS if 0 < len([who for who in people if who[0] == s]) < 5)
    door.push_good([offer("lone", lone, 100000)])
    told = compare(door, candidate)
    few = len([who for who in people if who[0] == lone])
    assert told["pence"] == {"more": None, "less": 0, "not_known": len(people) - few, "suppressed": True}
    assert door.ask("differences", authority="888", run=told["run"])["pence"]["more"] == few * 100000
    door.push_good([offer("lone", lone, 100000, closed=True)])
    first = SCHOOLS[5]
    ended = offer("ended", "-", 1)
    ended["data"]["sessions"][0]["date"] = "2026-08-31"
    door.push_good([offer("open", "-", 4500, 500), offer("closed", "-", 100, closed=True), ended, offer("own", first, 2000)])
    after = compare(door, candidate)
    own = len([who for who in people if who[0] == first])
    assert 0 < own < len(people)
    assert after["pence"] == {"more": own * 2000 + (len(people) - own) * 5000, "less": 0, "not_known": 0}
    assert after["minutes"] == {"more": 90 * len(people), "less": 0, "not_known": 0}
    back = compare(door, "serving", **{"from": candidate})
    assert back["pence"] == {"more": 0, "less": after["pence"]["more"], "not_known": 0} and back["minutes"]["less"] == after["minutes"]["more"]


# --- what can be booked ---

BOOKABLE = rule("bookable", "return given(#offers_for(need) > 0)", "return inset { priority = 90 }", competences='"STL3"', needs='"gap"')


@pytest.mark.parametrize("more", [{}, {"catalogue": {"profiles.csv": PROFILE}}], ids=["same-catalogue", "other-catalogue"])
def test_diff_of_rules_that_read_offers(served, more):
    """What serves reads none, so that nothing is on its shelves: the candidate sees what publishing it would show."""
    door, staff, first = served.door(), served.staff, SCHOOLS[0]
    door.settle(door.push_good([offer("own", first, 2000, development="inset.STL3"),
                                offer("wide", "-", 4500, development="inset.STL3", **{"for": ["MIDS"]})]))
    count = len(door.publications())
    asks = (lambda role: 4 if role == "TASS" else required(role)) if more else required
    candidate = propose(door, {"10-near.lua": near(), "20-bookable.lua": BOOKABLE}, **more)
    rows, _ = differences(door, compare(door, candidate)["run"])
    may = {who for who, (role, _) in staff.people.items() if who[0] == first or role == "MIDS"}
    expected = may & staff.lacking(*range(1, 8), asks=asks)
    assert 10 < len(expected) < len(staff.people) / 2 and expected <= who(rows, "gains")
    door.request("publish", {"authority": "888", "candidate": candidate})
    door.settle()
    assert moved(door, count) == who(rows)
    assert differences(door, compare(door, candidate)["run"])[0] == []
    door.push_good([offer("more", SCHOOLS[1], 100, development="inset.STL3")])
    plain = propose(door, {"10-near.lua": near()}, **more)
    back, _ = differences(door, compare(door, plain)["run"])
    there = staff.lacking(*range(1, 8), asks=asks)
    assert who(back, "loses") == expected | {who for who in there if who[0] == SCHOOLS[1]}
    assert door.ask("verify", timeout=60)["ok"]


# --- the gate ---

def refusal(door, verb, **body):
    with pytest.raises(Fault) as refused:
        door.request(verb, {"authority": "888", **body})
    return refused.value.errors[0]


def test_diff_opens_the_gate(tmp_path):
    """Over the limit of the configuration a publication needs to have been compared, and a second person."""
    write_rules(tmp_path / "rules", {"10-near": near()}, replace=True)
    with Daemon(authorities={"888": {"rules": tmp_path / "rules", "approve_people": 6}}) as daemon:
        door, staff = daemon.door(), Staff(60)
        door.day("2026-09-01")
        door.settle(door.push_good(staff.events()))
        count, changed = len(door.publications()), staff.lacking(2)
        candidate = propose(door, {"10-near.lua": near(2)}, **{"as": "jo"})
        assert refusal(door, "publish", candidate=candidate, **{"as": "jo"})["code"] == "diff-needed"
        compare(door, candidate, **{"from": propose(door, {"10-near.lua": near(3)})})
        assert refusal(door, "publish", candidate=candidate, **{"as": "jo"})["code"] == "diff-needed"  # that was not from what serves
        compare(door, candidate)
        compare(door, candidate, **{"from": candidate})  # nor does another comparison make it forgotten
        error = refusal(door, "publish", candidate=candidate, **{"as": "jo"})
        assert error["code"] == "approval-needed" and f"{len(changed)} people" in error["message"] and len(changed) > 6
        assert refusal(door, "approve", candidate=candidate, **{"as": "jo"})["code"] == "forbidden"
        assert refusal(door, "publish", candidate=candidate, **{"as": "kim"})["code"] == "approval-needed"
        for name in ("kim", "kim", "lee"):
            assert door.request("approve", {"authority": "888", "candidate": candidate, "as": name})["approved_by"] == f"local/{name}"
        made = door.request("publish", {"authority": "888", "candidate": candidate, "as": "lee"})
        assert made["approved_by"] == "local/kim"  # lee publishes, and kim's yes still counts
        newest = door.ask("history", authority="888")["history"][0]
        assert (newest["by"], newest["approved_by"], newest["name"]) == ("local/lee", "local/kim", made["name"])
        door.settle()
        assert moved(door, count) == changed
        fails = propose(door, {"10-near.lua": near(2), "20-broken.lua": BROKEN}, **{"as": "jo"})
        assert not compare(door, fails)["ok"]
        error = refusal(door, "publish", candidate=fails, **{"as": "jo"})
        assert error["code"] == "approval-needed" and "1 rule fails" in error["message"]
        assert door.ask("verify", timeout=60)["ok"]


# --- the catalogue ---

def test_diff_of_a_catalogue_that_drops_a_competence(tmp_path):
    """The competence's place in the catalogue moves those behind it, too: nobody's other needs may be mixed up."""
    with open(ROOT / "rules" / "catalogue" / "competences.csv", newline="") as f:
        row = next(r for r in csv.DictReader(f) if "STL3" in r.values())
    extra = {column: value.replace("STL3", "STL3A") if value in ("STL3", "STL@2007/STL3") else value for column, value in row.items()}
    own = tmp_path / "catalogue"
    own.mkdir()
    with open(own / "competences.csv", "w", newline="") as f:
        table = csv.DictWriter(f, row.keys())
        table.writeheader(), table.writerow(extra)
    (own / "profiles.csv").write_text(PROFILE.replace("STL3,4", "STL3A,3"))
    helped = rule("helped", "return given(school:helpers(need) > 0)", "return mentoring {}", needs='"gap"', competences='"STL5"')
    write_rules(tmp_path / "rules", {"10-all": rule("all", needs='"gap"', competences='"STL3*"'), "20-helped": helped}, replace=True)
    with Daemon(authorities={"888": {"rules": tmp_path / "rules", "catalogue": own}}) as daemon:
        door = daemon.door()
        door.day("2026-09-01")
        helper = post("p-20", data={"helps": [{"as": "mentor", "for": ["STL5"], "capacity": 2, "from": "2026-01-05", "consent": True}]})
        events = [helper, rated("p-20", {"STL5": 4})]
        events += [e for i in range(12) for e in (post(f"p-{i}"), rated(f"p-{i}", {"STL3": 3, "STL3A": 2 if i < 7 else 3, "STL5": 1}))]
        door.settle(door.push_good(events))
        assert "mentoring.STL5" in [r["recommendation"] for r in door.person("p-9")["recommendations"]]
        answer = compare(door, propose(door, catalogue={}))
        rows, _ = differences(door, answer["run"])
        assert {r["person"] for r in rows} == {f"p-{i}" for i in range(7)} and all(r["loses"] and not r["gains"] for r in rows)
        assert door.ask("verify", timeout=60)["ok"]


# --- rules that fail ---

def test_diff_names_rules_that_fail(still):
    door = still.door()
    answer = compare(door, propose(door, {"10-near.lua": near(), "20-broken.lua": BROKEN}))
    assert answer["ok"] is False and answer["total"]["people"] == len(still.staff.people)
    (failure,) = answer["failures"]
    assert failure["rule"] == "broken" and failure["failure"] == "error" and not failure["before"]
    assert "20-broken.lua" in failure["message"]
    ones = [who for who, (role, level) in still.staff.people.items() if level == 1 and required(role) > 1]
    assert failure["people"] == len(ones) > 4


# --- what is refused ---

@pytest.mark.parametrize("what, code, pointer", [
    ({"to": "0" * 64}, "not-found", "/to"),
    ({"to": "serving", "from": "feedfeed"}, "not-found", "/from"),
    ({}, "missing", "/to"),
    ({"run": "feedfeed"}, "not-found", "/run"),
])
def test_diff_asked_badly(still, what, code, pointer):
    with pytest.raises(Fault) as refused:
        still.door().ask("diff", authority="888", **what)
    (error,) = refused.value.errors
    assert (error["code"], error["pointer"]) == (code, pointer)


def test_diff_differences_asked_badly(still):
    door = still.door()
    for what, code, pointer in (({"run": "feedfeed"}, "not-found", "/run"), ({"run": "x", "after": "one"}, "out-of-range", "/after")):
        with pytest.raises(Fault) as refused:
            door.ask("differences", authority="888", **what)
        assert (refused.value.errors[0]["code"], refused.value.errors[0]["pointer"]) == (code, pointer)


# --- what is safe to share ---

MEASURES = ("people", "changed", "gain", "lose")


def attack(answer):
    """Hidden cells that follow from what is shown: by subtraction from the totals, and from what a hidden rest can be at most."""
    found = []
    for dimension, groups in answer["by"].items():
        for m in MEASURES:
            total = answer["total"][m]
            hidden = [g for g in groups if g[m] is None]
            if total is None and groups and (m in ("gain", "lose") or not hidden):  # shown ones add up to it, or are a part of it
                found += [(dimension, m, [g["group"] for g in groups if g[m] is not None])] if len(hidden) < len(groups) else []
            if total is None or not hidden or total in (0, answer["total"]["people"]):
                continue
            rest = total - sum(g[m] for g in groups if g[m] is not None)
            sizes = [g["people"] if g["people"] is not None else 4 for g in hidden]
            if len(hidden) == 1 or (m != "people" and (rest == 0 or rest >= sum(sizes) and all(g["people"] for g in hidden))):
                found.append((dimension, m, [g["group"] for g in hidden], rest))
    for name in ("kinds", "recommendations", "rules"):
        found += [(name, row) for row in answer[name] for m in ("gain", "lose") if answer["total"][m] is None and row[m] is not None]
    return found


def test_diff_small_counts_are_held_back(still):
    """Several differences, several shapes: no small number is shown, none can be worked out, and shown ones are true."""
    door, staff = still.door(), still.staff
    hidden = 0
    for rules in (near(2), near(3), near(4), near().replace("need.gap >= 1", "need.gap >= 3")):
        answer = compare(door, propose(door, {"10-near.lua": rules}))
        rows, total = differences(door, answer["run"])
        changed = who(rows)
        assert not attack(answer)
        for group in answer["by"]["school"]:
            people = [w for w in staff.people if w[0] == group["group"]]
            assert group["people"] in (None, len(people)) and group["changed"] in (None, len([w for w in people if w in changed]))
        for groups in answer["by"].values():
            for group in groups:
                assert all(group[m] is None or group[m] == 0 or group[m] >= 5 for m in MEASURES), group
                assert group.get("suppressed", False) == any(group[m] is None for m in MEASURES)
                hidden += group.get("suppressed", False)
        text = json.dumps(answer)
        assert "p-1" not in text and "shadowing.STL3" in text
    assert hidden


def test_diff_small_totals_are_held_back_everywhere(still):
    """Many gain and a few lose: how they divide follows from no group and no list, not even from one that is alone."""
    door, staff = still.door(), still.staff
    cells = [(role, required(role) - gap) for role in ROLES for gap in (1, 2)]
    few = {cell: list(staff.people.values()).count(list(cell)) for cell in cells}
    role, level = next(cell for cell in cells if 0 < few[cell] < 5)
    others = ", ".join(f'"{r}"' for r in ROLES if r != role)
    all_but = [near(4, roles=f"{{ {others} }}"), near(4, roles=f'"{role}"').replace("need.gap >= 1", f"need.gap >= 1 and need.current ~= {level}").replace('"near"', '"near-too"')]
    answer = compare(door, propose(door, {f"{i}.lua": text for i, text in enumerate(all_but)}), **{"from": propose(door, {"10-near.lua": near(2)})})
    rows, total = differences(door, answer["run"])
    assert total["lose"] == few[role, level] and total["gain"] > 4
    assert answer["total"]["lose"] is None and answer["total"]["gain"] is None and answer["total"]["changed"] == total["changed"]
    assert answer["kinds"] and not attack(answer)


# --- broken off ---

def begin_over_many(daemon):
    """A comparison that takes a while, under way."""
    door = daemon.door()
    door.day("2026-09-01")
    door.settle(door.push_good(Staff(700).events()))
    serving = set(daemon.workers())
    candidate = door.request("propose", {"authority": "888", "rules": {"10-near.lua": near(2)}})["candidate"]
    answer = door.ask("diff", authority="888", to=candidate)
    while answer["running"] and not answer["done"]:
        answer = door.ask("diff", authority="888", run=answer["run"])
    assert answer["running"] and answer["done"] < answer["of"]
    return door, serving, candidate, answer["run"]


def end(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def test_diff_when_the_daemon_stops():
    with Daemon() as daemon:
        door, *_ = begin_over_many(daemon)
        before = door.ask("health")["publications"]
        assert daemon.stop() == 0
        daemon.start()
        assert daemon.door().ask("health")["publications"] == before


def test_diff_when_workers_are_killed():
    """They are started again, and a few broken ones change nothing of what is found; one that always breaks ends the comparison, no more."""
    with Daemon() as daemon:
        door, serving, candidate, run = begin_over_many(daemon)
        kills = 0
        while (answer := door.ask("diff", authority="888", run=run))["running"]:
            for pid in set(daemon.workers()) - serving:
                kills += kills < 2 and end(pid)
            time.sleep(0.005)
        assert kills == 2 and answer["total"]["people"] == 700
        assert answer["total"] == compare(door, candidate)["total"]
        answer = door.ask("diff", authority="888", to=candidate)
        while answer["running"]:
            for pid in set(daemon.workers()) - serving:
                end(pid)
            answer = door.ask("diff", authority="888", run=answer["run"])
        assert answer["ok"] is False and answer["faults"] and "total" not in answer
        again = door.request("propose", {"authority": "888", "rules": {"10-near.lua": near(2)}})["candidate"]  # one that broke is not kept
        assert again == candidate and compare(door, again)["ok"]
        assert door.ask("verify", timeout=60)["ok"] and set(daemon.workers()) >= serving


# --- the command ---

def needs(daemon, *args, **more):
    command = [build_dir() / "clients" / "needs" / "needs", "rules", "diff", "--server", daemon.endpoint, "--authority", "888", *args]
    return subprocess.run([str(a) for a in command], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, **more)


def test_diff_command(still):
    door, lacking = still.door(), still.staff.lacking(2)
    candidate = propose(door, {"10-near.lua": near(2)})
    told = needs(still, candidate[:10])
    assert told.returncode == 0 and not told.stderr
    assert told.stdout.startswith(f"{len(lacking)} of 160 people would see a difference: {len(lacking)} gain.\n")
    assert "by school" in told.stdout and "Examples (confidential: do not pass on)" in told.stdout and '"aware"' in told.stdout
    shared = needs(still, "serving", candidate, "--share")
    assert shared.returncode == 0 and "p-" not in shared.stdout and shared.stdout in told.stdout
    people = needs(still, candidate, "--people")
    rows = [line.split() for line in people.stdout.splitlines() if line.startswith("  88899")]
    assert {(r[0], r[1]) for r in rows} == lacking and all(r[2:] == ["shadowing.STL3"] for r in rows)
    lines = [json.loads(line) for line in needs(still, candidate, "--people", "--json").stdout.splitlines()]
    assert lines[0]["total"]["changed"] == len(lacking) and {(r["school"], r["person"]) for page in lines[1:] for r in page["people"]} == lacking
    written = write_rules(still.dir / "own", {"10-near": near(2)}, replace=True)
    assert needs(still, written, "--share", "--as", "jo").stdout == shared.stdout
    assert needs(still, "serving").stdout == "Nobody of 160 people would see a difference.\n"


def test_diff_command_says_what_is_wrong(still):
    door = still.door()
    unclear = needs(still, "feedfeed", "--catalogue", still.rules)
    assert unclear.returncode == 2 and "is not a directory" in unclear.stderr and needs(still).returncode == 2
    faulty = needs(still, write_rules(still.dir / "faulty", {"10-near": "rule"}))
    assert faulty.returncode == 1 and "10-near.lua:1:" in faulty.stdout and not faulty.stderr
    unknown = needs(still, "feedfeed")
    assert unknown.returncode == 1 and "no such candidate" in unknown.stderr and "directory" not in unknown.stderr
    near_it = needs(still, "falty", cwd=still.dir)
    assert near_it.returncode == 1 and near_it.stderr.endswith("needs: there is no directory falty; did you mean faulty?\n") and near_it.stderr.count("\n") == 2
    fails = needs(still, propose(door, {"10-near.lua": near(), "20-broken.lua": BROKEN}))
    assert fails.returncode == 1 and "the rule broken now fails for" in fails.stderr and "20-broken.lua:" in fails.stderr


# --- while it runs ---

def p99(values):
    return statistics.quantiles(values, n=100)[98]


def pushes(door, seconds, tag):
    """Acknowledgement times of single ratings, one after the other."""
    took, until, i = [], time.monotonic() + seconds, 0
    while time.monotonic() < until:
        start = time.perf_counter()
        door.push_good(rated(f"live-{i % 20}", {"STL4": i % 4}, id=f"{tag}-{i}"))
        took.append(time.perf_counter() - start)
        i += 1
    return took


@pytest.mark.alone
def test_diff_delays_nobody(tmp_path):
    write_rules(tmp_path / "rules", {"10-near": near()})
    with Daemon(authorities={"888": {"rules": tmp_path / "rules"}}) as daemon:
        door, asking = daemon.door(), daemon.door()
        door.day("2026-09-01")
        staff = Staff(1500)
        door.settle(door.push_good(staff.events()))
        door.push_good([post(f"live-{i}") for i in range(20)])
        door.settle()
        candidate = asking.request("propose", {"authority": "888", "rules": {"10-near.lua": near(2)}})["candidate"]
        before = pushes(door, 1.0, "before")
        answer = asking.ask("diff", authority="888", to=candidate)
        run, during = answer["run"], []
        while answer["running"]:
            during += pushes(door, 0.2, f"during-{len(during)}")
            answer = asking.ask("diff", authority="888", run=run)
        print(f"p99 before {p99(before) * 1000:.1f} ms, during {p99(during) * 1000:.1f} ms, ratio {p99(during) / p99(before):.2f}, {len(during)} pushes")
        assert answer["total"]["people"] == 1520 and answer["skipped"] == 0
        rows, total = differences(asking, run)
        assert staff.lacking(2) <= who(rows, "gains") and total["changed"] == len(who(rows)) == len(rows)
        assert asking.ask("differences", authority="888", run=run)["next"]  # in several pages
        # Guards against a comparison that holds the loop: pushes then take as long as it does, and few fit in.
        assert len(during) > 20 and statistics.median(during) < 10 * statistics.median(before)
        door.settle()
        assert door.ask("verify", timeout=60)["ok"]
