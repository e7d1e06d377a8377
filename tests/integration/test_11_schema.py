"""The schemas of docs/schema and the daemon say the same of form."""
import json
import pathlib
import random

import jsonschema
import pytest

from samples import KINDS, PUBLISHED, good

pytestmark = pytest.mark.slow

SCHEMAS = pathlib.Path(__file__).resolve().parents[2] / "docs" / "schema"
MUTANTS = 4000
MEANING = {"unknown-competence", "unknown-role", "unknown-unit", "unknown-qualification", "unknown-development", "unknown-code", "unknown-authority"}
TEXTS = ["", " ", "x", "-", "--", "a b", " a", "a ", "a\n", "a\tb", "\u0000", "a\u007fb", "a\u0085b", "é", "日本", "\U0001f600", "a/b", "a.b_c-D", "x" * 64, "x" * 65,
         "é" * 64, "x" * 128, "x" * 129, "\U0001f600" * 128, "\U0001f600" * 129, "x" * 200, "x" * 201, "x" * 256, "x" * 257, "1.0", "needs.person.left.v1",
         "2026-03-02", "2026-02-29", "2024-02-29", "2000-02-29", "1900-02-29", "2100-02-29", "1899-12-31", "2199-12-31", "2200-01-01", "2026-13-01", "2026-00-10",
         "2026-04-31", "2026-3-2", "20260302", "2026-03-02 ", "2026-03-02\n", "２026-03-02", "0000-01-01", "24:00", "24:01", "00:00", "23:59", "23:60", "9:00", "09:00:00",
         "2026-03-02T15:30:00Z", "2026-03-02t15:30:00z", "2026-03-02T15:30:00+01:00", "2026-03-02T15:30:00-23:59", "2026-03-02T15:30:00+24:00",
         "2026-03-02T24:00:00Z", "2026-03-02T23:59:60Z", "2026-03-02T23:59:61Z", "2026-03-02T15:30:00.123456789Z", "2026-03-02T15:30:00.Z", "2026-03-02T15:30Z",
         "2026-02-30T15:30:00Z", "2026-03-02 15:30:00Z", "2026-03-02T15:30:00", "manager", "school", "true"]
NUMBERS = [0, 1, 2, 3, 4, 5, 7, 8, 9, 53, 54, 100, 101, 1000, 1001, 10080, 10081, 100000, 100001, 1000000, 1000001, 10**8, 10**8 + 1, -1, -0.0, 3.0, 3.5, 1e2, 1e-2, 2**31,
           2**63, 10**20, 1e22, -1e22, 0.1 + 0.2]
OTHERS = [None, True, False, [], {}, [1], ["a"], {"a": 1}, [[]], ["09:00", "10:00"], ["10:00", "09:00"], ["09:00"], ["09:00", "10:00", "11:00"]]
NAMES = ["", "x", "Date", "date ", "a/b", "~", "~1", "é", "\u0000", "name", "comment", "development", "__proto__", "x" * 128, "x" * 129, "é" * 300]


def places(value, way=()):
    """Every place of a JSON value: (parent, key or index)."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield value, key
        yield from places(child, (*way, key))


def mutate(rng, event):
    parent, key = rng.choice(list(places(event)))
    value, kind = parent[key], rng.randrange(10)
    if kind == 0:
        del parent[key]
    elif kind <= 3:
        parent[key] = rng.choice(TEXTS)
    elif kind <= 5:
        parent[key] = rng.choice(NUMBERS)
    elif kind == 6:
        parent[key] = rng.choice(OTHERS)
    elif kind == 7 and isinstance(value, dict):
        value[rng.choice(NAMES)] = rng.choice([1, "x", None])
    elif kind == 7 and isinstance(value, list):
        value.extend(json.loads(json.dumps(value * rng.choice([1, 1, 2, 400]))))
    elif kind == 8 and isinstance(parent, dict):
        parent[rng.choice(NAMES)] = parent.pop(key)
    elif kind == 9 and isinstance(value, str) and value:
        at = rng.randrange(len(value) + 1)
        parent[key] = value[:at] + rng.choice(["", "\n", "0", "é", "\u0000", value]) + value[at + rng.randrange(2):]
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        parent[key] = value + rng.choice([0.0, 0.5, -1, 1, 1000])
    return event


def order_faults(value, pointer=""):
    """What a schema cannot say: an end before its beginning, an expiry before its date."""
    if isinstance(value, list):
        if len(value) == 2 and all(isinstance(v, str) for v in value) and "/works/" in pointer and value[0] > value[1]:
            yield pointer + "/1"
        for i, item in enumerate(value):
            yield from order_faults(item, f"{pointer}/{i}")
    if isinstance(value, dict):
        for first, last in (("from", "to"), ("start", "end"), ("date", "expires")):
            if isinstance(value.get(first), str) and isinstance(value.get(last), str) and value[first] > value[last]:
                yield f"{pointer}/{last}"
        for key, item in value.items():
            yield from order_faults(item, f"{pointer}/{key}")


def beyond(event):
    """Places of faults that lie beyond a schema: order, levels off the framework's scale (meaning), `time` past the day."""
    found = set(order_faults(event))
    if isinstance(event.get("data"), dict):
        ratings = event["data"].get("ratings")
        items = [(f"/data/ratings/{i}", r) for i, r in enumerate(ratings)] if isinstance(ratings, list) else []
        for where, rating in [*items, ("/data/success", event["data"].get("success"))]:
            if isinstance(rating, dict) and rating.get("level") in (5, 6, 7):
                found.add(where + "/level")
            dates = (event["data"].get("date"), rating.get("expires")) if isinstance(rating, dict) else (None, None)
            if all(isinstance(d, str) for d in dates) and dates[0] > dates[1]:
                found.add(where + "/expires")
    if isinstance(event.get("time"), str) and event["time"] > "2027":
        found.add("/time")
    return found


