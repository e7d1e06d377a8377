"""Responses and agreements: what each does to the advice, what is published of it, and where it is seen, with its round."""
import os
import re
import subprocess
import time

import pytest

from advice import about, by_id, reload, rule, write_rules
from daemon import Daemon, build_dir
from door import Fault, event, post, rated

pytestmark = pytest.mark.slow

NEEDS = build_dir() / "clients" / "needs" / "needs"
COACH = "coaching.STL3"
PLACE = {"authority": "888", "school": "8889901"}


def respond(subject, response, date="2026-09-01", recommendation=COACH, by="person", time="15:00:00Z", **more):
    envelope = {k: more.pop(k) for k in ("id", "supersedes") if k in more}
    return event("response.recorded", {"recommendation": recommendation, "date": date, "response": response, "by": by, **more}, subject,
                 time=f"{date}T{time}", **envelope)


def agree(subject, terms, date="2026-09-01", recommendation=COACH, time="16:00:00Z", intended=(), **more):
    envelope = {k: more.pop(k) for k in ("id", "supersedes") if k in more}
    terms = [{"check": check, "status": status} for check, status in terms.items()] if isinstance(terms, dict) else terms
    return event("agreement.recorded", {"recommendation": recommendation, "date": date, "terms": terms, "intended": list(intended),
                                        "agreed_by": "manager", **more}, subject, time=f"{date}T{time}", **envelope)


@pytest.fixture
def own(tmp_path):
    """A daemon whose one rule coaches STL3; own.rules({}) leaves none."""
    class Own(Daemon):
        def rules(self, files):
            write_rules(tmp_path / "rules", files, True)

    daemon = Own(authorities={"888": {"rules": tmp_path / "rules"}})
    daemon.rules({"one": rule("coach", recommend="return coaching {}", competences='{"STL3"}')})
    with daemon:
        yield daemon


@pytest.fixture
def door(own):
    """p-1 and p-2 with a gap in STL3, on 1 September 2026."""
    door = own.door()
    door.day("2026-09-01")
    door.settle(door.push_good([e for p in ("p-1", "p-2") for e in (post(p), rated(p, {"STL3": 1}, date="2026-08-01"))]))
    assert COACH in by_id(door.person("p-1"))
    door.said = lambda person="p-1", about_=COACH: about([p for p in door.publications() if p.get("subject") == person], about_)
    return door


