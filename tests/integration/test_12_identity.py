"""Identity for ever, correction in any order, erasure: docs/protocol.md section 3."""
import random

import pytest

from daemon import Daemon
from door import Fault, event, post, rated
from samples import KINDS, good

STL3 = "STL@2007/STL3"


def shuffled(rng, value):
    """The same JSON value with the members of every object in another order."""
    if isinstance(value, dict):
        items = [(k, shuffled(rng, v)) for k, v in value.items()]
        rng.shuffle(items)
        return dict(items)
    return [shuffled(rng, v) for v in value] if isinstance(value, list) else value


def floats(value):
    """The same with 3 written 3.0."""
    if isinstance(value, dict):
        return {k: floats(v) for k, v in value.items()}
    if isinstance(value, list):
        return [floats(v) for v in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def statuses(reply):
    return [r["status"] for r in reply["results"]]


def codes(reply):
    return [[e["code"] for e in r.get("errors", [])] for r in reply["results"]]


def current(door, person, competence=STL3):
    return {n["competence"]: n["current"] for n in door.person(person)["needs"]}.get(competence, "no need")


ALL = [k for k in KINDS if k != "person.erase"]


def test_identity_duplicates_of_every_type(needsd):
    """Members in another order, 3.0, dropped attributes: the same. Anything else: another content, refused."""
    door, rng = needsd.door(), random.Random(12)
    events = [good(kind, f"i-{kind}") for kind in ALL]
    assert statuses(door.push(events)) == ["accepted"] * len(ALL)
    dropped = {"datacontenttype": "application/json", "dataschema": "https://example.org/s", "traceparent": "00-1-1-00"}
    for duplicates in (events, [shuffled(rng, e) for e in events], [floats(e) for e in events], [{**dropped, **e} for e in events]):
        reply = door.push(duplicates)
        assert statuses(reply) == ["duplicate"] * len(ALL) and reply["duplicate"] == len(ALL), reply
        assert statuses(door.request("check", duplicates)) == ["duplicate"] * len(ALL)
    others = [{**e, "time": "2026-03-02T15:30:01Z"} for e in events] + [{**e, "supersedes": "x"} for e in events]
    others += [{**events[1], "data": {**events[1]["data"], "ratings": events[1]["data"]["ratings"][::-1]}}, {**events[0], "subject": "p-0002"},
               {**events[2], "data": {**events[2]["data"], "date": "2026-04-15"}}, good("person.left", events[0]["id"])]
    reply = door.push(others)
    assert codes(reply) == [["conflict"]] * len(others), reply
    assert statuses(door.push(events)) == ["duplicate"] * len(ALL)  # a conflict changed nothing
    faulty = {**events[0], "name": "x"}
    assert codes(door.push(faulty)) == [["unknown-member"]]  # form comes before identity
    door.day("2026-09-01")
    assert door.ask("verify")["events"] == len(ALL)


@pytest.mark.slow
def test_identity_is_authority_school_source_id():
    with Daemon(authorities={"888": {"name": "One"}, "889": {"name": "Two"}}) as daemon:
        door = daemon.door()
        base = good("person.recorded", "same")
        places = [base, {**base, "authority": "889"}, {**base, "school": "8889902"}, {**base, "source": "samples/889"}, {**base, "id": "samE"}]
        places = [{**e, "data": {**e["data"], "title": f"Title {n}"}} for n, e in enumerate(places)]
        assert statuses(door.push(places)) == ["accepted"] * 5
        assert statuses(door.push(places[::-1])) == ["duplicate"] * 5
        daemon.stop()
        daemon.start()  # kept, not remembered
        assert statuses(daemon.door().push(places)) == ["duplicate"] * 5
        assert codes(daemon.door().push({**places[0], "data": {**base["data"], "title": "Other"}})) == [["conflict"]]


@pytest.mark.slow
def test_identity_meaning_is_judged_once():
    """A duplicate is a duplicate even if the catalogue has since changed; new events see the new one."""
    import pathlib
    import tempfile
    with tempfile.TemporaryDirectory() as overlay:
        (pathlib.Path(overlay) / "contracts.csv").write_text("contract,words,also,note,provenance,certainty\nZZZ,Local kind,,,ours,high\n")
        with Daemon(authorities={"888": {"name": "One", "catalogue": overlay}}) as daemon:
            taken = good("person.recorded", "c-1")
            taken["data"]["roles"][0]["contract"] = "ZZZ"
            assert statuses(daemon.door().push(taken)) == ["accepted"]
            daemon.stop()
            (pathlib.Path(overlay) / "contracts.csv").unlink()
            daemon.start()
            reply = daemon.door().push([taken, {**taken, "id": "c-2"}])
            assert statuses(reply) == ["duplicate", "rejected"] and codes(reply)[1] == ["unknown-code"], reply


def test_identity_duplicates_in_flight(needsd):
    """In one batch and in pushes that overlap: one is accepted, the others are its duplicates, answered after the same commit."""
    door, rng = needsd.door(), random.Random(13)
    door.day("2026-09-01")
    a = rated("p-1", {"STL3": 1}, id="a")
    reply = door.push([a, a, shuffled(rng, a), {**a, "time": "2026-09-01T12:00:01Z"}, {**a, "id": "b"}])
    assert statuses(reply) == ["accepted", "duplicate", "duplicate", "rejected", "accepted"] and codes(reply)[3] == ["conflict"]
    doors = [needsd.door() for _ in range(8)]
    total = {"accepted": 0, "duplicate": 0, "rejected": 0}
    rounds, size = 12, 40
    for r in range(rounds):
        batch = [rated(f"p-{n % 7}", {"STL3": n % 5}, id=f"r{r}-{n}") for n in range(size)]
        waits = []
        for k, d in enumerate(doors):
            mine = batch[:]
            rng.shuffle(mine)
            if k == 7:
                mine = [{**e, "data": {**e["data"], "by": "x-1"}} for e in mine]  # other content under the same ids
            waits.append((d, d.send("push", mine)))
        replies = [d.wait(rid) for d, rid in waits]
        for reply in replies:
            for word in total:
                total[word] += reply[word]
        by_id = {}
        for k, reply in enumerate(replies):
            for result in reply["results"]:
                by_id.setdefault(result["id"], []).append((result["status"], k))
        for outcomes in by_id.values():
            words = [w for w, _ in outcomes]
            assert words.count("accepted") == 1
            winner = next(k for w, k in outcomes if w == "accepted")
            expected = "rejected" if winner != 7 else "duplicate"
            assert sum(w == "rejected" for w, k in outcomes if k != winner) == (1 if winner != 7 else 7), (expected, outcomes)
    assert total["accepted"] == rounds * size
    door.settle()
    verify = door.ask("verify", timeout=60)
    assert verify["ok"] and verify["events"] == rounds * size + 2


@pytest.mark.slow
def test_identity_answered_after_the_disk(needsd):
    """A duplicate that came while the first was on its way is not called a duplicate before the first is on disk."""
    first, second = needsd.door(), needsd.door()
    known = []
    for n in range(30):
        batch = [rated("p-1", {"STL3": 1}, id=f"k{n}-{i}") for i in range(25)]
        first.send("push", batch)
        rid = second.send("push", batch)
        if second.wait(rid)["duplicate"]:
            known += batch
    needsd.kill()
    needsd.start()
    reply = needsd.door().push(known[-500:])
    assert statuses(reply) == ["duplicate"] * len(known[-500:])


def orders(events):
    """The same events in several orders, one by one and together."""
    yield events
    yield events[::-1]
    yield events[1:] + events[:1]


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.slow
def test_identity_supersedes_and_withdrawn(needsd, together):
    """Dead: withdrawn, or named by one that lives; whichever arrives first, in one batch or across them."""
    door = needsd.door()
    door.day("2026-09-01")
    cases = {  # name: (events, level that counts)
        "plain": ([("a", 1, None, None)], 1),
        "superseded": ([("a", 3, None, None), ("b", 1, "a", None)], 1),
        "superseded by an older": ([("a", 2, None, None), ("b", 1, "a", "2026-08-01")], 1),
        "withdrawn": ([("a", 2, None, None), ("w", ["a"], None, None)], None),
        "the successor withdrawn": ([("a", 2, None, None), ("b", 1, "a", None), ("w", ["b"], None, None)], 2),
        "both withdrawn": ([("a", 2, None, None), ("b", 1, "a", None), ("w", ["a", "b"], None, None)], None),
        "a chain": ([("a", 0, None, None), ("b", 2, "a", None), ("c", 1, "b", "2026-07-01")], 1),
        "a chain without its end": ([("a", 0, None, None), ("b", 2, "a", None), ("c", 1, "b", None), ("w", ["c"], None, None)], 2),
        "elsewhere": ([("a", 2, None, None), ("b", 1, "a", "other-source")], 2),
        "of nothing": ([("a", 2, None, None), ("w", ["zz"], None, None)], 2),
    }
    expected, number = {}, 0
    for name, (steps, level) in cases.items():
        for order in range(3):
            number += 1
            who, made = f"p-{number}", []
            for id, what, of, when in steps:
                more = {"id": f"{number}-{id}", "source": "test/888"}
                if id == "w":
                    made.append(event("record.withdrawn", {"of": [f"{number}-{x}" for x in what], "reason": "typo"}, **more))
                    continue
                if of:
                    more["supersedes"] = f"{number}-{of}"
                if when == "other-source":
                    more["source"], when = "test/elsewhere", "2026-06-01"
                made.append(rated(who, {"STL3": what}, date=when or "2026-08-15", by=f"x-{id}", **more))
            made = list(orders(made))[order]
            door.push_good(post(who))
            for part in [made] if together else [[e] for e in made]:
                assert statuses(door.push(part)) == ["accepted"] * len(part)
            expected[who] = (name, order, level)
    found = {who: (name, order, current(door, who)) for who, (name, order, _) in expected.items()}
    assert found == expected
    door.settle()
    assert door.ask("verify", timeout=60)["ok"]
    needsd.stop()
    needsd.start()
    door = needsd.door()
    assert {who: (name, order, current(door, who)) for who, (name, order, _) in expected.items()} == expected


def test_identity_superseded_person_statement(needsd):
    """Whole statements too: a post taken back is not held."""
    door = needsd.door()
    door.day("2026-09-01")
    door.push_good([post("p-1", role="CTKR", id="s-1"), post("p-1", role="TASS", id="s-2", time="2026-09-01T10:00:00Z")])
    assert {n["post"] for n in door.person("p-1")["needs"]} == {"TASS"}
    door.push_good(event("record.withdrawn", {"of": ["s-2"], "reason": "wrong-person"}))
    assert {n["post"] for n in door.person("p-1")["needs"]} == {"CTKR"}
    assert statuses(door.push(post("p-1", role="TASS", id="s-2", time="2026-09-01T10:00:00Z"))) == ["duplicate"]  # and comes not back
    assert {n["post"] for n in door.person("p-1")["needs"]} == {"CTKR"}


def test_identity_erased(needsd):
    """After an erasure nothing about the person is taken, whatever its time; duplicates are still known; nothing stands."""
    door = needsd.door()
    door.day("2026-09-01")
    before = [post("p-1"), rated("p-1", {"STL3": 1}), post("p-2"), rated("p-2", {"STL3": 1})]
    door.settle(door.push_good(before))
    told = door.publications()
    assert any(p.get("subject") == "p-1" for p in told)
    erase = event("person.erase", {"date": "2026-09-01"}, "p-1", id="era")
    late = [rated("p-1", {"STL3": 2}), post("p-1", time="2020-01-01T00:00:00Z"), rated("p-2", {"STL4": 2}), event("person.erase", {"date": "2026-09-02"}, "p-1", id="era-2"),
            post("p-1", school="8889902")]
    reply = door.push([erase, *late])
    assert statuses(reply) == ["accepted", "rejected", "rejected", "accepted", "rejected", "accepted"], reply
    assert codes(reply)[1] == codes(reply)[2] == codes(reply)[4] == ["erased"]
    assert [e["pointer"] for e in reply["results"][1]["errors"]] == ["/subject"]
    assert statuses(door.push([before[0], erase])) == ["duplicate"] * 2
    assert codes(door.push({**before[1], "time": "2026-09-01T13:00:00Z"})) == [["conflict"]]  # identity comes first
    assert codes(door.push(rated("p-1", {"NOPE": 1}))) == [["erased"]]  # and erasure before meaning
    door.settle()
    for _ in range(2):
        now = door.publications()
        assert [(p["school"], p["sequence"]) for p in now[:len(told)]] == [(p["school"], p["sequence"]) for p in told]
        assert [p for p in now[:len(told)] if p.get("subject") == "p-2"] == [p for p in told if p.get("subject") == "p-2"]
        last = {p["data"]["recommendation"]: p["type"] for p in now if (p["school"], p.get("subject")) == ("8889901", "p-1") and "recommendation" in p["data"]}
        assert set(last.values()) <= {"needs.recommendation.withdrawn.v1"}, last
        with pytest.raises(Fault) as fault:
            door.person("p-1")
        assert fault.value.codes == ["not-found"]
        assert {p["person"] for p in door.ask("school", authority="888", school="8889901")["persons"]} == {"p-2"}
        needsd.stop()
        needsd.start()
        door = needsd.door()
    assert codes(door.push(rated("p-1", {"STL5": 2}))) == [["erased"]]
    assert door.ask("verify", timeout=60)["ok"]


# Another spelling of the same event, as libraries on its way write it: same means duplicate.
SPELLED = {
    "milliseconds": {"time": "2026-03-02T15:30:00.000Z"}, "offset": {"time": "2026-03-02T16:30:00+01:00"}, "small letters": {"time": "2026-03-02t15:30:00z"},
    "nine digits": {"time": "2026-03-02T15:30:00.000000000-00:00"}, "below a millisecond": {"time": "2026-03-02T15:30:00.0009Z"},
    "content type": {"datacontenttype": "application/json"}, "schema": {"dataschema": "https://example.org/x"},
    "tracing": {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "tracestate": "a=b"},
    "null attributes": {"datacontenttype": None, "supersedes": None}}
OTHER = {"a millisecond later": {"time": "2026-03-02T15:30:00.001Z"}, "other offset": {"time": "2026-03-02T15:30:00+01:00"}, "supersedes": {"supersedes": "x"}}


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "person.erase"])
def test_the_same_event_spelled_otherwise(needsd, kind):
    door, first = needsd.door(), good(kind, "one")
    assert statuses(door.push(first)) == ["accepted"]
    assert {name: statuses(door.push({**first, **more})) for name, more in SPELLED.items()} == {name: ["duplicate"] for name in SPELLED}
    assert statuses(door.push({**first, "data": floats(first["data"])})) == ["duplicate"]
    assert {name: codes(door.push({**first, **more})) for name, more in OTHER.items()} == {name: [["conflict"]] for name in OTHER}


