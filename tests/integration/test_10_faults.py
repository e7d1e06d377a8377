"""Bad input gets every fault named, by code and place; nothing is lost; neighbours are served."""
import json
import random

import pytest

from daemon import Daemon
from door import Fault
from samples import ABOUT_NOBODY, DASH_OK, GONE, KINDS, good, put

LONG_DATE, TEXT_129 = "2026-02-30", "x" * 129

# --- the mutators: (kind, place, value put there, code, [place of the fault, where it is another]) ---

ENVELOPE = [  # of every kind
    ("/specversion", GONE, "not-cloudevent"), ("/specversion", "0.3", "not-cloudevent"), ("/specversion", 1.0, "not-cloudevent"),
    ("/id", GONE, "not-cloudevent"), ("/id", "", "not-cloudevent"), ("/id", TEXT_129, "not-cloudevent"), ("/id", 7, "not-cloudevent"),
    ("/source", GONE, "not-cloudevent"), ("/source", "s" * 257, "not-cloudevent"), ("/source", None, "not-cloudevent"),
    ("/type", GONE, "not-cloudevent"), ("/type", "needs.person.recorded.v2", "unknown-type"), ("/type", ["x"], "not-cloudevent"),
    ("/time", GONE, "missing"), ("/time", "2026-03-02", "out-of-range"), ("/time", "2026-02-30T00:00:00Z", "out-of-range"),
    ("/time", 1772465400, "wrong-type"), ("/time", "2026-03-02T15:30:00", "out-of-range"), ("/time", "2199-01-01T00:00:00Z", "out-of-range"),
    ("/authority", GONE, "missing"), ("/authority", "999", "unknown-authority"), ("/authority", "8 8", "out-of-range"),
    ("/authority", "-", "out-of-range"), ("/authority", 888, "wrong-type"), ("/authority", "a" * 65, "out-of-range"),
    ("/school", GONE, "missing"), ("/school", "", "out-of-range"), ("/school", "s/1", "out-of-range"), ("/school", {}, "wrong-type"),
    ("/data", GONE, "missing"), ("/data", [], "wrong-type"), ("/data", None, "wrong-type"), ("/data", "x", "wrong-type"),
    ("/supersedes", "", "out-of-range"), ("/supersedes", 3, "wrong-type"),
    ("/name", "A person", "unknown-member"), ("/data/birth_date", "1980-01-01", "unknown-member"), ("/data/a~1b~0c", 1, "unknown-member"),
]
SUBJECT = [("/subject", GONE, "missing"), ("/subject", "-", "out-of-range"), ("/subject", "p 1", "out-of-range"), ("/subject", 193, "wrong-type"),
           ("/subject", "p" * 65, "out-of-range")]
