"""Why, why not, and the nearest way in: what it promises is what really pushing the change brings."""
import copy
import json
import random
import subprocess

import pytest

from advice import reload, rule, write_rules
from daemon import ROOT, Daemon, build_dir
from door import Fault, event, post, rated

pytestmark = pytest.mark.slow

DAY = "2026-10-15"
SCHOOLS = {"8889901": ("hillside-people.ndjson", "hillside-reviews-corrected.csv"), "8889908": ("oakmere-people.ndjson", "oakmere-reviews.csv")}
INFORMAL = ("coaching", "mentoring", "shadowing", "buddying", "peer-observation", "resource")
NEEDS = build_dir() / "clients" / "needs" / "needs"


class School:
    """What a school's own system knows: the newest statement and preference of everybody, and the school's own."""

    def __init__(self, door, code="8889901"):
        self.door, self.code, self.newest, self.n = door, code, {}, 0

    def note(self, e):
        self.newest[e.get("subject"), e["type"].split(".")[1]] = copy.deepcopy(e["data"])
        return e

    def event(self, kind, data, subject=None):
        self.n += 1
        return self.note(event(kind, data, subject, school=self.code, time=f"{DAY}T23:{self.n // 60 % 60:02d}:{self.n % 60:02d}Z", id=f"why-{self.code}-{self.n}"))

    def statement(self, person):
        return copy.deepcopy(self.newest[person, "person"])

    def real(self, person, change):
        """The events that a change describes, as docs/protocol.md says."""
        kind = change["kind"]
        if kind == "rating":
            said = {k: change[k] for k in ("competence", "level", "nature", "confidence") if k in change}
            return [self.event("assessment.recorded", {"date": change["date"], "evidence": change["evidence"], "ratings": [said]}, person)]
        if kind == "holding" and "subject" in change:
            data = self.statement(person)
            data.setdefault("holds", []).append({k: change[k] for k in ("subject", "level", "date")})
            return [self.event("person.recorded", data, person)]
        if kind == "holding":
            return [self.event("achievement.recorded", {k: v for k, v in change.items() if k != "kind"}, person)]
        if kind == "preference":
            data = copy.deepcopy(self.newest.get((person, "preference"), {"share_with": "nobody"}))
            data.update({k: change[k] for k in ("progression", "no_computer") if k in change})
            if "format" in change:
                data.setdefault("formats", []).append(change["format"])
            if "wish" in change:
                data.setdefault("wishes", []).append(change["wish"])
            return [self.event("preference.recorded", data, person)]
        if kind == "post":
            data = self.statement(person)
            next(r for r in data["roles"] if r["role"] == change["role"]).update({k: v for k, v in change.items() if k not in ("kind", "role")})
            return [self.event("person.recorded", data, person)]
        if kind == "school":
            return [self.event("school.recorded", {**self.newest.get((None, "school"), {}), "clusters": ["C-NEW"]})]
        assert kind == "colleague", change
        helper = f"h-{self.n}"
        offer = {"as": change["as"], "for": [change["competence"]], "capacity": 1, "from": "2026-09-01", "consent": True}
        return [self.event("person.recorded", {"roles": [{"role": "TASS", "from": "2020-09-01"}], "helps": [offer]}, helper),
                self.event("assessment.recorded", {"date": DAY, "evidence": "observer", "ratings": [{"competence": change["competence"], "level": 4}]}, helper)]

    def whys(self, person, questions):
        """They are asked all at once."""
        asked = [self.door.send("ask", {"question": "why", "authority": "888", "school": self.code, "person": person, **what}) for what in questions]
        answers = [self.door.wait(rid) for rid in asked]
        assert all(len(json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()) < 2048 for answer in answers)
        return answers

    def why(self, person, **what):
        return self.whys(person, [what])[0]

    def bring_about(self, person, change):
        if change["kind"] == "waiting":
            self.door.settle(self.door.day(change["until"]))
        else:
            self.door.settle(self.door.push_good(self.real(person, change)))

    def kept(self, person, way):
        """Is all that was promised proposed now, and the first of it recommended if it was said so?"""
        told = [self.why(person, recommendation=opened)["proposed"][0] for opened in way["opens"]]
        stands = [r["recommendation"] for r in self.door.person(person, school=self.code)["recommendations"]]
        return [t["recommendation"] for t in told] == way["opens"] and told[0]["recommended"] is (way["opens"][0] in stands) and \
            (not way["recommended"] or way["opens"][0] in stands)