def test_other_spellings_in_one_batch(needsd):
    door = needsd.door()
    event = good("person.left", "one")
    assert statuses(door.push([event, {**event, "time": "2026-03-02T16:30:00.0+01:00"}, {**event, "time": "2026-03-02T15:30:00.5Z"}])) == ["accepted", "duplicate", "rejected"]


def test_a_spelled_offset_is_known_after_a_restart(needsd):
    """The journal keeps `time` as it came; the identity does not depend on it."""
    door, event = needsd.door(), {**good("person.left", "one"), "time": "2026-03-02T16:30:00.25+01:00"}
    assert statuses(door.push(event)) == ["accepted"]
    needsd.stop()
    needsd.start()
    assert statuses(needsd.door().push({**event, "time": "2026-03-02T15:30:00.250Z"})) == ["duplicate"]


def test_too_many_digits_of_a_second(needsd):
    door, event = needsd.door(), good("person.left", "one")
    reply = door.request("check", [{**event, "id": f"digits-{n}", "time": f"2026-03-02T15:30:00.{'1' * n}Z"} for n in (9, 10, 400)])
    assert statuses(reply) == ["accepted", "rejected", "rejected"]
    assert [(e["code"], e["pointer"], "9 digits" in e["message"]) for e in reply["results"][1]["errors"]] == [("out-of-range", "/time", True)]
