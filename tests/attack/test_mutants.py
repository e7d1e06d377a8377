"""Mutants of good events, made from the schemas, pushed to a real daemon. The schema and a table of what a schema cannot say judge each."""
import copy
import datetime
import json
import pathlib
import random
import re

import jsonschema

from attack import length
from daemon import Daemon
from samples import KINDS, good

SCHEMAS = pathlib.Path(__file__).resolve().parents[2] / "docs" / "schema"
SHORT = 200
BATCH = 50

# --- what a schema cannot say ---

# Where a code of the catalogue is named: the place, and the kinds of `ask codes` that may stand there.
CODES = [
    (r"/data/(roles/\d+|wishes/\d+)/role", ["role"]),
    (r"/data/roles/\d+", ["role"]),
    (r"/data/roles/\d+/contract", ["contract"]),
    (r".*/competence", ["competence"]),
    (r"/data/helps/\d+/for/\d+", ["competence"]),
    (r"/data/helps/\d+/as", ["helper"]),
    (r"/data/(holds/\d+/)?unit", ["unit"]),
    (r"/data/((holds|wishes)/\d+/)?qualification", ["qualification"]),
    (r"/data/(ratings/\d+/)?evidence", ["evidence"]),
    (r"/data/phase", ["phase"]),
    (r"/data/training_plan/families/\d+", ["family"]),
    (r"/data/(roster|cover)/[^/]*", ["name of a family"]),
    (r"/data/priority", ["priority"]),
    (r"/data/for/\d+", ["role", "family", "everybody"]),
    (r"/data/(development|recommendation)", ["development"]),
    (r"/data/fund", ["fund"]),
    (r"/data/barrier", ["barrier"]),
    (r"/data/(impact|intended)/\d+", ["impact"]),
    (r"/data/terms/\d+/check", ["check"]),
    (r"/data/terms/\d+/payer", ["payer"]),
]

# A list in which no slot is there twice: the members that are the slot, as they count.
SLOTS = {
    "ratings": ("competence", "evidence"),
    "duties": ("competence", "from"),
    "holds": ("unit", "qualification", "level", "subject", "date"),
    "wishes": ("role", "qualification", "competence"),
    "competences": ("competence",),
}
ENDS = (("from", "to"), ("start", "end"), ("date", "expires"))


class Catalogue:
    """What the daemon says that codes are, by kind, each with its full spelling."""

    def __init__(self, door):
        self.full, self.levels = {}, {}
        self.scales = {}
        for kind in ("role", "family", "competence", "unit", "qualification", "class", "evidence", "contract", "phase", "priority", "fund", "barrier",
                     "impact", "check", "payer"):
            answer = door.ask("codes", authority="888", kind=kind)
            self.scales |= {f["framework"]: len(f["levels"]) for f in answer["frameworks"]}
            self.full[kind] = {}
            for row in answer["codes"]:
                self.full[kind][row["code"]] = row.get("key", row["code"])
                if "key" in row:
                    self.full[kind][row["key"]] = row["key"]
        self.full["helper"] = {w: w for w in ("mentor", "coach", "buddy", "shadow-host", "training-mentor", "expert-witness", "assessor")}
        self.full["everybody"] = {"all": "all", "teachers": "teachers"}
        self.full["development"] = {"unit.TDA-2.2": "unit.TDA-2.2", "shadowing.STL19": "shadowing.STL19"}
        self.full["name of a family"] = self.full["family"]

    def kinds_at(self, pointer):
        return next((kinds for pattern, kinds in CODES if re.fullmatch(pattern, pointer)), None)

    def full_at(self, pointer, value):
        """The code in full; None: unknown. Where no code stands, the value itself."""
        kinds = self.kinds_at(pointer)
        if kinds is None or not isinstance(value, str):
            return value
        return next((self.full[kind][value] for kind in kinds if value in self.full[kind]), None)

    def top_level(self, competence):
        key = self.full["competence"].get(competence) if isinstance(competence, str) else None
        return self.scales[key.split("/")[0]] - 1 if key else 7


def each(value, pointer=""):
    """Every place: (pointer, value); of a map the names too."""
    yield pointer, value
    for key, child in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from each(child, f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}")


def unknown_codes(catalogue, event):
    for pointer, value in each(event):
        kinds = catalogue.kinds_at(pointer)
        if kinds == ["name of a family"]:
            if pointer.rsplit("/", 1)[1] not in catalogue.full["family"]:
                yield pointer
        elif kinds and isinstance(value, str) and catalogue.full_at(pointer, value) is None:
            yield pointer
        if re.fullmatch(r"/data/holds/\d+", pointer) and isinstance(value, dict) and {"level", "subject"} <= set(value):
            if f"{value['subject']}@{value['level']}" not in catalogue.full["class"]:
                yield pointer + "/subject"