@pytest.fixture(scope="module")
def demo():
    """Two schools of the demo."""
    with Daemon() as daemon:
        door = daemon.door()
        door.day(DAY)
        schools = {}
        for code, (people, reviews) in SCHOOLS.items():
            schools[code] = School(door, code)
            events = [schools[code].note(json.loads(line)) for line in (ROOT / "demo" / "data" / people).read_text().splitlines()]
            door.push_good(events)
            subprocess.run([NEEDS, "--server", daemon.endpoint, "--authority", "888", "--school", code, "push", str(ROOT / "demo" / "data" / reviews)],
                           env={"XDG_STATE_HOME": str(daemon.dir), "LC_ALL": "C.UTF-8"}, capture_output=True, timeout=60)
        door.settle()
        yield schools


def people(school):
    return sorted({person for person, kind in school.newest if kind == "person" and not person.startswith("h-")})


def test_why_fits_for_every_need_of_the_demo(demo):
    """Below 2 kB whatever is asked, and the same bytes when it is asked again."""
    asked = 0
    for school in demo.values():
        for person in people(school)[::1 if school.code == "8889901" else 8]:
            answer = school.door.person(person, school=school.code)
            for need, told in zip(answer["needs"], school.whys(person, [{"competence": n["competence"]} for n in answer["needs"]])):
                assert told["needs"][0]["competence"] == need["competence"] and told["needs"][0]["current"] == need["current"]
                assert told["needs"][0]["required"] == need["required"] and len(told["nearest"]) <= 5
                asked += 1
            standing = [{"recommendation": r["recommendation"]} for r in answer["recommendations"]]
            for r, told in zip(standing, school.whys(person, standing)):
                assert told["proposed"][0]["recommendation"] == r["recommendation"] and told["proposed"][0]["recommended"] and told["nearest"] == []
                assert told["proposed"][0]["because"]
    assert asked > 800
    person = people(demo["8889901"])[5]
    need = demo["8889901"].door.person(person)["needs"][0]["competence"]
    assert demo["8889901"].why(person, competence=need) == demo["8889901"].why(person, competence=need)


def test_why_the_nearest_way_in_is_kept_for_50_people(demo):
    """The change is really pushed, by what the answer says and nothing else, and what was promised is there."""
    dice, done, kinds = random.Random(20261015), 0, {}
    everybody = [(code, person) for code in demo for person in people(demo[code])]
    dice.shuffle(everybody)
    for code, person in everybody:
        school = demo[code]
        needs = [n["competence"] for n in school.door.person(person, school=code)["needs"]]
        asked = dice.sample(needs, min(4, len(needs)))
        ways = [way for competence in asked for way in school.why(person, competence=competence)["nearest"]]
        for recommendation in (f"{dice.choice(INFORMAL)}.{competence.split('/')[1]}" for competence in asked):
            ways += school.why(person, recommendation=recommendation)["nearest"]
        if not ways:
            continue
        fewest = min(kinds.get(way["change"]["kind"], 0) for way in ways)
        way = dice.choice([way for way in ways if kinds.get(way["change"]["kind"], 0) == fewest])
        kinds[way["change"]["kind"]] = fewest + 1
        school.bring_about(person, way["change"])
        assert school.kept(person, way), (person, way)
        done += 1
        if done == 50:
            break
    assert done == 50 and {"rating", "colleague", "preference"} <= set(kinds), kinds


# --- each kind of change, by a rule that asks for nothing else ---

