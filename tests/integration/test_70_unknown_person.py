"""An id that is known from answers alone is no person: it may be a typing error. What was answered counts once the person is recorded."""
import itertools
import os
import subprocess
import time

import pytest

from advice import bare, by_id, rule, write_rules
from daemon import Daemon, build_dir
from door import Fault, event, post, rated

pytestmark = pytest.mark.slow

NEEDS = build_dir() / "clients" / "needs" / "needs"
COACH = "coaching.STL3"
PLACE = {"authority": "888", "school": "8889901"}


def answered(subject, response="declined", **more):
    data = {"recommendation": COACH, "date": "2026-09-01", "response": response, "by": "person"}
    return event("response.recorded", data, subject, time="2026-09-01T15:00:00Z", **more)


def agreed(subject, **more):
    data = {"recommendation": COACH, "date": "2026-09-01", "terms": [{"check": "cover", "status": "met"}], "intended": [], "agreed_by": "manager"}
    return event("agreement.recorded", data, subject, time="2026-09-01T16:00:00Z", **more)


def left(subject, **more):
    return event("person.left", {"date": "2026-09-01", "reason": "left"}, subject, **more)


def restricted(subject, **more):
    return event("person.restricted", {"date": "2026-09-01", "restricted": True}, subject, **more)


@pytest.fixture
def start(tmp_path):
    """A daemon whose one rule coaches STL3, and a door on 1 September 2026."""
    started = []

    def start(name="d"):
        write_rules(tmp_path / "rules", {"one": rule("coach", recommend="return coaching {}", competences='{"STL3"}')}, True)
        (tmp_path / name).mkdir()
        daemon = Daemon(tmp_path / name, authorities={"888": {"rules": tmp_path / "rules"}})
        started.append(daemon.__enter__())
        door = daemon.door()
        door.day("2026-09-01")
        return daemon, door

    yield start
    for daemon in started:
        daemon.__exit__(None, None, None)


def two_people(door):
    door.settle(door.push_good([e for p in ("p-1", "p-2") for e in (post(p), rated(p, {"STL3": 1}, date="2026-08-01"))]))
    assert COACH in by_id(door.person("p-1"))


def everything(door):
    """All answers that list or count people, without what moves by itself."""
    health = door.ask("health")
    verify = door.ask("verify", timeout=60)
    assert verify.pop("ok") and verify.pop("differences") == []
    verify.pop("events")
    return {
        "school": door.ask("school", **PLACE), "schools": door.ask("schools", authority="888"),
        "answers": door.ask("answers", **PLACE), "titles": door.ask("titles", **PLACE),
        "persons": [health["persons"]] + [a["persons"] for a in health["authorities"]],
        "register": door.ask("register", authority="888"),
        "failures_of": {k: v for k, v in door.ask("rules", authority="888")["serving"]["failures_of"].items() if k != "since"},
        "verify": verify, "diff": compared(door),
    }


def compared(door):
    """What a comparison of the rules with themselves counts."""
    begun = door.ask("diff", authority="888", to="serving")
    counted, until = begun, time.monotonic() + 60
    while counted["running"]:
        assert time.monotonic() < until
        time.sleep(0.01)
        counted = door.ask("diff", authority="888", run=begun["run"])
    return [begun["of"], {k: v for k, v in counted.items() if k != "run"}]


@pytest.mark.parametrize("what", [[answered], [agreed], [left], [restricted], [answered, agreed, left, restricted]],
                         ids=lambda what: "+".join(f.__name__ for f in what))
def test_unknown_id_is_nobody_anywhere(start, what):
    daemon, door = start()
    two_people(door)
    before, published = everything(door), door.publications()
    door.settle(door.push_good([make("p-999") for make in what]))
    assert everything(door) == before and door.publications() == published
    for question, more in [("person", {}), ("answers", {}), ("recommendation", {"recommendation": COACH}), ("explain", {}),
                           ("why", {"recommendation": COACH})]:
        with pytest.raises(Fault) as fault:
            door.ask(question, **PLACE, person="p-999", **more)
        assert fault.value.codes == ["not-found"] and fault.value.errors[0]["pointer"] == "/person", question
    daemon.kill()
    daemon.start()
    door.settle()
    assert everything(door)["school"] == before["school"] and door.ask("health")["persons"] == 2