def ends_before_beginnings(event):
    date = event["data"].get("date") if isinstance(event.get("data"), dict) else None
    for pointer, value in each(event):
        if isinstance(value, list) and re.fullmatch(r"/data/roles/\d+/works/\w+/\d+", pointer) and len(value) == 2 and value[1] < value[0]:
            yield pointer
        if not isinstance(value, dict):
            continue
        for first, last in ENDS:
            beginning = date if re.fullmatch(r"/data/ratings/\d+", pointer) and last == "expires" else value.get(first)
            if isinstance(beginning, str) and isinstance(value.get(last), str) and value[last] < beginning:
                yield f"{pointer}/{last}"


def levels_off_the_scale(catalogue, event):
    for pointer, value in each(event):
        if isinstance(value, dict) and {"competence", "level"} <= set(value) and isinstance(value["level"], (int, float)):
            if value["level"] > catalogue.top_level(value["competence"]):
                yield pointer + "/level"


def slot(catalogue, kind, name, pointer, item, event):
    """What the item is a statement of; None: that cannot be said, or the list has no slots."""
    if name == "terms":
        return item.get("check") if "check" in item else None
    if name not in SLOTS:
        return None
    default = "manager" if kind == "needs.appraisal.recorded.v1" else event["data"].get("evidence")
    return tuple(catalogue.full_at(f"{pointer}/{m}", item.get(m, default if m == "evidence" else None)) for m in SLOTS[name])


def repeated(catalogue, event):
    for pointer, value in each(event):
        if not isinstance(value, list):
            continue
        seen = set()
        name = pointer.rsplit("/", 1)[1]
        for i, item in enumerate(value):
            here = f"{pointer}/{i}"
            if isinstance(item, dict):
                what = slot(catalogue, event.get("type"), name, here, item, event)
            else:
                what = catalogue.full_at(here, item) if isinstance(item, str) and "/works/" not in pointer else None
            if what is not None and what in seen:
                yield here
            seen.add(what)
        if name == "roles" and [r.get("main") for r in value if isinstance(r, dict)].count(True) > 1:
            yield f"{pointer}"


def beyond(catalogue, event, erased):
    """Places of the faults that a schema does not see, in an event that it takes."""
    found = [*unknown_codes(catalogue, event), *ends_before_beginnings(event), *levels_off_the_scale(catalogue, event), *repeated(catalogue, event)]
    if event["authority"] != "888":
        found.append("/authority")
    if (event["school"], event.get("subject")) in erased:
        found.append("/subject")
    at = datetime.datetime.fromisoformat(re.sub(r"(\.\d+)?[Zz]?$", "", event["time"][:19]).upper().replace(":60", ":59"))
    if at > datetime.datetime.now() + datetime.timedelta(days=3):
        found.append("/time")
    return found


def by_schema(error):
    """The places that a fault of the schema may be named by."""
    here = "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in error.absolute_path)
    if error.validator == "required":
        return [f"{here}/{m}" for m in error.validator_value if m not in error.instance]
    return [here]


# --- mutants ---

TEXTS = ["", " ", "x", "-", "a b", " a", "a ", "a\n", "a\tb", "\u0000", "a\u007fb", "a\u0085b", "\u202eabc", "é", "\U0001f600", "x" * 64, "x" * 65, "x" * 80, "x" * 81,
         "x" * 128, "x" * 129, "x" * 256, "x" * 257, "2026-02-29", "2024-02-29", "1899-12-31", "2200-01-01", "2026-13-01", "2026-3-2", "2026-03-02", "2031-01-01", "24:00",
         "24:01", "09:00", "9:00", "2199-03-02T15:30:00Z", "2026-03-02t15:30:00.5z", "2026-03-02T15:30:00+24:00", "2026-03-02T15:30", "manager", "Manager", "nobody "]
NUMBERS = [-1, 0, 1, 3.0, 2.5, 4, 5, 7, 8, 53, 54, 100, 101, 1000, 1001, 10080, 10081, 10**8, 10**8 + 1, 10**20]
OTHERS = [None, True, False, [], {}, [1], ["a"], {"a": 1}, [[]], ["10:00", "09:00"]]


def places(event):
    """(parent, key) of every place."""
    for _, value in each(event):
        if isinstance(value, (dict, list)):
            yield from ((value, key) for key in (value if isinstance(value, dict) else range(len(value))))


def known_code(rng, catalogue, pointer):
    kind = rng.choice(catalogue.kinds_at(pointer))
    return rng.choice(sorted(catalogue.full[kind]))


def relate(rng, event):
    """Valid by the schema, as a rule; what it breaks, if anything, is a relation."""
    ends = [(value, last) for _, value in each(event["data"]) if isinstance(value, dict) for _, last in ENDS if isinstance(value.get(last), str)]
    lists = [value for _, value in each(event["data"]) if isinstance(value, list) and value]
    levels = [value for _, value in each(event["data"]) if isinstance(value, dict) and "level" in value]
    way = rng.randrange(3)
    if way == 0 and ends:
        value, last = rng.choice(ends)
        value[last] = rng.choice(["00:00", "24:00"] if ":" in value[last] else ["2001-01-01", "2033-01-01"])
    elif way == 1 and lists:
        value = rng.choice(lists)
        value.append(copy.deepcopy(rng.choice(value)))
        if isinstance(value[-1], dict):
            value[-1] |= {"to": "2034-01-01"} if "to" in value[-1] else {"certainty": 7} if "level" in value[-1] and "competence" in value[-1] else {}
    elif levels:
        rng.choice(levels)["level"] = rng.choice([2, 3, 4, 5, 6])