RATINGS = [
    ("/data/ratings/0/competence", "STL333", "unknown-competence"), ("/data/ratings/0/competence", "NOPE@1/STL3", "unknown-competence"),
    ("/data/ratings/0/competence", GONE, "missing"), ("/data/ratings/0/level", GONE, "missing"), ("/data/ratings/0/level", 5, "out-of-range"),
    ("/data/ratings/0/level", -1, "out-of-range"), ("/data/ratings/0/level", 10**20, "out-of-range"), ("/data/ratings/0/level", 2.5, "wrong-type"),
    ("/data/ratings/0/level", "2", "wrong-type"), ("/data/ratings/0/level", True, "wrong-type"), ("/data/ratings/0/evidence", "gossip", "unknown-code"),
    ("/data/ratings/0/certainty", 101, "out-of-range"), ("/data/ratings/0/confidence", 5, "out-of-range"),
    ("/data/ratings/0/nature", "talent", "out-of-range"), ("/data/ratings/0/expires", LONG_DATE, "out-of-range"),
    ("/data/ratings/0/comment", "works well", "unknown-member"), ("/data/ratings/0", "STL3", "wrong-type"), ("/data/ratings", {}, "wrong-type"),
    ("/data/ratings", GONE, "missing"), ("/data/date", LONG_DATE, "out-of-range"), ("/data/date", GONE, "missing"), ("/data/date", 20260302, "wrong-type"),
    ("/data/by", "o-12.b", None), ("/data/by", "o/12", "out-of-range"), ("/data/by", " ", "out-of-range"), ("/data/occasion", "party", "out-of-range"),
]
ADVICE = [
    ("/data/recommendation", "unit.NOPE", "unknown-development"), ("/data/recommendation", "nodot", "unknown-development"),
    ("/data/recommendation", "unit.TDA 2.2", "out-of-range"), ("/data/recommendation", GONE, "missing"), ("/data/date", "21.04.2026", "out-of-range"),
]
OWN = {
    "person.recorded": [
        ("/data/roles", GONE, "missing"), ("/data/roles/0/role", "WIZARD", "unknown-role"), ("/data/roles/0/role", GONE, "missing"),
        ("/data/roles/0/from", GONE, "missing"), ("/data/roles/0/to", "2020-01-01", "out-of-range"), ("/data/roles/0/minutes", 10081, "out-of-range"),
        ("/data/roles/0/minutes", "1500", "wrong-type"), ("/data/roles/0/weeks", 54, "out-of-range"), ("/data/roles/0/contract", "ZZZ", "unknown-code"),
        ("/data/roles/0/term_time", "yes", "wrong-type"), ("/data/roles/0/employer", "council", "out-of-range"), ("/data/roles/0/main", 1, "wrong-type"),
        ("/data/roles/0/works/mon/0", ["08:45"], "out-of-range"), ("/data/roles/0/works/mon/0/1", "25:00", "out-of-range"),
        ("/data/roles/0/works/mon/0", ["15:00", "08:00"], "out-of-range", "/data/roles/0/works/mon/0/1"), ("/data/roles/0/works/mon", "08:45", "wrong-type"),
        ("/data/roles/0/works/monday", [], "unknown-member"), ("/data/title", "T" * 201, "out-of-range"), ("/data/title", "line\nbreak", "out-of-range"),
        ("/data/started", "soon", "out-of-range"), ("/data/holds/0/unit", "TDA 9.9", "unknown-unit"), ("/data/holds/0/unit", GONE, "missing"),
        ("/data/holds/1/qualification", "PHD", "unknown-qualification"), ("/data/holds/2/subject", "alchemy", "unknown-qualification"),
        ("/data/holds/2/level", 9, "out-of-range"), ("/data/holds/2/subject", GONE, "missing"),
        ("/data/holds/0/qualification", "STLS2-CERT", "out-of-range"), ("/data/holds/-", {"unit": "TDA 2.1", "date": "2020-07-01"}, "repeated", "/data/holds/3"),
        ("/data/duties/0/competence", "STL999", "unknown-competence"), ("/data/duties/0/to", "2025-12-31", "out-of-range"),
        ("/data/duties/-", {"competence": "STL@2007/STL19", "from": "2026-01-05"}, "repeated", "/data/duties/2"),
        ("/data/helps/0/as", "guru", "unknown-code"), ("/data/helps/0/for/0", "STL0", "unknown-competence"), ("/data/helps/0/for/1", "STL3", "repeated"),
        ("/data/helps/0/capacity", 1001, "out-of-range"), ("/data/helps/0/consent", GONE, "missing"), ("/data/away/0/to", GONE, "missing"),
        ("/data/away/0/to", "2026-02-01", "out-of-range"), ("/data/roles/0/ni_number", "QQ123456C", "unknown-member")],
    "appraisal.recorded": [*RATINGS, ("/data/ratings/-", {"competence": "STL@2007/STL3", "level": 3, "evidence": "manager"}, "repeated", "/data/ratings/2"),
                           ("/data/duties/0/from", "x", "out-of-range")],
    "assessment.recorded": [*RATINGS, ("/data/ratings", [], "out-of-range"), ("/data/evidence", GONE, "missing"), ("/data/evidence", "rumour", "unknown-code"),
                            ("/data/ratings/-", {"competence": "STL19", "level": 1, "evidence": "observer"}, "repeated", "/data/ratings/2")],
    "achievement.recorded": [("/data/unit", "TDA 9.9", "unknown-unit"), ("/data/unit", GONE, "missing"), ("/data/qualification", "STLS2-CERT", "out-of-range"),
                             ("/data/credit", -3, "out-of-range"), ("/data/expires", "never", "out-of-range"), ("/data/provider", "", "out-of-range"),
                             ("/data/date", GONE, "missing")],
    "preference.recorded": [("/data/wishes/0/role", "WIZARD", "unknown-role"), ("/data/wishes/1/qualification", "PHD", "unknown-qualification"),
                            ("/data/wishes/2/competence", "STL0", "unknown-competence"), ("/data/wishes/0/competence", "STL3", "out-of-range"),
                            ("/data/wishes/-", {"role": "HLTA"}, "repeated", "/data/wishes/3"), ("/data/wishes/0", {}, "missing", "/data/wishes/0/role"),
                            ("/data/formats/1", "in-person", "repeated"), ("/data/times/0", 9, "wrong-type"), ("/data/progression", "maybe", "out-of-range"),
                            ("/data/no_computer", None, "wrong-type"), ("/data/share_with", GONE, "missing"), ("/data/share_with", "all", "out-of-range")],
    "school.recorded": [("/data/phase", "college", "unknown-code"), ("/data/clusters/1", "north", "repeated"), ("/data/terms/0/to", "2026-01-04", "out-of-range"),
                        ("/data/inset/0/end", "08:59", "out-of-range"), ("/data/inset/0/start", "9:00", "out-of-range"), ("/data/roster/pirates", 3, "unknown-code"),
                        ("/data/roster/midday", -1, "out-of-range"), ("/data/roster/midday", {"count": 1}, "wrong-type"), ("/data/roster", [], "wrong-type"),
                        ("/data/cover/learning-support/rate", 14.5, "wrong-type"), ("/data/cover/learning-support", 1450, "wrong-type"),
                        ("/data/cover/learning-support/available", GONE, "missing"), ("/data/training_plan/families/0", "pirates", "unknown-code"),
                        ("/data/training_plan/date", GONE, "missing"), ("/subject", "p-0193", "unknown-member")],
    "priority.recorded": [("/data/priority", "world-peace", "unknown-code"), ("/data/competences/0/competence", "STL0", "unknown-competence"),
                          ("/data/competences/0/weight", 6, "out-of-range"), ("/data/competences/0/weight", 0, "out-of-range"),
                          ("/data/competences/1/competence", "STL@2007/STL19", "repeated", "/data/competences/1"), ("/data/roles/0", "WIZARD", "unknown-role"),
                          ("/data/from", GONE, "missing"), ("/data/to", "2026-01-09", "out-of-range"), ("/subject", "p-0193", "unknown-member")],
    "provision.recorded": [("/data/offer", "-", "out-of-range"), ("/data/offer", "o f", "out-of-range"), ("/data/development", "unit.NOPE", "unknown-development"),
                           ("/data/for/0", "pirates", "unknown-code"), ("/data/for/1", "TASS", "repeated"), ("/data/provider", GONE, "missing"),
                           ("/data/sessions/0/end", "12:00", "out-of-range"), ("/data/sessions/0/place", GONE, "missing"), ("/data/places", -1, "out-of-range"),
                           ("/data/cost/fee", 45.5, "wrong-type"), ("/data/cost/travel", GONE, "missing"), ("/data/cost", 4500, "wrong-type"),
                           ("/data/fund", "piggy-bank", "unknown-code"), ("/data/accredited", "true", "wrong-type"), ("/data/closed", 0, "wrong-type"),
                           ("/subject", "p-0193", "unknown-member")],
    "response.recorded": [*ADVICE, ("/data/response", "ignored", "out-of-range"), ("/data/by", "neighbour", "out-of-range"), ("/data/barrier", "dragons", "unknown-code"),
                          ("/data/feedback/useful", 0, "out-of-range"), ("/data/feedback/useful", 6, "out-of-range"), ("/data/feedback/relevant", GONE, "missing"),
                          ("/data/impact/0", "riches", "unknown-code"), ("/data/impact/1", "confidence", "repeated")],
    "agreement.recorded": [*ADVICE, ("/data/terms/0/check", "horoscope", "unknown-code"), ("/data/terms/0/status", "done", "out-of-range"),
                           ("/data/terms/0/payer", "santa", "unknown-code"), ("/data/terms/0/amount", -1, "out-of-range"), ("/data/terms/0/until", "x", "out-of-range"),
                           ("/data/intended", GONE, "missing"), ("/data/intended/0", "riches", "unknown-code"), ("/data/success/competence", "STL0", "unknown-competence"),
                           ("/data/success/level", 7, "out-of-range"), ("/data/success/by", GONE, "missing"), ("/data/agreed_by", GONE, "missing")],
    "record.withdrawn": [("/data/of", [], "out-of-range"), ("/data/of/1", "never-sent-1", "repeated"), ("/data/of/0", 12, "wrong-type"), ("/data/reason", "sorry", "out-of-range"),
                         ("/data/reason", GONE, "missing"), ("/subject", "p-0193", "unknown-member")],
    "person.left": [("/data/reason", "bored", "out-of-range"), ("/data/date", GONE, "missing")],
    "person.restricted": [("/data/restricted", "no", "wrong-type"), ("/data/date", "2026-13-01", "out-of-range")],
    "person.erase": [("/data/date", GONE, "missing"), ("/data/reason", "asked", "unknown-member")],
}