def test_unknown_school_is_none(start):
    """Nor is a school one of which only an answer tells."""
    _, door = start()
    two_people(door)
    before = everything(door)
    door.settle(door.push_good([answered("p-1", school="8889902")]))
    assert everything(door) == before
    for question in ("school", "answers", "titles", "person"):
        with pytest.raises(Fault) as fault:
            door.ask(question, authority="888", school="8889902", **({"person": "p-1"} if question == "person" else {}))
        assert fault.value.codes == ["not-found"] and fault.value.errors[0]["pointer"] == "/school", question


def test_unknown_id_is_not_counted_where_counts_are_shown_from_five_people_on(start):
    """Of whom the record was taken back, and an answer alone is left, the register tells no more either."""
    _, door = start()
    for p in ("p-1", "p-2", "p-3", "p-4", "p-5", "p-6"):
        door.push_good([post(p, id=f"a-{p}"), rated(p, {"STL3": 1}, date="2026-08-01", id=f"b-{p}")])
    door.settle(door.push_good([answered("p-999"), answered("p-6", "accepted")]))

    def told():
        failures, (coach,) = door.ask("rules", authority="888")["serving"]["failures_of"], door.ask("register", authority="888")["rules"]
        return failures["people"], failures["of"], coach["issued"]["times"]

    assert told() == (6, 6, 6)
    door.settle(door.push_good([event("record.withdrawn", {"of": ["a-p-6", "b-p-6"], "reason": "typo"})]))
    assert told() == (5, 5, 5)


@pytest.mark.parametrize("recorded", ["person", "assessment", "appraisal", "achievement", "preference"])
def test_unknown_id_becomes_known_by_any_record(start, recorded):
    """And is nobody again once the record is withdrawn."""
    _, door = start()
    two_people(door)
    door.settle(door.push_good([answered("p-999")]))
    record = {
        "person": lambda: post("p-999", id="r"),
        "assessment": lambda: rated("p-999", {"STL3": 1}, id="r"),
        "appraisal": lambda: event("appraisal.recorded", {"date": "2026-08-01", "ratings": []}, "p-999", id="r"),
        "achievement": lambda: event("achievement.recorded", {"date": "2026-08-01", "unit": "TDA 2.2"}, "p-999", id="r"),
        "preference": lambda: event("preference.recorded", {"share_with": "school"}, "p-999", id="r"),
    }[recorded]()
    door.settle(door.push_good([record]))
    assert door.ask("school", **PLACE)["total"]["persons"] == door.ask("health")["persons"] == door.ask("verify")["persons"] == 3
    assert door.person("p-999")["person"] == "p-999"
    door.settle(door.push_good([event("record.withdrawn", {"of": ["r"], "reason": "typo"})]))
    assert door.ask("school", **PLACE)["total"]["persons"] == door.ask("health")["persons"] == door.ask("verify")["persons"] == 2
    assert door.ask("verify")["ok"]


def test_what_was_answered_ahead_counts_once_the_person_is_recorded(start):
    """The advice is the same in every order of arrival, and an early answer holds."""
    seen = []
    story = [lambda: post("p-3", id="a"), lambda: rated("p-3", {"STL3": 1, "STL4": 0}, date="2026-08-01", id="b"),
             lambda: answered("p-3", id="c"), lambda: agreed("p-3", id="d")]
    _, door = start()
    for n, order in enumerate(itertools.permutations(range(len(story)))):
        place = f"{n + 1:07}"
        for i in order:
            position = door.push_good([story[i]() | {"school": place}])
            if n % 8 == 0:  # worked out in between, too
                door.settle(position)
        door.settle(position)
        person = door.person("p-3", school=place)
        seen.append((bare(person["recommendations"]), person["needs"], person["answered"], person["held_back"],
                     door.ask("answers", authority="888", school=place)["answers"]))
    assert all(s == seen[0] for s in seen)
    assert by_id(person)[COACH]["agreement"]["date"] == "2026-09-01" and seen[0][4][0]["last"] == "agreed"
    assert door.ask("verify")["ok"]