def mutate(rng, catalogue, event):
    if isinstance(event.get("data"), dict) and rng.random() < 0.2:
        relate(rng, event)
        return
    pointers = {(id(parent), key): None for parent, key in places(event)}
    for pointer, value in each(event):
        for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
            pointers[id(value), key] = f"{pointer}/{key}"
    parent, key = rng.choice([p for p in places(event) if p[1] not in ("specversion",) or rng.random() < 0.3])
    value, pointer = parent[key], pointers[id(parent), key]
    way = rng.randrange(11)
    if way == 0:
        del parent[key]
    elif way <= 2:
        parent[key] = rng.choice(TEXTS)
    elif way == 3:
        parent[key] = rng.choice(NUMBERS)
    elif way == 4:
        parent[key] = rng.choice(OTHERS)
    elif way == 5 and isinstance(value, dict):
        value[rng.choice(["name", "", "Date", "a/b", "~", "é", "comment"])] = rng.choice([1, "x", None])
    elif way == 6 and isinstance(value, list) and value:
        value.append(copy.deepcopy(rng.choice(value)))
    elif way == 7 and catalogue.kinds_at(pointer) and isinstance(value, str):
        parent[key] = rng.choice([known_code(rng, catalogue, pointer), "NOPE", value.lower(), value + ".x"])
    elif way == 8 and isinstance(value, (int, float)) and not isinstance(value, bool):
        parent[key] = value + rng.choice([0.0, 0.5, -1, 1, 1000])
    elif way == 9 and isinstance(value, str):
        parent[key] = rng.choice([value + "x", value[:-1], value.upper(), "v".join(value.split("v")[:-1] + ["2"]) if "v" in value else value[::-1]])
    elif isinstance(parent, dict):
        parent[rng.choice(["name", "Date", "x", "from", "date", "expires", "to"])] = parent.pop(key)


TWICE = re.compile(rb'"(level|date|id|competence|from)": ("[^"]*"|\d+)')


def written(rng, event):
    """The event as JSON; now and then one member is there twice. Returns (bytes, is one there twice)."""
    text = json.dumps(event).encode()
    found = list(TWICE.finditer(text)) if rng.random() < 0.03 else []
    if not found:
        return text, False
    at = rng.choice(found)
    return text[:at.end()] + b", " + at.group() + text[at.end():], True


def judged(schemas, catalogue, kind, event, is_twice, erased):
    """Places where a fault must be; empty: the event is good."""
    errors = list(schemas[kind].iter_errors(event))
    places = [place for e in errors for place in by_schema(e)] if errors else beyond(catalogue, event, erased)
    return places + ([""] if is_twice else [])


def differs(wanted, result):
    """None, or how the daemon's answer differs from what was judged."""
    faults = result.get("errors", [])
    if not wanted:
        return None if result["status"] == "accepted" else "wrong refusal"
    if result["status"] == "accepted":
        return "wrong acceptance"
    if any(f["pointer"] == place or f["pointer"].startswith(place + "/") for f in faults for place in wanted):
        return None
    return "the member is not named"


def test_mutants_of_every_type():
    rng = random.Random(20261010)
    schemas = {kind: jsonschema.Draft202012Validator(json.loads((SCHEMAS / f"needs.{kind}.v1.json").read_text())) for kind in KINDS}
    wrong, counts = [], {"good": 0, "faulty": 0}
    erased = set()  # (school, subject)

    with Daemon() as daemon:
        door = daemon.door()
        door.day("2026-09-01")
        catalogue = Catalogue(door)
        for first in range(0, length(SHORT), BATCH):
            batch = []
            for n in range(first, first + BATCH):
                kind = KINDS[n % len(KINDS)]
                event = good(kind, f"m-{n}", subject=f"p-{n}")
                event["source"] = f"mutant/{n}"
                if kind == "provision.recorded":
                    event["data"]["offer"] = f"O-{n}"
                for _ in range(rng.choice([0, 1, 1, 1, 1, 1, 1, 2])):
                    mutate(rng, catalogue, event)
                batch.append((kind, event, *written(rng, event)))

            reply = door.request("push", b"[" + b",".join(text for _, _, text, _ in batch) + b"]", 60)
            for (kind, event, text, is_twice), result in zip(batch, reply["results"], strict=True):
                wanted = judged(schemas, catalogue, kind, event, is_twice, erased)
                counts["faulty" if wanted else "good"] += 1
                if kind == "person.erase" and not wanted:
                    erased.add((event["school"], event["subject"]))
                how = differs(wanted, result)
                if how:
                    wrong.append((how, text.decode(), wanted, result))

        assert not wrong, (len(wrong), *wrong[:5])
        assert counts["good"] > length(SHORT) / 20 and counts["faulty"] > length(SHORT) / 3, counts
        door.settle(timeout=300)
        assert door.ask("verify", timeout=300)["ok"] and daemon.alive()