WISHED = "STLS3-DIP"
ASKS = {  # rule -> (what it asks for, the change that is its nearest way in, of how many of the ways)
    "computer": ("person.no_computer ~= true", {"kind": "preference", "no_computer": False}),
    "moving-on": ('person.progression == "yes"', {"kind": "preference", "progression": "yes"}),
    "format": ('person:prefers("evening")', {"kind": "preference", "format": "evening"}),
    "wish": (f'person:wishes("qualification", "{WISHED}")', {"kind": "preference", "wish": {"qualification": WISHED}}),
    "unsure": ("need.confidence ~= nil and need.confidence <= 1",
               {"kind": "rating", "competence": "STL@2007/STL3", "level": 1, "evidence": "self", "confidence": 0, "date": DAY}),
    "knowledge": ('need.nature == "knowledge"',
                  {"kind": "rating", "competence": "STL@2007/STL3", "level": 1, "evidence": "manager", "nature": "knowledge", "date": DAY}),
    "observed": ('need.evidence == "observer"', {"kind": "rating", "competence": "STL@2007/STL3", "level": 1, "evidence": "observer", "date": DAY}),
    "one-up": ("need.gap == 1", {"kind": "rating", "competence": "STL@2007/STL3", "level": 2, "evidence": "manager", "date": DAY}),
    "colleague": ('school:helpers(need, "mentor") > 0', {"kind": "colleague", "as": "mentor", "competence": "STL@2007/STL3"}),
    "class": ('person:holds("maths@2")', {"kind": "holding", "subject": "maths", "level": 2, "date": DAY}),
    "award": (f'person:holds("{WISHED}")', {"kind": "holding", "qualification": WISHED, "date": DAY}),
    "hours": ("person.minutes >= 1800", {"kind": "post", "role": "TASS", "minutes": 1800}),
    "weeks": ("person.weeks == 52", {"kind": "post", "role": "TASS", "weeks": 52}),
    "term-time": ("person.term_time == false", {"kind": "post", "role": "TASS", "term_time": False}),
    "employer": ('person.employer == "trust"', {"kind": "post", "role": "TASS", "employer": "trust"}),
    "contract": ('person.contract == "PRM"', {"kind": "post", "role": "TASS", "contract": "PRM"}),
    "cluster": ("school.clusters > 0", {"kind": "school", "clusters": 1}),
    "later": ("older_than(need.rated_on, 6)", {"kind": "waiting", "until": "2027-03-02"}),
}


def one_rule(name):
    """Each recommends another development, so that nothing else opens it."""
    when, _ = ASKS[name]
    return rule(name, when=f'return given({when}, otherwise "{name} is missing")', recommend="return coaching { priority = 60 }", competences='{"STL3"}')


@pytest.mark.parametrize("name", ASKS)
def test_why_each_kind_of_change(name, tmp_path):
    rules = write_rules(tmp_path / "rules", {"10-one": one_rule(name), "20-other": rule("other", recommend="return resource { priority = 20 }", competences='{"STL3"}')}, replace=True)
    with Daemon(authorities={"888": {"name": "Example", "rules": rules}}) as daemon:
        door = daemon.door()
        door.day(DAY)
        school = School(door)
        post_of = {"role": "TASS", "from": "2020-09-01", "minutes": 900, "weeks": 39, "term_time": True, "employer": "school", "contract": "FXT", "main": True}
        door.push_good([school.note(event("person.recorded", {"roles": [post_of]}, "p-1")),
                        school.note(event("preference.recorded", {"no_computer": True, "progression": "no", "share_with": "nobody"}, "p-1")),
                        rated("p-1", {"STL3": 1})])
        door.settle()
        told = school.why("p-1", competence="STL3")
        assert [p["recommendation"] for p in told["proposed"]] == ["resource.STL3"] and (f"{name} is missing", 1) in [(s["why_not"], s["rules"]) for s in told["silent"]]
        way = told["nearest"][0]
        assert way["change"] == ASKS[name][1] and way["opens"] == ["coaching.STL3"] and way["recommended"] and way["sentence"].endswith("Coaching would be recommended.")
        asked = school.why("p-1", recommendation="coaching.STL3")
        assert [w["change"] for w in asked["nearest"]] == [w["change"] for w in told["nearest"]]
        school.bring_about("p-1", way["change"])
        assert school.kept("p-1", way)
        assert school.why("p-1", recommendation="coaching.STL3")["nearest"] == []