# --- the command line ---

@pytest.fixture
def typed(start, tmp_path):
    """The command at a daemon with p-1 and p-2; typed.door is the door of it."""
    daemon, door = start()
    two_people(door)
    env = {k: v for k, v in os.environ.items() if not k.startswith("NEEDS_")}
    env |= {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state"), "NEEDS_SERVER": daemon.endpoint, "NEEDS_AUTHORITY": "888",
            "NEEDS_SCHOOL": "8889901"}

    def typed(*args, status=0):
        done = subprocess.run([NEEDS, *args], env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        assert done.returncode == status, (args, done)
        door.settle()
        return done.stdout + done.stderr

    typed.door, typed.env, typed.daemon = door, env, daemon
    return typed


def events(door):
    return door.ask("verify", timeout=60)["events"]


SAY = {"respond": ("accepted", "--date", "2026-09-01"), "agree": ("--term", "release=met", "--date", "2026-09-01")}
each_command = pytest.mark.parametrize("command", sorted(SAY))


@each_command
def test_typed_an_id_that_nobody_recorded_is_refused(typed, command):
    before = events(typed.door)
    said = typed(command, "p-11", COACH, *SAY[command], status=1)
    assert said == ("needs: nobody is recorded as p-11 in school 8889901; did you mean p-1? Nothing was sent; --ahead sends it before the record\n")
    assert typed(command, "HS999", COACH, *SAY[command], status=1).startswith("needs: nobody is recorded as HS999 in school 8889901; needs show lists what there is. Nothing was sent")
    typed.env["NEEDS_SCHOOL"] = "8889910"
    assert "nothing is recorded about school 8889910; did you mean 8889901?" in typed(command, "p-1", COACH, *SAY[command], status=1)
    assert events(typed.door) == before and typed("push", "--undo", "LIST") == "there is no record of a push here\n"


@each_command
def test_typed_an_id_known_from_answers_alone_is_refused_too(typed, command):
    typed.door.settle(typed.door.push_good([answered("p-11"), agreed("p-11"), left("p-11")]))
    assert "nobody is recorded as p-11" in typed(command, "p-11", COACH, *SAY[command], status=1)


@each_command
def test_typed_ahead_is_sent_all_the_same_and_takes_effect_later(typed, command):
    said = typed(command, "p-3", COACH, *SAY[command], "--ahead")
    assert said.startswith("recorded: ") and "note: p-3 is not recorded yet; this takes effect when the person is recorded\n" in said
    assert typed.door.ask("school", **PLACE)["total"]["persons"] == 2
    typed.door.settle(typed.door.push_good([post("p-3"), rated("p-3", {"STL3": 1}, date="2026-08-01")]))
    told = by_id(typed.door.person("p-3"))[COACH]
    assert told["responses"] if command == "respond" else told["agreement"]
    assert typed(command, "p-3", COACH, *SAY[command]).startswith("already known: ")


@each_command
def test_typed_a_recommendation_that_never_was_is_refused(typed, command):
    before = events(typed.door)
    assert typed(command, "p-1", "coaching.STL33", *SAY[command], status=1) == (
        "needs: coaching.STL33 is not recommended to p-1 and never was; did you mean coaching.STL3? Nothing was sent; --ahead sends it anyway\n")
    assert events(typed.door) == before
    assert "note: coaching.STL33 is not recommended to p-1 now\n" in typed(command, "p-1", "coaching.STL33", *SAY[command], "--ahead")
    assert events(typed.door) == before + 1


@each_command
def test_typed_a_recommendation_of_the_past_is_taken(typed, command):
    """Nobody answered it, and it is not recommended any more; what was published says that it was."""
    typed.door.settle(typed.door.push_good([rated("p-1", {"STL3": 3}, date="2026-09-01")]))
    person = typed.door.person("p-1")
    assert COACH not in str(person["recommendations"]) and not person["answered"]
    said = typed(command, "p-1", COACH, *SAY[command])
    assert said.startswith("recorded: ") and f"note: {COACH} is not recommended to p-1 now\n" in said


@each_command
def test_typed_right_after_the_record(typed, command):
    """What is recommended is worked out still: it is waited for, and judged then."""
    for i in range(3):
        many = [f"q-{i}-{n}" for n in range(250)]
        typed.door.push_good([e for p in many for e in (post(p), rated(p, {"STL3": 1}, date="2026-08-01"))])
        assert "never was" in typed(command, many[-1], "coaching.STL33", *SAY[command], status=1)
        assert typed(command, many[-1], COACH, *SAY[command]).startswith("recorded: ")


def all_of(door):
    person = door.person("p-1")
    return bare(person["recommendations"]), person["answered"], by_id(person).get(COACH), door.ask("answers", **PLACE)


def stripped(state):
    """Without the stand, whose number moves with every event."""
    recommendations, answered_, coach, answers = state
    return recommendations, answered_, {k: v for k, v in (coach or {}).items() if k != "stand"}, answers


@each_command
def test_typed_can_be_taken_back(typed, command):
    before = stripped(all_of(typed.door))
    said = typed(command, "p-1", COACH, *SAY[command])
    assert said.splitlines()[1] == "undo with: needs push --undo 1"
    after = stripped(all_of(typed.door))
    name = {"respond": "response", "agree": "agreement"}[command] + f" of p-1 to {COACH}"
    assert name in typed("push", "--undo", "LIST").splitlines()[1]
    assert typed("push", "--undo", "LAST").startswith(f"push 1 is undone: 1 event withdrawn ({name}, ")
    assert stripped(all_of(typed.door)) == before != after
    assert typed(command, "p-1", COACH, *SAY[command]).splitlines()[1] == "undo with: needs push --undo 2"  # it counts again
    assert stripped(all_of(typed.door)) == after
    typed("push", "--undo", "2")
    assert stripped(all_of(typed.door)) == before


@pytest.mark.parametrize("word", ["completed", "declined"])
def test_typed_changes_of_mind_are_taken_back_one_by_one(typed, word):
    """Undone in the right order only, and what was said before is known again as what it was."""
    typed("respond", "p-1", COACH, "accepted", "--date", "2026-09-01")
    accepted = stripped(all_of(typed.door))
    typed("respond", "p-1", COACH, word, "--date", "2026-09-01")
    assert "undo 2 first" in typed("push", "--undo", "1", status=1)
    typed("push", "--undo", "LAST")
    assert stripped(all_of(typed.door)) == accepted
    assert typed("respond", "p-1", COACH, "accepted", "--date", "2026-09-01") == "already known: accepted\n"
    assert typed("respond", "p-1", COACH, word, "--date", "2026-09-01").startswith(f"recorded: {word}\n")  # under another id
    assert stripped(all_of(typed.door)) != accepted


def test_typed_twice_or_rejected_is_noted_once_or_never(typed):
    typed("respond", "p-1", COACH, "accepted", "--date", "2026-09-01")
    assert "undo with" not in typed("respond", "p-1", COACH, "accepted", "--date", "2026-09-01")
    typed("respond", "p-1", COACH, "declined", "--barrier", "tired", "--date", "2026-09-01", status=1)
    assert len(typed("push", "--undo", "LIST").splitlines()) == 2
    typed("push", "--undo", "LAST")
    assert typed.door.ask("answers", **PLACE)["answers"] == []