def table():
    """(kind, place, value, code, place of the fault); code None: no fault at all, a control."""
    for kind in KINDS:
        rows = [*ENVELOPE, *([] if kind in ABOUT_NOBODY else SUBJECT), *([] if kind in DASH_OK else [("/school", "-", "out-of-range")]), *OWN[kind]]
        for row in rows:
            yield kind, row[0], row[1], row[2], row[3] if len(row) > 3 else row[0]


ROWS = list(table())
FAULTY = [r for r in ROWS if r[3] is not None]
MEANING = {"unknown-competence", "unknown-role", "unknown-unit", "unknown-qualification", "unknown-development", "unknown-code", "unknown-authority"}


def named(result):
    return sorted((e["code"], e["pointer"]) for e in result.get("errors", []))


def full(kind, n):
    """A good event of this kind that is about a person (or offer) of its own."""
    event = good(kind, f"good-{n}", subject=f"p-{n:04}")
    if kind == "provision.recorded":
        event["data"]["offer"] = f"OF-{n}"
    return event


@pytest.mark.slow
def test_faults_each_is_named(needsd):
    """Every row of the table alone, all types: exactly this code at exactly this place, and the sentence says something."""
    door = needsd.door()
    assert len(FAULTY) > 500 and {r[0] for r in FAULTY} == set(KINDS)
    for at in range(0, len(ROWS), 400):
        rows = ROWS[at:at + 400]
        reply = door.request("check", [put(good(kind, f"f-{at + i}"), place, value) for i, (kind, place, value, _, _) in enumerate(rows)])
        for row, result in zip(rows, reply["results"], strict=True):
            assert named(result) == ([] if row[3] is None else [(row[3], row[4])]), row
            assert all(len(e["message"]) > 15 for e in result.get("errors", [])), result