def test_why_the_route_to_a_status(tmp_path):
    """An authority's own route, of which the catalogue does not say what it answers: found among many needs. What the status asks besides is met."""
    text = rule("hlta", when='return given(person:holds("maths@2"), otherwise "it asks for mathematics at level 2")', recommend='return status { id = "HLTA", priority = 90 }',
                competences='{"STL12"}', needs='{ "unrated", "gap" }')
    rules = write_rules(tmp_path / "rules", {"10-hlta": text})
    with Daemon(authorities={"888": {"name": "Example", "rules": rules}}) as daemon:
        door = daemon.door()
        door.day(DAY)
        school = School(door)
        standards = {f"STL{n}": 3 for n in (18, 19, 20, 23, 24, 28, 29, 30, 62, 63)}
        door.push_good([school.note(post("p-1", data={"holds": [{"subject": "english", "level": 2, "date": "2001-08-20"}]})),
                        rated("p-1", {**{f"STL{n}": 1 for n in (1, 2, 3, 4, 5, 6, 12)}, **standards})])
        door.settle()
        way = school.why("p-1", recommendation="status.HLTA")["nearest"][0]
        assert way["sentence"] == "With level 2 maths held: it would be recommended." and way["opens"] == ["status.HLTA"]
        school.bring_about("p-1", way["change"])
        assert school.kept("p-1", way)


def test_why_a_talk_instead_of_a_screen(needsd):
    door = needsd.door()
    door.day(DAY)
    school = School(door)
    door.settle(door.push_good(school.note(post("p-1"))))
    way = school.why("p-1", recommendation="finding-out.review")["nearest"][0]
    assert way["change"] == {"kind": "preference", "no_computer": True}
    school.bring_about("p-1", way["change"])
    assert school.kept("p-1", way)
    told = school.why("p-1", competence="STL3")
    assert way["change"] not in [w["change"] for w in told["nearest"]]


# --- what it does not tell ---

def test_why_says_nothing_of_colleagues(needsd):
    """No matter who could help, at whatever level: the same bytes, as long as somebody can, or nobody."""
    door = needsd.door()
    door.day(DAY)
    school = School(door)
    helping = {"helps": [{"as": kind, "for": ["STL3"], "capacity": 2, "from": "2026-09-01", "consent": True} for kind in ("mentor", "coach", "shadow-host")]}
    door.settle(door.push_good([post("p-1"), rated("p-1", {"STL3": 2}), post("p-colleague", data=helping), rated("p-colleague", {"STL3": 4})]))
    told = school.why("p-1", competence="STL3")
    whole = json.dumps([told, school.why("p-1", recommendation="mentoring.STL3")])
    assert "p-colleague" not in whole and any(p["recommendation"] == "shadowing.STL3" for p in told["proposed"])
    door.settle(door.push_good(rated("p-colleague", {"STL3": 3}, date="2026-10-01")))
    assert school.why("p-1", competence="STL3") == told
    door.settle(door.push_good(rated("p-colleague", {"STL3": 1}, date="2026-10-02")))
    nobody = school.why("p-1", competence="STL3")
    assert not any(p["recommendation"] == "shadowing.STL3" for p in nobody["proposed"])
    assert "If a colleague were available as coach: Coaching would be recommended." in [w["sentence"] for w in nobody["nearest"]]
    door.settle(door.push_good(rated("p-colleague", {"STL3": 0}, date="2026-10-03")))
    assert school.why("p-1", competence="STL3") == nobody


def test_why_nobody_is_their_own_colleague(needsd):
    """Who could help others in it would not be helped by that, were the own level lower."""
    door = needsd.door()
    door.day(DAY)
    school = School(door)
    helping = {"helps": [{"as": "shadow-host", "for": ["STL3"], "capacity": 2, "from": "2026-09-01", "consent": True}]}
    door.settle(door.push_good([post("p-1", data=helping), rated("p-1", {"STL3": 3})]))
    told = school.why("p-1", competence="STL3")
    lower = [w for w in told["nearest"] if w["change"]["kind"] == "rating"]
    assert lower and not any("shadowing.STL3" in w["opens"] for w in told["nearest"])
    school.bring_about("p-1", lower[0]["change"])
    assert school.kept("p-1", lower[0])