@pytest.fixture
def needs_of(tmp_path):
    """The command, bound to a daemon."""
    def bind(daemon, settle=lambda: None):
        env = {k: v for k, v in os.environ.items() if not k.startswith("NEEDS_")}
        env |= {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state"), "NEEDS_SERVER": daemon.endpoint, "NEEDS_AUTHORITY": "888",
                "NEEDS_SCHOOL": "8889901"}

        def run(*args, status=0):
            done = subprocess.run([NEEDS, *args], env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
            assert done.returncode == status, (args, done)
            settle()
            return re.sub(r"^undo with: needs push --undo \d+\n", "", done.stdout, flags=re.M) + done.stderr

        return run

    return bind


@pytest.fixture
def needs(own, door, needs_of):
    return needs_of(own, door.settle)


def push(door, *events):
    door.settle(door.push_good(list(events)))
    return door.person("p-1")


def day(door, date):
    door.settle(door.day(date))
    return door.person("p-1")


def held(answer):
    return {h["development"]["id"]: h["reason"] for h in answer["held_back"]}


def settled(answer, recommendation=COACH):
    return {p["check"]: p["status"] for p in by_id(answer)[recommendation]["practicalities"]}


# --- what each answer does ---

@pytest.mark.parametrize("response,stands,reason,published", [
    ("accepted", True, None, ("changed", "response")),
    ("started", True, None, ("changed", "response")),
    ("declined", False, "Declined on 2026-09-01; left alone until 2027-09-01, or until it is accepted.", ("withdrawn", "response")),
    ("completed", False, "Completed on 2026-09-01; a new rating will show whether the gap is closed (awaited until 2027-09-01).",
     ("withdrawn", "response")),
    ("contested", False, "Contested on 2026-09-01; somebody will look at it.", ("withdrawn", "response")),
    ("evaluated", True, None, ("issued", "rating")),
])
def test_responses_what_each_does(door, response, stands, reason, published):
    answer = push(door, respond("p-1", response))
    assert (COACH in by_id(answer), held(answer).get("STL3")) == (stands, reason)
    assert door.said()[-1] == published
    carrier, = [r for r in answer["recommendations"] + answer["answered"] if r["recommendation"] == COACH]
    assert carrier["responses"] == [{"date": "2026-09-01", "response": response, "by": "person", "round": 0}]
    assert (carrier in answer["answered"]) == (not stands)
    changed = [p["data"] for p in door.publications() if p["type"].endswith("changed.v1")]
    assert [c["changes"] for c in changed] == ([["because"]] if published[0] == "changed" else [])
    assert all("responses" not in p["data"] for p in door.publications())  # what was answered is asked for, not published
    assert door.ask("verify", timeout=60)["ok"]


def test_responses_agreed_keeps_its_date_when_the_work_starts(door):
    """Accepted, agreed, started: one promise, kept since the first of them, and called by its name."""
    push(door, respond("p-1", "accepted"))
    day(door, "2026-09-08")
    push(door, agree("p-1", {}, "2026-09-05"))
    assert [b["text"] for b in by_id(door.person("p-1"))[COACH]["because"]][-1] == "Accepted on 2026-09-01."
    answer = push(door, respond("p-1", "started", "2026-09-08"), respond("p-1", "started", "2026-09-07", by="provider"))
    assert [b["text"] for b in by_id(answer)[COACH]["because"]][-1] == "Accepted on 2026-09-01, started on 2026-09-07."


@pytest.mark.parametrize("first,text", [
    (respond("p-1", "accepted"), "Accepted on 2026-09-01."),
    (respond("p-1", "started", by="provider"), "Started on 2026-09-01."),
    (agree("p-1", {"release": "met"}, time="14:00:00Z"), "Agreed on 2026-09-01."),
])
def test_responses_a_promise_is_called_by_its_first_word(own, door, needs, first, text):
    """Once the post asks no more, its summary says so too; the second word changes nothing."""
    push(door, first)
    assert [b["text"] for b in by_id(door.person("p-1"))[COACH]["because"]][-1] == text
    assert f"because: {text}" in needs("show", "p-1", "--detail")
    own.rules({})
    assert reload(own)
    door.settle()
    day(door, "2026-09-02")
    word = text.split()[0]
    answer = push(door, agree("p-1", {"cover": "met"}, "2026-09-02"), respond("p-1", "accepted", "2026-09-02"))
    assert by_id(answer)[COACH]["because"][0]["text"] == f"{word} on 2026-09-01; it would not be recommended today."
    answer = push(door, post("p-1", role="CATR", time="2026-09-02T09:00:00Z"))
    assert by_id(answer)[COACH]["summary"].endswith(f": {word.lower()}, and it stands.")


def test_responses_a_decline_holds_for_a_year(own, door):
    push(door, respond("p-1", "declined", barrier="no-cover"))
    assert COACH not in by_id(day(door, "2027-08-31"))
    own.kill()
    own.start()
    answer = day(door, "2027-09-01")  # nothing else happens on that day
    assert by_id(answer)[COACH]["round"] == 0 and not held(answer)
    assert door.said() == [("issued", "rating"), ("withdrawn", "response"), ("issued", "day")]
    assert by_id(answer)[COACH]["responses"][0]["response"] == "declined"
    answer = push(door, respond("p-1", "declined", "2027-09-01"))
    assert "left alone until 2028-09-01" in held(answer)["STL3"]
    assert door.ask("verify", timeout=60)["ok"]


def test_responses_a_decline_ends_with_another_word(door):
    push(door, respond("p-1", "declined"))
    day(door, "2026-09-02")
    assert COACH in by_id(push(door, respond("p-1", "accepted", "2026-09-02")))
    assert COACH not in by_id(push(door, respond("p-1", "declined", "2026-09-02", by="head", time="17:00:00Z")))


def test_responses_what_the_law_requires_cannot_be_declined_away(needsd, needs_of):
    """It stays recommended with the answer beside it; what only the post asks for is left alone as before."""
    door = needsd.door()
    door.day("2026-09-01")
    safe = "inset.X.PREV"
    door.settle(door.push_good([post("p-1"), rated("p-1", {"STL3": 1}, date="2026-08-01")]))
    before, school = door.person("p-1"), door.ask("school", **PLACE)["persons"][0]
    law = {n["competence"] for n in before["needs"] if n["importance"] == "statutory"}
    assert school["required_by_law"] == len(law) > 1 and safe in by_id(before)
    role = next(r["recommendation"] for r in before["recommendations"] if r["purpose"] == "role" and not r["recommendation"].startswith("finding"))
    answer = push(door, *(respond("p-1", "declined", recommendation=r, by="manager", barrier="no-cover") for r in (safe, role)))
    assert role not in by_id(answer) and role in {r["recommendation"] for r in answer["answered"]}
    still = by_id(answer)[safe]
    assert still["because"][-1] == {"rule": "declined", "source": "person", "text":
                                    "Declined on 2026-09-01, but the law requires it: the school must still see to it."}
    assert [(r["response"], r["barrier"]) for r in still["responses"]] == [("declined", "no-cover")]
    assert safe not in held(answer) and "X.PREV" not in held(answer)
    changed, = [p for p in door.publications() if p["data"].get("recommendation") == safe and p["type"].endswith("changed.v1")]
    assert changed["data"]["changes"] == ["because"]
    after = door.ask("school", **PLACE)["persons"][0]
    assert (after["required_by_law"], after["declined"], after["compliance"]) == (len(law), 2, school["compliance"])
    shown = re.sub(r"\n +", " ", needs_of(needsd)("show", "p-1", "--detail"))
    assert "but the law requires it: the school must still see to it. [their answer, source person] answered: declined by the manager on 1 September 2026: Nobody to cover my work" in shown
    answer = push(door, rated("p-1", {"X.PREV": 3}, date="2026-09-01", evidence="test"))
    assert safe not in by_id(answer)
    assert door.ask("school", **PLACE)["persons"][0]["required_by_law"] == len(law) - 1
    assert door.ask("verify", timeout=60)["ok"]


def test_responses_another_way_comes_before_a_declined_one(own, door):
    """Declining one course that the law is met by is no refusal of the law: the other course is recommended."""
    first, second = "inset.X.SAFE", "e-learning.X.SAFE"
    own.rules({"one": rule("talk", recommend="return inset { priority = 60 }", competences='{"X.SAFE"}', needs='"any"')
               + rule("read", recommend="return e_learning { priority = 50 }", competences='{"X.SAFE"}', needs='"any"')})
    assert reload(own)
    door.settle()
    assert first in by_id(door.person("p-1")) and second not in by_id(door.person("p-1"))
    answer = push(door, respond("p-1", "declined", recommendation=first))
    assert first not in by_id(answer) and second in by_id(answer)
    day(door, "2026-09-02")
    answer = push(door, respond("p-1", "declined", "2026-09-02", recommendation=second))
    assert first in by_id(answer) and second not in by_id(answer) and second in {r["recommendation"] for r in answer["answered"]}


def test_responses_a_rating_is_awaited_for_a_year(door):
    """Nobody rates: the round is over all the same, and it is recommended again."""
    push(door, respond("p-1", "completed"))
    assert COACH not in by_id(day(door, "2027-08-31"))
    assert by_id(day(door, "2027-09-01"))[COACH]["round"] == 1


def test_responses_a_weaker_rating_shows_nothing(door):
    """The observer's stands; a self-rating made since does not say whether the gap is closed."""
    push(door, rated("p-1", {"STL3": 1}, date="2026-08-15", evidence="observer", by="o-1"), respond("p-1", "completed"))
    assert COACH not in by_id(push(door, rated("p-1", {"STL3": 2}, evidence="self")))
    assert by_id(push(door, rated("p-1", {"STL3": 2}, evidence="observer", by="o-1")))[COACH]["round"] == 1


def test_responses_yearly_training_comes_back(needsd):
    """Completed, rated, run out: the next round's time, though the newest rating in force is none."""
    door = needsd.door()
    door.day("2025-09-01")
    safe = "inset.X.PREV"
    door.settle(door.push_good(post("p-1", time="2025-09-01T09:00:00Z")))
    assert safe in by_id(door.person("p-1"))
    answer = push(door, respond("p-1", "completed", "2025-09-01", safe),
                  rated("p-1", {"X.PREV": 3}, date="2025-09-01", evidence="test", expires="2026-09-01"))
    assert safe not in by_id(answer) and [r["recommendation"] for r in answer["answered"]] == [safe]
    assert safe not in by_id(day(door, "2026-07-01"))
    back = day(door, "2026-09-02")
    found = [r for r in back["recommendations"] for a in r["answers"] if a["competence"] == "X@2026/X.PREV"]
    assert found and not [r for r in held(back) if r == "X.PREV"]
    assert all(r["round"] == (1 if r["recommendation"] == safe else 0) for r in found)
    assert door.ask("verify", timeout=60)["ok"]


def test_responses_what_was_not_found_out_is_asked_again(needsd):
    """A self-assessment that left some things out: the rest is asked a term later, not never."""
    door = needsd.door()
    door.day("2026-09-01")
    find = "finding-out.self-assessment"
    door.settle(door.push_good(post("p-1")))
    open_ = {a["competence"] for a in by_id(door.person("p-1"))[find]["answers"]}
    push(door, rated("p-1", {"STL3": 1, "STL4": 1}, evidence="self"), respond("p-1", "completed", recommendation=find))
    assert find not in by_id(day(door, "2026-11-30"))
    again = by_id(day(door, "2026-12-01"))[find]
    assert again["round"] == 1
    assert {a["competence"] for a in again["answers"]} == open_ - {"STL@2007/STL3", "STL@2007/STL4"}


def test_responses_what_is_contested_is_never_hidden(own, door, needs):
    """Even when no rule proposes it any more, so that nothing holds it back."""
    push(door, respond("p-1", "contested", by="representative", on_behalf="r-7"))
    own.rules({})
    assert reload(own)
    door.settle()
    day(door, "2028-09-01")
    answer = door.person("p-1")
    assert not answer["held_back"]
    contested, = answer["answered"]
    assert (contested["recommendation"], contested["last"], contested["round"]) == (COACH, "contested", 0)
    assert contested["responses"][0]["on_behalf"] == "r-7"
    shown = needs("show", "p-1", "--detail")
    assert re.search(r"^CONTESTED.*\n  Coaching: .* \[coaching\.STL3\]\n"
                     r"    contested by a representative on 1 September 2026, written down by r-7 \(round 1\)$", shown, re.M)
    assert shown.index("CONTESTED") < shown.index("Needs") and "Answered before" not in shown
    assert "1 contested: needs a decision." in needs("show")
    assert needs("show", "--answers").splitlines()[4].split()[:4] == ["p-1", COACH, "contested", "by"]


def test_responses_a_contest_is_the_persons_to_end(door, needs):
    """Neither another side's answer nor an agreement silences it; what was agreed meanwhile counts once the person answers."""
    push(door, respond("p-1", "contested", "2026-09-01"))
    for i, more in enumerate((respond("p-1", "accepted", by="manager", time="15:30:00Z"), agree("p-1", {"release": "met"}, time="17:00:00Z"))):
        answer = push(door, more)
        assert COACH not in by_id(answer), i
        assert [(r["recommendation"], r["last"]) for r in answer["answered"]] == [(COACH, "contested")]
    counts = door.ask("school", **PLACE)["total"]
    assert (counts["contested"], counts["accepted"]) == (1, 0)
    assert needs("show", "--answers").splitlines()[4].split()[:4] == ["p-1", COACH, "contested", "by"]
    answer = push(door, respond("p-1", "accepted", "2026-09-01", time="18:00:00Z"))
    assert settled(answer, COACH)["release"] == "met"
    assert door.ask("school", **PLACE)["total"]["contested"] == 0


@pytest.mark.parametrize("order", [0, 1, 2])
def test_responses_rounds_are_counted_by_dates(door, order):
    """In whichever order they come: an evaluation belongs to the last round completed by its date."""
    said = [respond("p-1", "accepted", "2026-02-01"), respond("p-1", "completed", "2026-03-01"), respond("p-1", "evaluated", "2026-03-01"),
            respond("p-1", "accepted", "2026-04-01"), respond("p-1", "completed", "2026-05-01"), respond("p-1", "evaluated", "2026-04-30"),
            respond("p-1", "evaluated", "2026-05-01", by="manager"), respond("p-1", "evaluated", "2026-08-01"), respond("p-1", "accepted", "2026-08-02")]
    said = [said, said[::-1], said[3:] + said[:3]][order]
    answer = push(door, *said)
    assert by_id(answer)[COACH]["round"] == 2
    assert [(r["date"], r["response"], r["round"]) for r in by_id(answer)[COACH]["responses"]] == [
        ("2026-02-01", "accepted", 0), ("2026-03-01", "completed", 0), ("2026-03-01", "evaluated", 0), ("2026-04-01", "accepted", 1),
        ("2026-04-30", "evaluated", 0), ("2026-05-01", "completed", 1), ("2026-05-01", "evaluated", 1), ("2026-08-01", "evaluated", 1), ("2026-08-02", "accepted", 2)]
    counts = door.ask("school", **PLACE)["persons"][0]
    assert (counts["completed"], counts["accepted"], counts["started"]) == (2, 1, 0)


# --- agreements ---

def test_responses_an_agreement_meets_every_practicality(needsd):
    """Ten points at most are to agree before a formal development begins; each check of the catalogue is met by its term and by no other."""
    door = needsd.door()
    door.day("2026-09-01")
    door.settle(door.push_good([post("p-1"), rated("p-1", {"STL4": 1})]))
    unit = next(r for r in by_id(door.person("p-1")) if r.startswith("unit."))
    push(door, respond("p-1", "accepted", recommendation=unit))
    asked = list(settled(door.person("p-1"), unit))
    checks = [c["code"] for c in door.ask("catalogue", authority="888")["codes"]["check"]]
    assert asked == [c for c in checks if c in asked] and 5 <= len(asked) <= 10 and set(settled(door.person("p-1"), unit).values()) == {"to-agree"}
    assert len(checks) == 25 and {"entry", "release", "cover", "travel", "fee"} < set(asked)
    for i, check in enumerate(checks):
        answer = push(door, agree("p-1", {check: "met"}, recommendation=unit, time=f"16:{i:02}:00Z"))
        assert {c for c, s in settled(answer, unit).items() if s == "met"} == {check}
        last = [p for p in door.publications() if p["data"].get("recommendation") == unit][-1]
        assert (last["cause"], last["weight"], last["data"]["changes"]) == ("agreement", "material", ["practicalities"])
    assert settled(push(door, agree("p-1", {check: "unmet" for check in checks}, recommendation=unit, time="17:00:00Z")), unit) == \
        {check: "unmet" for check in checks}
    assert by_id(door.person("p-1"))[unit]["agreement"]["terms"][0] == {"check": "entry", "words": "Entry requirements are met", "status": "unmet"}
    assert door.ask("verify", timeout=60)["ok"]


def test_responses_a_later_agreement_replaces_and_a_withdrawn_one_reverts(door):
    day(door, "2026-09-03")
    assert settled(push(door, agree("p-1", {"release": "met", "mentor": "met"}, id="a-1")))["mentor"] == "met"
    answer = push(door, agree("p-1", {"cover": "met"}, "2026-09-02", id="a-2"))
    assert settled(answer) == {"practice": "to-agree", "release": "to-agree", "cover": "met"}
    assert [a["date"] for a in door.ask("recommendation", **PLACE, person="p-1", recommendation=COACH)["agreements"]] == ["2026-09-01", "2026-09-02"]
    answer = push(door, event("record.withdrawn", {"of": ["a-2"], "reason": "typo"}))
    assert settled(answer) == {"practice": "to-agree", "mentor": "met", "release": "met", "cover": "to-agree"}
    assert by_id(answer)[COACH]["agreement"]["date"] == "2026-09-01"
    # of two of one date the newest holds; corrected, the one before is dead
    answer = push(door, agree("p-1", {"practice": "met"}, "2026-09-01", time="18:00:00Z", id="a-3"))
    assert {c for c, s in settled(answer).items() if s == "met"} == {"practice"}
    assert len(door.ask("recommendation", **PLACE, person="p-1", recommendation=COACH)["agreements"]) == 1
    answer = push(door, agree("p-1", {"release": "unmet"}, "2026-09-01", time="10:00:00Z", supersedes="a-3"),
                  event("record.withdrawn", {"of": ["a-1"], "reason": "typo"}))
    assert settled(answer)["release"] == "unmet"
    assert door.ask("verify", timeout=60)["ok"]


def test_responses_an_agreement_alone_is_a_promise(own, door):
    """It outlives the rule; withdrawn, nothing keeps the advice."""
    push(door, agree("p-1", {"release": "met"}, id="a-1"))
    own.rules({})
    assert reload(own)
    door.settle()
    assert "would not be recommended today" in by_id(door.person("p-1"))[COACH]["because"][0]["text"]
    assert COACH not in by_id(door.person("p-2"))
    answer = push(door, event("record.withdrawn", {"of": ["a-1"], "reason": "wrong-person"}))
    assert COACH not in by_id(answer) and answer["answered"] == []
    assert door.said()[-1] == ("withdrawn", "agreement")


def test_responses_what_was_agreed_until_a_day_is_to_agree_again(door):
    push(door, agree("p-1", [{"check": "release", "status": "met", "minutes": 90, "until": "2026-12-01"}, {"check": "cover", "status": "met"}]))
    assert settled(day(door, "2026-12-01"))["release"] == "met"
    assert settled(day(door, "2026-12-02")) == {"practice": "to-agree", "release": "to-agree", "cover": "met"}
    assert door.said()[-1] == ("changed", "day")
    assert door.ask("verify", timeout=60)["ok"]


def test_responses_a_decline_takes_the_agreement_with_it(door):
    push(door, agree("p-1", {"release": "met"}))
    day(door, "2026-09-03")
    answer = push(door, respond("p-1", "declined", "2026-09-02", by="head", barrier="no-money"))
    assert COACH not in by_id(answer) and "agreement" not in answer["answered"][0]
    answer = push(door, respond("p-1", "accepted", "2026-09-03"))
    assert settled(answer)["release"] == "to-agree" and "agreement" not in by_id(answer)[COACH]


# --- seen everywhere ---

def test_responses_the_school_counts_take_up(door):
    """Counts against an oracle that knows only the list of last answers."""
    people = [f"q-{i}" for i in range(12)]
    words = ("accepted", "started", "declined", "contested", "completed", "evaluated")
    events = [e for p in people for e in (post(p), rated(p, {"STL3": 1}, date="2026-08-01"))]
    for i, p in enumerate(people):
        for k, other in enumerate((COACH, "coaching.STL4", "mentoring.STL5")[:i % 4]):
            events.append(respond(p, words[(i + k) % 6], recommendation=other))
    events += [agree("q-0", {c: "met" for c in ("practice", "release", "cover")}), respond("q-1", "accepted", "2026-10-01", "coaching.STL9")]
    door.settle(door.push_good(events))
    school, lines = door.ask("school", **PLACE), door.ask("answers", **PLACE)["answers"]
    total = dict.fromkeys(("persons", "needs", "unrated", "required_by_law", "recommendations", "compliance", "accepted", "started", "completed", "declined",
                           "contested", "to_agree"), 0)
    for person in school["persons"]:
        mine = [a for a in lines if a["person"] == person["person"]]
        answer = door.person(person["person"])
        standing = by_id(answer)
        kept = [a["recommendation"] for a in mine if a["last"] in ("accepted", "started", "agreed")]
        assert {w: person[w] for w in ("accepted", "started", "completed", "declined", "contested")} == {
            w: sum(a["last"] == w or (w == "accepted" and a["last"] == "agreed") for a in mine) for w in
            ("accepted", "started", "completed", "declined", "contested")}, person
        assert person["to_agree"] == sum(any(c["status"] == "to-agree" for c in standing[r]["practicalities"]) for r in kept if r in standing)
        assert {a["recommendation"] for a in mine} == {r["recommendation"] for r in answer["answered"]} | {i for i, r in standing.items() if "responses" in r and
                                                                                                        any(s["date"] <= "2026-09-01" for s in r["responses"])
                                                                                                        or "agreement" in r}
        assert all(a["stands"] == (a["recommendation"] in standing) for a in mine)
        total["persons"] += 1
        for member in set(total) - {"persons"}:
            total[member] += person[member]
    assert school["total"] == total and total["persons"] == 14
    assert all(total[w] for w in total if w != "compliance"), total
    one = door.ask("answers", **PLACE, person="q-3")["answers"]
    assert one == [a for a in lines if a["person"] == "q-3"] and len(one) == 3
    with pytest.raises(Fault) as fault:
        door.ask("answers", **PLACE, person="nobody")
    assert fault.value.codes == ["not-found"]


def test_responses_are_told_with_their_words_and_outlive_a_restart(own, door):
    push(door, respond("p-1", "declined", barrier="no-cover", by="manager", on_behalf="m-4"), respond("p-2", "accepted"),
         agree("p-2", [{"check": "cover", "status": "met", "minutes": 90, "payer": "school", "amount": 4500, "until": "2027-07-21"}],
               intended=["confidence"], success={"competence": "STL3", "level": 3, "by": "2027-07-21"}))
    def everything():
        asked = door.person("p-1"), door.person("p-2"), door.ask("school", **PLACE), door.ask("answers", **PLACE)
        for r in asked[1]["recommendations"]:
            del r["stand"]  # sealed anew for each answer
        return asked

    before = everything()
    assert before[0]["answered"] == [{
        "recommendation": COACH, "round": 0, "last": "declined", "date": "2026-09-01",
        "development": {"kind": "coaching", "id": "STL3", "title": "Coaching: Help to keep children safe"},
        "responses": [{"date": "2026-09-01", "response": "declined", "by": "manager", "round": 0, "barrier": "no-cover",
                       "barrier_words": "Nobody to cover my work", "on_behalf": "m-4"}]}]
    assert by_id(before[1])[COACH]["agreement"] == {
        "date": "2026-09-01", "round": 0, "terms": [{"check": "cover", "words": "Somebody covers the work", "status": "met", "minutes": 90,
                                                     "payer": "school", "amount": 4500, "until": "2027-07-21"}],
        "intended": [{"impact": "confidence", "words": "More confident"}],
        "success": {"competence": "STL@2007/STL3", "level": 3, "by": "2027-07-21"}, "agreed_by": "manager"}
    assert "no-cover" not in str(door.publications())  # the reason is for those who may ask
    own.kill()
    own.start()
    door.settle()
    assert everything() == before


def test_responses_dated_ahead_wait(door, needs):
    answer = push(door, respond("p-1", "declined", "2026-09-05"))
    assert by_id(answer)[COACH]["responses"][0]["date"] == "2026-09-05" and door.ask("answers", **PLACE)["answers"] == []
    assert "answered: declined by the person, counts from 5 September 2026 (round 1)" in needs("show", "p-1", "--detail")
    assert COACH not in by_id(day(door, "2026-09-05"))
    assert door.said()[-1] == ("withdrawn", "day")
    push(door, respond("p-1", "accepted", "2026-09-06"))
    assert [(a["last"], a["date"]) for a in door.ask("answers", **PLACE)["answers"]] == [("declined", "2026-09-05")]


def test_responses_of_whom_all_was_taken_back_nothing_is_listed(own, door):
    """A mistyped id whose rows were undone is nobody; one live fact is somebody."""
    before = door.ask("school", **PLACE)
    door.settle(door.push_good([post("q-1", id="t-1"), rated("q-1", {"STL3": 1}, date="2026-08-01", id="t-2"), respond("q-1", "accepted", id="t-3")]))
    assert [p["person"] for p in door.ask("school", **PLACE)["persons"]] == ["p-1", "p-2", "q-1"]
    push(door, event("record.withdrawn", {"of": ["t-1", "t-3"], "reason": "typo"}))
    assert door.ask("school", **PLACE)["total"]["persons"] == 3
    push(door, event("record.withdrawn", {"of": ["t-2"], "reason": "typo"}))
    assert door.ask("school", **PLACE) == before and not door.ask("answers", **PLACE)["answers"]
    own.kill()
    own.start()
    door.settle()
    assert door.ask("school", **PLACE) == before


def test_responses_of_who_is_away_are_not_counted(door, needs):
    """Who has left needs nothing looked at any more, and who is restricted must not be."""
    push(door, respond("p-1", "contested", by="representative"), respond("p-2", "declined", barrier="no-cover"))
    push(door, event("person.left", {"date": "2026-09-01", "reason": "left"}, "p-1", time="2026-09-01T20:00:00Z"),
         event("person.restricted", {"date": "2026-09-01", "restricted": True}, "p-2", id="r-1", time="2026-09-01T20:00:00Z"))
    school = door.ask("school", **PLACE)
    assert [(p["person"], p["absent"]) for p in school["persons"]] == [("p-1", "left"), ("p-2", "restricted")]
    assert (school["total"]["contested"], school["total"]["declined"]) == (0, 0) and door.ask("answers", **PLACE)["answers"] == []
    assert "  Nobody has answered a recommendation yet.\n" in needs("show") and re.search(r"^  p-1 .* has left\n  p-2 .* restricted$", needs("show"), re.M)
    assert "This person has left, so nothing is worked out." in needs("show", "p-1")
    assert "This person is restricted, so nothing is worked out." in needs("show", "p-2")
    push(door, event("record.withdrawn", {"of": ["r-1"], "reason": "typo"}))
    assert [a["person"] for a in door.ask("answers", **PLACE)["answers"]] == ["p-2"]
    assert "absent" not in door.person("p-2") and door.person("p-1")["absent"] == "left"
    assert [a["last"] for a in door.ask("answers", **PLACE, person="p-1")["answers"]] == ["contested"]  # asked by name it is given


# --- a story ---

def test_responses_a_story_of_two_rounds(own, door, needs):
    """Accepted, agreed, started, completed, evaluated; rated, met; a new gap a year later, and again."""
    def told(date, *words):
        day(door, date)
        needs(words[0], "p-1", COACH, *words[1:], "--date", date)
        return by_id(door.person("p-1"))

    told("2026-09-02", "respond", "accepted")
    told("2026-09-03", "agree", "--term", "release=met,minutes=360", "--intended", "confidence", "--success", "STL3=3,2027-02-01")
    told("2026-09-04", "agree", "--term", "cover=met", "--term", "practice=met", "--by", "head")
    shown = needs("show", "p-1", "--detail")
    assert "answered: accepted by the person on 2 September 2026; agreed by the head on 4 September 2026\n      (round 1)" in shown
    assert "practicalities: 3 settled\n    agreed: release met (6 h)\n" in shown and "meant to bring: More confident; STL3 at alone (3) by 1 February 2027" in shown
    assert "Time off the normal work is agreed (6 h)" in needs("show", "p-1", "--full")
    started = told("2026-09-10", "respond", "started", "--by", "provider")
    assert set(settled(door.person("p-1")).values()) == {"met"} and started[COACH]["round"] == 0
    assert "accepted by the person on 2 September 2026; agreed by the head on 4 September 2026; started by the provider on 10 September 2026 (round 1)" in \
        re.sub(r"\n +", " ", needs("show", "p-1", "--detail"))
    assert COACH not in told("2026-12-01", "respond", "completed")
    told("2026-12-08", "respond", "evaluated")
    assert "a new rating will show" in held(door.person("p-1"))["STL3"]
    answer = push(door, rated("p-1", {"STL3": 3}, date="2026-12-08", evidence="observer", by="o-1", expires="2027-09-01"))
    assert not held(answer) and not [n for n in answer["needs"] if n["competence"] == "STL@2007/STL3"]
    assert [(r["recommendation"], r["last"], r["round"]) for r in answer["answered"]] == [(COACH, "completed", 0)]
    assert "completed by the person on 1 December 2026; evaluated by the person on 8 December 2026" in re.sub(r"\n +", " ", needs("show", "p-1", "--detail").split("Answered before")[1])

    # the observer's rating runs out, and the manager's, a year old, decides again; a newer one still sees a gap: the second round
    assert by_id(day(door, "2027-09-02"))[COACH]["answers"][0]["current"] == 1
    answer = push(door, rated("p-1", {"STL3": 2}, date="2027-09-02"))
    again = by_id(answer)[COACH]
    assert again["round"] == 1 and "agreement" not in again and set(settled(answer).values()) == {"to-agree"} and answer["answered"] == []
    accepted = told("2027-09-03", "respond", "accepted")[COACH]
    assert [(r["response"], r["round"]) for r in accepted["responses"]] == [
        ("accepted", 0), ("started", 0), ("completed", 0), ("evaluated", 0), ("accepted", 1)]
    told("2027-09-04", "agree", "--term", "release=met")
    assert settled(door.person("p-1")) == {"practice": "to-agree", "release": "met", "cover": "to-agree"}  # the old round's terms are over
    rounds = door.ask("recommendation", **PLACE, person="p-1", recommendation=COACH)
    assert [(a["date"], a["round"]) for a in rounds["agreements"]] == [("2026-09-03", 0), ("2026-09-04", 0), ("2027-09-04", 1)]
    shown = needs("show", "p-1", "--detail")
    assert "[coaching.STL3] (again, round 2)" in re.sub(r"\n +", " ", shown)
    assert "answered: accepted by the person on 3 September 2027; agreed by the manager on 4 September 2027 (round 2)" in re.sub(r"\n +", " ", shown)
    assert re.search(r"Answered before\n  .*recommended again\n    accepted by the person on 2 September 2026; started by the provider on 10", shown)
    explained = re.sub(r"\n {6}", " ", needs("explain", "p-1", COACH, "--full"))
    assert re.search(r"Answered\n    accepted .* \(round 1\)\n    accepted .* \(round 2\)\n", explained)

    said = [(p["type"].split(".")[2], p["data"]["round"], p["cause"], p["data"].get("changes")) for p in door.publications()
            if p.get("subject") == "p-1" and p["data"].get("recommendation") == COACH]
    assert said == [("issued", 0, "rating", None), ("changed", 0, "response", ["because"]), ("changed", 0, "agreement", ["practicalities"]),
                    ("changed", 0, "agreement", ["practicalities"]), ("changed", 0, "response", ["because"]), ("withdrawn", 0, "response", None),
                    ("issued", 1, "day", None), ("changed", 1, "rating", ["summary", "answers"]), ("changed", 1, "response", ["because"]), ("changed", 1, "agreement", ["practicalities"])]
    assert door.ask("verify", timeout=60)["ok"]


# --- the command ---

def terms(door, person="p-1"):
    return {t["check"]: t["status"] for t in by_id(door.person(person))[COACH]["agreement"]["terms"]}


def test_responses_agree_settles_one_thing_after_the_other(door, needs):
    assert needs("agree", "p-1", COACH, "--term", "release=met,minutes=90,until=21/07/2027", "--intended", "confidence", "--date", "2026-09-01") == \
        "recorded: agreed: release met\n"
    assert needs("agree", "p-1", COACH, "--term", "cover=unmet", "--date", "2026-09-01", "--by", "head") == "recorded: agreed: cover unmet, release met\n"
    assert needs("agree", "p-1", COACH, "--term", "cover=unmet", "--date", "2026-09-01", "--by", "head").startswith("already known: agreed: cover unmet")
    agreement = by_id(door.person("p-1"))[COACH]["agreement"]
    assert agreement["terms"][1] == {"check": "release", "words": "Time off the normal work is agreed", "status": "met", "minutes": 90, "until": "2027-07-21"}
    assert [i["impact"] for i in agreement["intended"]] == ["confidence"] and agreement["agreed_by"] == "head"
    day(door, "2026-09-02")
    needs("agree", "p-1", COACH, "--term", "cover=met,payer=school,amount=4500", "--date", "2026-09-02")
    assert terms(door) == {"cover": "met", "release": "met"} == {c: s for c, s in settled(door.person("p-1")).items() if s == "met"}
    needs("agree", "p-1", COACH, "--anew", "--term", "practice=met", "--date", "2026-09-02")
    assert terms(door) == {"practice": "met"} and by_id(door.person("p-1"))[COACH]["agreement"]["intended"] == []
    assert [a["date"] for a in door.ask("recommendation", **PLACE, person="p-1", recommendation=COACH)["agreements"]] == ["2026-09-01", "2026-09-02"]
    assert needs("agree", "p-9", COACH, "--date", "2026-09-01", "--ahead") == (
        "recorded: agreed\nnote: p-9 is not recorded yet; this takes effect when the person is recorded\nnote: this settles nothing yet; settle a practicality with --term CHECK=met\n")


def test_responses_the_date_is_the_daemons_day(own, needs_of, door, needs):
    """Not the clock's: advice is worked out as of the daemon's day. Where it has none, the clock's."""
    day(door, "2026-09-03")
    assert needs("respond", "p-1", COACH, "accepted") == "recorded: accepted\n"
    assert needs("agree", "p-1", COACH, "--term", "release=met") == "recorded: agreed: release met\n"
    person = by_id(door.person("p-1"))[COACH]
    assert (person["responses"][0]["date"], person["agreement"]["date"]) == ("2026-09-03", "2026-09-03")
    with Daemon() as without:
        run = needs_of(without)
        clock = time.strftime("%Y-%m-%d", time.gmtime())
        without.door().push_good([post("p-1")])
        run("respond", "p-1", COACH, "accepted")
        door = without.door()
        door.settle(door.day("2199-01-01"))
        assert clock <= by_id(door.person("p-1"))[COACH]["responses"][0]["date"] <= time.strftime("%Y-%m-%d", time.gmtime())


def test_responses_agree_without_terms_says_what_there_is_to_agree(door, needs):
    assert needs("agree", "p-1", COACH) == (
        "recorded: agreed\nnote: this settles nothing yet; to agree: practice, release, cover (--term CHECK=met)\n")
    assert needs("agree", "p-1", COACH, "--term", "release=met") == "recorded: agreed: release met\n"
    assert needs("agree", "p-1", COACH, "--intended", "confidence") == "recorded: agreed: release met\n"  # kept, so something is settled


def test_responses_no_term_vanishes_without_a_word(door, needs):
    needs("agree", "p-1", COACH, "--term", "release=met,minutes=90", "--term", "cover=met")
    assert needs("agree", "p-1", COACH, "--anew", "--term", "cover=unmet") == (
        "recorded: agreed: cover unmet\nnote: the earlier agreement no longer applies: release met (1 h 30 min); without --anew it stays in force\n")
    assert needs("respond", "p-1", COACH, "declined") == "recorded: declined\nnote: the agreement about it no longer applies: cover unmet\n"
    assert needs("respond", "p-2", COACH, "declined") == "recorded: declined\n"


def test_responses_a_mistyped_term_is_said_before_anybody_is_asked(needs_of):
    class Nowhere:
        endpoint = "ipc:///tmp/nobody-listens-here"

    assert "the status must be met, unmet or to-agree" in needs_of(Nowhere)("agree", "p-1", COACH, "--term", "release=done", status=2)


def test_responses_agree_keeps_what_was_agreed_for_a_day_to_come(door, needs):
    """Dated ahead: on one date, and on the next."""
    needs("agree", "p-1", COACH, "--term", "release=met", "--date", "2026-09-04")
    assert "recorded: agreed: cover met, release met\n" in needs("agree", "p-1", COACH, "--term", "cover=met", "--date", "2026-09-04")
    assert "practice met, cover met, release met\n" in needs("agree", "p-1", COACH, "--term", "practice=met", "--date", "2026-09-05")
    person = by_id(door.person("p-1"))[COACH]
    assert "agreement" not in person and person["agreement_ahead"]["date"] == "2026-09-05"
    assert set(settled(door.person("p-1")).values()) == {"to-agree"}
    assert "ahead: agreed by the manager, counts from 5 September 2026" in needs("show", "p-1", "--detail")
    answer = day(door, "2026-09-05")
    assert set(settled(answer).values()) == {"met"} and "agreement_ahead" not in by_id(answer)[COACH]


def test_responses_agree_carries_nothing_back(door, needs):
    """Not to an earlier date, and not to a round that is over."""
    day(door, "2026-10-01")
    needs("respond", "p-1", COACH, "completed", "--date", "2026-09-15")
    needs("agree", "p-1", COACH, "--term", "release=met", "--date", "2026-09-20")
    assert needs("agree", "p-1", COACH, "--term", "cover=met", "--date", "2026-09-10", status=2) == (
        "needs: what was agreed on 20 September 2026 is later and holds from then on: release met; to keep it and add to it, write "
        "--date 2026-09-20 or a later one\n")
    assert needs("agree", "p-1", COACH, "--anew", "--term", "cover=met", "--date", "2026-09-10") == (
        "recorded: agreed: cover met\nnote: what was agreed on 20 September 2026 is later and takes its place then: release met\n")
    assert terms(door) == {"release": "met"}
    assert [(a["date"], a["round"], len(a["terms"])) for a in door.ask("recommendation", **PLACE, person="p-1", recommendation=COACH)["agreements"]] == [
        ("2026-09-10", 0, 1), ("2026-09-20", 1, 1)]


@pytest.mark.alone
def test_responses_many_are_answered_at_once(door):
    """Somebody answers the same thing over and over: questions about it hold up nobody else."""
    said = [respond("p-1", "completed" if i % 100 == 0 else "accepted", f"2026-{1 + i // 1600:02}-{1 + i // 28 % 28:02}", time=f"{i % 24:02}:{i // 24 % 60:02}:00Z")
            for i in range(12800)]
    door.settle(door.push_good(said))
    begun = time.monotonic()
    responses = by_id(door.person("p-1"))[COACH]["responses"]
    for question in ("school", "answers"):
        door.ask(question, **PLACE)
    assert time.monotonic() - begun < 2
    completed = [r["date"] for r in responses if r["response"] == "completed"]
    assert len(responses) == 12800 and all(r["round"] == sum(d < r["date"] for d in completed) for r in responses)


@pytest.mark.parametrize("args,status,said", [
    (["--term", "relase=met"], 1, "did you mean 'release'?"),
    (["--term", "relase=met"], 1, "\n  release          Time off the normal work is agreed\n"),
    (["--term", "fee=met,payer=bank"], 1, "payer is one of:\n  school           The school's own budget"),
    (["--intended", "joy"], 1, "impact is one of:\n  skill-used"),
    (["--term", "release=done"], 2, "the status must be met, unmet or to-agree; write CHECK=met, unmet or to-agree"),
    (["--term", "release"], 2, "give a status: met, unmet or to-agree"),
    (["--term", "=met"], 2, "give a status: met, unmet or to-agree"),
    (["--term", "release=met,minutes=a lot"], 2, "minutes and amount are whole numbers"),
    (["--term", "release=met,until=soon"], 2, "until is a date, such as 2026-07-21"),
    (["--term", "release=met,who=me"], 2, "it carries minutes, payer, amount or until"),
    (["--term", "release=met,minutes"], 2, "each detail is NAME=VALUE"),
    (["--term", "release=met", "--term", "release=unmet"], 2, "the check is named twice"),
    (["--success", "STL3"], 2, "write COMPETENCE=LEVEL,DATE"),
    (["--success", "STL3=3,someday"], 2, "write COMPETENCE=LEVEL,DATE"),
    (["--success", "STL999=3,2027-07-21"], 1, "needs: --success, competence: unknown-competence: "),
    (["--date", "2026-02-30"], 2, "'2026-02-30' is not a date"),
])
def test_responses_agree_says_what_would_be_right(door, needs, args, status, said):
    date = [] if "--date" in args else ["--date", "2026-09-01"]
    assert said in needs("agree", "p-1", COACH, *args, *date, status=status)
    assert "agreement" not in by_id(door.person("p-1"))[COACH]
    needs("agree", "p-1", COACH, "--term", "release=met", "--date", "2026-09-01")  # what was refused supersedes nothing
    assert terms(door) == {"release": "met"}


def test_responses_an_unknown_barrier_is_answered_with_the_known(needs):
    assert "barrier is one of:\n  no-time          No time in the working week\n" in needs("respond", "p-1", COACH, "declined", "--barrier", "tired", status=1)


def test_responses_show_lists_the_last_answers(door, needs):
    """The contested first, then what was declined with a barrier, then declined, then the rest; each in one row."""
    assert "Nobody has answered a recommendation yet." in needs("show", "--answers") and "Nobody has answered a recommendation yet." in needs("show")
    people = [f"q-{i}" for i in range(5)]
    door.settle(door.push_good([post(p) for p in people]))
    push(door, respond("q-0", "accepted"), respond("q-1", "declined"), respond("q-2", "completed"),
         respond("q-3", "declined", barrier="no-time", by="manager"), respond("q-4", "contested"))
    listed = [line.split(None, 2) for line in needs("show", "--answers").splitlines()[4:]]
    assert [(p, r) for p, r, _ in listed] == [(p, COACH) for p in ("q-4", "q-3", "q-1", "q-0", "q-2")]
    assert [w for _, _, w in listed] == ["contested by the person on 1 September 2026 (round 1); needs a decision",
                                         "declined by the manager on 1 September 2026: No time in the working week (round 1)",
                                         "declined by the person on 1 September 2026 (round 1)", "accepted by the person on 1 September 2026 (round 1)",
                                         "completed by the person on 1 September 2026 (round 1)"]
    assert needs("show", "--answers", "q-3").count(COACH) == 1


def test_responses_the_overview_fits_a_terminal(door, needs):
    push(door, respond("p-1", "accepted"), respond("p-2", "declined"))
    shown = needs("show")
    assert max(map(len, shown.splitlines())) <= 80 and "contested:" not in shown
    assert re.search(r"^  all +56 +54 +1 +10$", shown, re.M), shown
    assert re.search(r"^  person  accepted  started  completed  declined  contested  to agree\n"
                     r"  p-1            1        0          0         0          0         1\n"
                     r"  p-2            0        0          0         1          0         0\n"
                     r"  all            1        0          0         1          0         1$", shown, re.M)
    push(door, respond("p-1", "contested", recommendation="coaching.STL4"))
    shown = needs("show")
    assert max(map(len, shown.splitlines())) <= 80 and "\n  1 contested: needs a decision.\n" in shown