@pytest.mark.slow
def test_faults_among_good_ones(needsd):
    """500 faulty among 500 good, in one order and batches of any size: the good ones are in effect, the others as if never sent."""
    door = needsd.door()
    door.day("2026-09-01")
    rng = random.Random(10)
    rows = rng.sample(FAULTY, 500)
    expected, events = [], []
    for n, row in enumerate(rows):
        kind, place, value, code, where = row
        events.append(put(good(kind, f"faulty-{n}", subject=f"q-{n:04}"), place, value))
        expected.append([(code, where)])
    # several faults in one event: all are named, of form at once
    for n in range(0, 500, 5):
        kind = rows[n][0]
        own = [r for r in FAULTY if r[0] == kind and r[3] not in MEANING and r[2] is not GONE and (r[1].startswith("/data/") or r[1] == "/name") and r[1].count("/") <= 2 and r[4] == r[1]]
        own = list({r[1]: r for r in rng.sample(own, len(own))}.values())[:4]
        event = good(kind, f"faulty-{n}", subject=f"q-{n:04}")
        for _, place, value, _, _ in own:
            put(event, place, value)
        events[n], expected[n] = event, sorted({(code, where) for _, _, _, code, where in own})
    goods = [full(KINDS[n % len(KINDS)], n) for n in range(500)]
    everything = [(e, x) for e, x in zip(events, expected)] + [(e, None) for e in goods]
    rng.shuffle(everything)
    accepted, at = 0, 0
    while at < len(everything):
        size = rng.choice([1, 2, 17, 100, 250])
        part = everything[at:at + size]
        reply = door.push([e for e, _ in part])
        for i, ((event, faults), result) in enumerate(zip(part, reply["results"], strict=True)):
            assert result["index"] == i
            assert result["status"] == ("rejected" if faults else "accepted"), (event, result)
            assert named(result) == (faults or []), (event, result)
        accepted += reply["accepted"]
        assert reply["accepted"] + reply["rejected"] == len(part) and reply["duplicate"] == 0
        at += size
    assert accepted == 500
    door.settle(timeout=90)
    verify = door.ask("verify", timeout=60)
    assert verify["ok"] and verify["events"] == 500, verify
    # in effect: each person of the good ones stands as sent, none of the faulty ones
    known = {p["person"] for p in door.ask("school", authority="888", school="8889901")["persons"]}
    assert {f"p-{n:04}" for n in range(0, 500, 14)} <= known and not any(p.startswith("q-") for p in known)
    needs = {n["competence"]: n["current"] for n in door.person("p-0000")["needs"]}
    assert needs and all(level is None for level in needs.values())
    # the good ones are there (duplicates), and a put-right event of the same id is taken: the faulty one left nothing behind
    assert door.push(goods)["duplicate"] == 500
    right = [good(row[0], f"faulty-{n}", subject=f"r-{n:04}") for n, row in enumerate(rows)]
    assert door.push(right)["accepted"] == 500