def test_why_refuses_precisely(needsd):
    door = needsd.door()
    door.day(DAY)
    door.settle(door.push_good([post("p-1"), rated("p-1", {"STL3": 2})]))
    about = {"authority": "888", "school": "8889901", "person": "p-1"}
    for what, code, pointer in (({"competence": "STL999"}, "not-found", "/competence"), ({"recommendation": "coaching.NOPE"}, "not-found", "/recommendation"),
                                ({}, "missing", "/recommendation"), ({"competence": "STL3", "recommendation": "coaching.STL3"}, "unknown-member", "/competence"),
                                ({"competence": "STL3", "person": "p-2"}, "not-found", "/person")):
        with pytest.raises(Fault) as fault:
            door.ask("why", **{**about, **what})
        assert [(e["code"], e["pointer"]) for e in fault.value.errors] == [(code, pointer)], what


def test_why_where_nothing_is_needed(needsd):
    """Met, never asked, and somebody who has left: nothing is proposed, and the answer says where things stand."""
    door = needsd.door()
    door.day(DAY)
    school = School(door)
    door.settle(door.push_good([post("p-1"), rated("p-1", {"STL3": 4}), post("p-2"), event("person.left", {"date": DAY, "reason": "left"}, "p-2", time=f"{DAY}T10:00:00Z")]))
    met = school.why("p-1", competence="STL3")
    assert met["needs"][0]["current"] == 4 and met["needs"][0]["needed"] is False and met["proposed"] == []
    assert all(w["change"]["kind"] in ("rating", "preference") for w in met["nearest"])
    never = school.why("p-1", competence="STL55")
    assert never["nearest"][0]["change"] == {"kind": "preference", "wish": {"competence": "STL@2007/STL55"}}
    school.bring_about("p-1", never["nearest"][0]["change"])
    assert "STL@2007/STL55" in [n["competence"] for n in door.person("p-1")["needs"]]
    left = school.why("p-2", competence="STL3")
    assert left["absent"] == "left" and left["nearest"] == [] and left["proposed"] == []


def test_why_a_promise_is_kept(needsd):
    door = needsd.door()
    door.day(DAY)
    school = School(door)
    door.settle(door.push_good([post("p-1"), rated("p-1", {"STL3": 2})]))
    chosen = next(p for p in school.why("p-1", competence="STL3")["proposed"] if not p["recommended"])
    assert chosen["first"] and chosen["reason"] == "By the rules' priority another one comes first."
    agreed = {"recommendation": chosen["recommendation"], "date": "2026-10-10", "terms": [], "intended": [], "agreed_by": "manager"}
    door.settle(door.push_good(event("agreement.recorded", agreed, "p-1")))
    told = school.why("p-1", recommendation=chosen["recommendation"])
    first, *others = told["proposed"]
    assert first["recommended"] and first["because"][-1] == {"rule": "agreed", "text": "Agreed on 2026-10-10."}
    assert {p["reason"] for p in others if p.get("first")} == {"What was agreed comes first."}


def test_why_says_what_came_of_every_rule(tmp_path):
    """Held back for those before it; fired in vain; failed; silent."""
    texts = {f"{n}-{name}": rule(name, competences='{"STL3"}', needs='{ "unrated", "gap" }', **more) for n, (name, more) in enumerate({
        "fails": {"when": "return need.gap < {}"}, "empty": {"recommend": "return nil"}, "module": {"recommend": "return e_learning {}"},
        "no": {"when": 'return given(false, otherwise "never")'}, "never": {"when": 'return given(need.gap > 9, otherwise "never")'}}.items(), 10)}
    rules = write_rules(tmp_path / "rules", texts, replace=True)
    with Daemon(authorities={"888": {"name": "Example", "rules": rules}}) as daemon:
        door = daemon.door()
        door.day(DAY)
        school = School(door)
        door.settle(door.push_good([post("p-1"), post("p-2"), rated("p-2", {"STL3": 2})]))
        told = school.why("p-1", competence="STL3")
        first = "nobody has rated this, so the first step is to find out"
        failed = "it failed: authority/10-fails.lua:5: attempt to compare number with table"
        assert {s["why_not"]: s["rules"] for s in told["silent"]} == {failed: 1, "it proposes nothing here": 1, first: 1, "never": 2}
        named = {s["why_not"]: s["names"] for s in told["silent"]}
        assert len(named["never"]) == 2 and all(len(s["names"]) == s["rules"] for s in told["silent"]), named
        assert told["proposed"] == [] and told["other_rules"] == 0
        rated_one = school.why("p-2", competence="STL3")
        assert [p["recommendation"] for p in rated_one["proposed"]] == ["e-learning.STL3"] and first not in str(rated_one["silent"])
        door.settle(door.push_good(event("response.recorded", {"recommendation": "e-learning.STL3", "date": DAY, "response": "declined", "by": "person"}, "p-2")))
        declined = school.why("p-2", recommendation="e-learning.STL3")["proposed"][0]
        assert declined["recommended"] is False and declined["reason"] == "Declined on 2026-10-15; left alone until 2027-10-15, or until it is accepted."