@pytest.fixture(scope="module")
def schemas():
    out = {}
    for kind in KINDS:
        schema = json.loads((SCHEMAS / f"needs.{kind}.v1.json").read_text())
        jsonschema.Draft202012Validator.check_schema(schema)
        out[kind] = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    return out


def test_schema_files_are_the_types():
    assert sorted(p.name for p in SCHEMAS.glob("*.json")) == sorted(f"needs.{kind}.v1.json" for kind in (*KINDS, *PUBLISHED))


def batches_of(events, most=100, size=900000):
    """Batches under the daemon's limits; what is no event by size alone is left out."""
    batch, used = [], 0
    for event in events:
        length = len(json.dumps(event)) + 2
        if length > 65000:
            continue
        if used + length > size or len(batch) == most:
            yield batch
            batch, used = [], 0
        batch.append(event)
        used += length
    yield batch


def compare(schemas, own, event, result):
    """(valid by schema, what differs or None)."""
    kind = event["type"][6:-3] if isinstance(event.get("type"), str) and event["type"][6:-3] in schemas else own
    errors = list(schemas[kind].iter_errors(event))
    faults = result.get("errors", [])
    valid = all(e.validator == "uniqueItems" for e in errors)
    said = {"".join(f"/{step}" for step in e.absolute_path) for e in errors}
    apart = beyond(event) - said
    form = [e for e in faults if e["code"] not in MEANING | {"repeated", "erased", "conflict", "more-faults"} and e["pointer"] not in apart]
    if valid != (not form):
        return valid, (event, [e.message[:100] for e in errors], faults)
    if valid and errors and "repeated" not in {e["code"] for e in faults}:
        return valid, (event, "the same twice", faults)
    return valid, None


def test_schema_agrees_with_the_daemon(needsd, schemas):
    """Thousands of mutants of good events: valid by schema exactly when the daemon finds no fault of form."""
    door, rng = needsd.door(), random.Random(11)
    events = [mutate(rng, good(KINDS[n % 14], f"m-{n}", subject=f"p-{n}")) for n in range(MUTANTS)]
    events = [mutate(rng, e) if n % 5 == 0 else e for n, e in enumerate(events)]
    own = {id(e): KINDS[n % 14] for n, e in enumerate(events)}
    verdicts = []
    for batch in batches_of(events):
        results = door.request("check", batch)["results"]
        assert sum(len(r.get("errors", [])) for r in results) <= 1000, "the reply was cut; make the batches smaller"
        verdicts += [compare(schemas, own[id(e)], e, r) for e, r in zip(batch, results, strict=True)]
    differ = [d for _, d in verdicts if d is not None]
    assert differ == [], f"{len(differ)} of {len(verdicts)} differ, the first: {str(differ[0])[:3000]}"
    valid = sum(v for v, _ in verdicts)
    assert valid > 500 and len(verdicts) - valid > 2000, (valid, len(verdicts))


WRITTEN = [("3", True), ("3.0", True), ("30e-1", True), ("0.3E+1", True), ("3.00000000000000000000", True), ("3.5", False), ("3.00000000000000000001", False), ("30e-2", False),
           ("-0", True), ("1e2", False), ("99999999999999999999", False), ("1e400", False), ("-1", False)]


def test_schema_numbers_however_written(needsd):
    """Whole numbers are whole however written; JSON text that Python would round stays what was sent."""
    door = needsd.door()
    text = json.dumps(good("appraisal.recorded", "n")).replace('"competence": "STL3", "level": 2', '"competence": "STL3", "level": LEVEL')
    for number, right in WRITTEN:
        (result,) = door.request("check", text.replace("LEVEL", number).encode())["results"]
        assert (result["status"] == "accepted") == right, (number, result)
        assert right or [e["pointer"] for e in result["errors"]] == ["/data/ratings/0/level"]