LARGE = b'[' + b','.join(json.dumps(good("person.erase", f"l-{n}")).encode() for n in range(1001)) + b']'
BIG = json.dumps([good("person.recorded", f"b-{n}") for n in range(700)]).encode().ljust((1 << 20) + 1)
BODIES = [  # body, code, offset or None
    (b"[", "not-json", 1), (b'{"specversion":"1.0"', "not-json", 20), (b"[{},]", "not-json", 4), (b'{"a":1,}', "not-json", None), (b"{} {}", "not-json", 3),
    (b"{'a':1}", "not-json", 1), (b"[NaN]", "not-json", None), (b'{"a":nul}', "not-json", None), (b"[01]", "not-json", None), (b'"abc', "not-json", None),
    (b"\xef\xbb\xbf{}", "not-json", 0), (b'{"a":"\xff"}', "not-json", 6), (b'{"a":"\xc0\xaf"}', "not-json", 6), (b'{"a":"\xed\xa0\x80"}', "not-json", None),
    (b'{"\xf5\x80\x80\x80":1}', "not-json", 2), (b'["\xe2\x82"]', "not-json", None), (b'{"a":"\x01"}', "not-json", None), (b"\x00", "not-json", 0),
    (random.Random(3).randbytes(5000), "not-json", None), (b"\xff" * 100000, "not-json", 0), (b"[" * 500000, "not-json", None), (b'{"a":' * 100000, "not-json", None),
    (b"3", "not-cloudevent", None), (b'"x"', "not-cloudevent", None), (b"null", "not-cloudevent", None), (LARGE, "too-large", None), (BIG, "too-large", None),
    (b" " * (1 << 20) + b"{}", "too-large", None)]