def test_every_form_says_that_a_rule_failed(tmp_path):
    """With its words, file and line; of a need that it did not come to, and of one where it had fired before, as well."""
    breaks = rule("breaks", when="return not need.rated or need.confidence + 1 > 1", needs='{ "unrated", "gap" }')
    quiet = rule("quiet", when='return given(need.gap > 9, otherwise "never")', needs='{ "unrated", "gap" }')
    rules = write_rules(tmp_path / "rules", {"a": breaks, "b": quiet}, replace=True)
    words = "authority/a.lua:4: need.confidence may be unknown (nil)"
    with Daemon(authorities={"888": {"name": "Example", "rules": rules}}) as daemon:
        door = daemon.door()
        door.day(DAY)
        door.settle(door.push_good([post("p-1"), rated("p-1", {"STL3": 2})]))

        def told(*args):
            done = subprocess.run([NEEDS, "explain", "p-1", *args, "--server", daemon.endpoint, "--authority", "888", "--school", "8889901"],
                                  capture_output=True, text=True, timeout=30, check=True)
            return " ".join(done.stdout.split())

        for args in ((), ("--reads",), ("--competence", "STL3", "--full"), ("--competence", "STL3", "--reads"), ("--competence", "STL3")):
            assert words in told(*args) and "failed" in told(*args), args
            assert "quiet" in told(*args) and "does not apply" not in told(*args), args
        for args in (("--full",), ("--reads",), ()):  # unrated: it had fired there
            told_before = told("--competence", "STL4", *args)
            assert words in told_before and "yes: breaks" not in told_before, told_before
        assert "it failed at STL3" in told("--competence", "STL4", "--full")
        assert "Rules that failed or did not apply" in told("--competence", "STL3")


def test_why_says_that_a_rule_read_more(tmp_path):
    """A list has no place in the short form, but is not passed over in silence."""
    text = rule("asks", when='return #person.roles > 0 and not combination("STLS2-CERT").complete', competences='{"STL3"}')
    with Daemon(authorities={"888": {"name": "Example", "rules": write_rules(tmp_path / "rules", {"a": text}, replace=True)}}) as daemon:
        door = daemon.door()
        door.day(DAY)
        door.settle(door.push_good([post("p-1"), rated("p-1", {"STL3": 2})]))
        because = door.ask("why", authority="888", school="8889901", person="p-1", competence="STL3")["proposed"][0]["because"][0]
        assert because["read"]['combination("STLS2-CERT").complete'] is False and because["read_more"] == 2  # the roles, and what is missing
        done = subprocess.run([NEEDS, "explain", "p-1", "--competence", "STL3", "--detail", "--server", daemon.endpoint, "--authority", "888", "--school", "8889901"],
                              capture_output=True, text=True, timeout=30, check=True)
        assert ", and 2 more, shown by --reads" in " ".join(done.stdout.split())


def test_why_keeps_the_failure_when_there_is_no_room(tmp_path):
    """However little else is left."""
    long = "x" * 190
    texts = {f"{n:02}-{'r' * 40}": rule(f"r{n:02}-{'r' * 50}", recommend='return coaching {{ because = "{}" }}'.format(long)) for n in range(40)}  # all of them are named beside the proposal
    texts["zz"] = rule("breaks", when="return need.gap < {}")
    rules = write_rules(tmp_path / "rules", texts, replace=True)
    with Daemon(authorities={"888": {"name": "Example", "rules": rules}}) as daemon:
        door = daemon.door()
        door.day(DAY)
        door.settle(door.push_good([post("p-1"), rated("p-1", {"STL3": 2})]))
        told = door.ask("why", authority="888", school="8889901", person="p-1", competence="STL3")
        assert told["silent"][0]["failed"] and told["silent"][0]["names"] == ["breaks"]
        assert told["proposed"][0]["because"] == [], told
        assert "authority/zz.lua:3: attempt to compare" in told["silent"][0]["why_not"]