@pytest.mark.parametrize("verb", ["push", "check"])
@pytest.mark.slow
def test_faults_of_a_whole_body(needsd, verb):
    """Nothing is judged: one fault at the place of the body, with the byte where syntax is at fault; the next request is served."""
    door = needsd.door()
    assert len(BIG) == (1 << 20) + 1
    for body, code, offset in BODIES:
        with pytest.raises(Fault) as fault:
            door.request(verb, body)
        (only,) = fault.value.errors
        assert (only["code"], only["pointer"]) == (code, ""), (body[:40], only)
        assert ("offset" in only) == (code == "not-json"), only
        assert offset is None or only["offset"] == offset, (body[:40], only)
        assert 0 <= only.get("offset", 0) <= len(body)
    assert door.request(verb, [])["results"] == []
    (nothing,) = door.request(verb, b"")["results"]  # an empty frame means {}
    assert nothing["id"] is None and [e["pointer"] for e in nothing["errors"]] == [f"/{name}" for name in
                                                                                "specversion id source type time authority school data".split()]
    door.day("2026-09-01")
    assert door.ask("verify")["events"] == 0


ALONE = [  # what one element of a batch may be, and what it is called
    (b"3", [("not-cloudevent", "")]), (b"[]", [("not-cloudevent", "")]), (b"null", [("not-cloudevent", "")]),
    (b'{"a":1,"a":2}', [("not-json", "/a")]), (b'{"data":{"x":[0,{"y":1,"y":1}]}}', [("not-json", "/data/x/1/y")]),
    (b'{"a":"\\ud800"}', [("not-json", "/a")]), (b'{"a":"\\udc00\\ud800"}', [("not-json", "/a")]),
    (b'{"a":' + b"[" * 40 + b"]" * 40 + b"}", [("not-json", "/a" + "/0" * 31)]),
    (json.dumps(good("person.recorded", "too-large") | {"supersedes": "x" * 66000}).encode(), [("too-large", "")])]


@pytest.mark.slow
def test_faults_of_one_element(needsd):
    """A double member, half a surrogate, depth, size: that element alone; its neighbours on both sides are taken."""
    door = needsd.door()
    for n, (element, faults) in enumerate(ALONE):
        before, after = (json.dumps(good("person.left", f"{side}-{n}", subject=f"s-{n}")).encode() for side in "ab")
        reply = door.push(b"[" + before + b"," + element + b" , " + after + b"]")
        assert [r["status"] for r in reply["results"]] == ["accepted", "rejected", "accepted"], (element[:60], reply)
        assert named(reply["results"][1]) == faults, element[:60]
    (alone,) = door.push(ALONE[-1][0])["results"]
    assert named(alone) == [("too-large", "")]


def test_faults_up_to_the_limits(needsd):
    """64 an event, 1,000 a reply, then more-faults; nothing else is lost by it."""
    door = needsd.door()
    many = {**good("person.left", "many"), **{f"m{i}": i for i in range(100)}}
    just = {**good("person.left", "just"), **{f"m{i}": i for i in range(64)}}
    first, second = door.request("check", [many, just])["results"]
    assert [e["code"] for e in first["errors"]] == ["unknown-member"] * 64 + ["more-faults"]
    assert [e["code"] for e in second["errors"]] == ["unknown-member"] * 64
    reply = door.push([{**just, "id": f"many-{n}"} for n in range(30)] + [good("person.left", "last")])
    faults = [e for r in reply["results"] for e in r.get("errors", [])]
    assert [e["code"] for e in faults] == ["unknown-member"] * 1000 + ["more-faults"]
    assert [r["status"] for r in reply["results"]] == ["rejected"] * 30 + ["accepted"]


def test_faults_of_the_examples_in_the_page():
    """The events that docs/protocol.md shows are good ones, under the shipped catalogue."""
    import pathlib
    import re
    page = (pathlib.Path(__file__).resolve().parents[2] / "docs" / "protocol.md").read_text()
    events = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", page, re.S) if '"type":"needs.' in block and '"sequence"' not in block]
    assert len(events) == 15 and len({e["type"] for e in events}) == 14
    with Daemon() as daemon:
        results = daemon.door().push(events)["results"]
        assert [r for r in results if r["status"] != "accepted"] == []