def test_why_says_who_is_before_it(needsd):
    """At most three for the role: the next is held back, and says so."""
    door = needsd.door()
    door.day(DAY)
    school = School(door)
    door.settle(door.push_good([post("p-1"), rated("p-1", {f"STL{n}": 1 for n in (1, 2, 3, 4, 5, 8)})]))
    held = door.person("p-1")["held_back"]
    later = next(h for h in held if h["reason"].startswith("Later: 3"))
    id = f"{later['development']['kind']}.{later['development']['id']}"
    told = school.why("p-1", recommendation=id)
    assert told["proposed"][0]["recommendation"] == id and told["proposed"][0]["reason"] == later["reason"] and not told["proposed"][0]["recommended"]


def test_why_many_ask_at_once(demo):
    """They wait their turn, and each gets the answer that it gets alone."""
    school = demo["8889901"]
    persons = people(school)[:20]
    about = {"question": "why", "authority": "888", "school": school.code, "competence": "STL3"}
    alone = [school.why(person, competence="STL3") for person in persons]
    asked = [school.door.send("ask", {**about, "person": person}) for person in persons]
    assert [school.door.wait(rid) for rid in asked] == alone


def test_why_while_rules_are_published(tmp_path):
    """Those who asked under the old ones are asked to ask again, or have the answer; nothing is left over."""
    rules = write_rules(tmp_path / "rules", {"10-one": rule("one", recommend="return coaching {}", competences='{"STL3"}')})
    with Daemon(authorities={"888": {"name": "Example", "rules": rules}}) as daemon:
        door = daemon.door()
        door.day(DAY)
        door.settle(door.push_good([post(f"p-{n}") for n in range(40)] + [rated(f"p-{n}", {"STL3": 1, "STL4": 2}) for n in range(40)]))
        about = {"question": "why", "authority": "888", "school": "8889901"}
        asked = [door.send("ask", {**about, "person": f"p-{n}", "competence": "STL3"}) for n in range(40)]
        write_rules(rules, {"10-one": rule("another", recommend="return mentoring {}", competences='{"STL3"}')})
        assert reload(daemon)
        answered = 0
        for rid in asked:
            try:
                answered += len(door.wait(rid)["proposed"]) > 0
            except Fault as fault:
                assert fault.codes == ["busy"]
        assert answered > 0
        told = door.ask("why", authority="888", school="8889901", person="p-1", recommendation="mentoring.STL3")
        assert told["proposed"][0]["because"][0]["rule"] == "another"
        for n in range(40):  # the daemon stops with these under way
            door.send("ask", {**about, "person": f"p-{n}", "competence": "STL4"})


def test_why_facts_that_move_meanwhile(tmp_path):
    """Every answer is of one state of the facts: never the level of one and the proposals of another."""
    rules = write_rules(tmp_path / "rules", {"10-one": rule("teller", when="return need.gap >= 1", recommend="return coaching { priority = 99 }", competences='{"STL3"}')}, replace=True)
    with Daemon(authorities={"888": {"name": "Example", "rules": rules}}) as daemon:
        door = daemon.door()
        door.day(DAY)
        door.settle(door.push_good([post("p-1"), rated("p-1", {"STL3": 1}, date="2026-09-01")]))
        asked, gaps = [], []
        for n in range(50):
            asked.append(door.send("ask", {"question": "why", "authority": "888", "school": "8889901", "person": "p-1", "competence": "STL3"}))
            door.push_good(rated("p-1", {"STL3": 1 + n % 2}, date="2026-09-02", time=f"2026-10-01T10:00:{n:02d}Z"))
        for rid in asked:
            try:
                told = door.wait(rid)
            except Fault as fault:
                assert fault.codes == ["busy"]
                continue
            gaps.append(told["proposed"][0]["because"][0]["read"]["need.gap"])
            assert gaps[-1] == told["needs"][0]["required"] - told["needs"][0]["current"]
        assert gaps
