#!/usr/bin/python3
"""Writes the demo's sample data into this directory: eight imaginary schools, some 370 pseudonymous people, a term of reviews.

The same files every time. Nothing in them is about a real person or a real school; the numbers 888 99xx are not in use.
What schools really have is imitated: one spreadsheet program or the other, semicolons, byte-order marks, Windows line ends and
character sets, a column too many, and a few rows that are wrong. Three schools are here, the other five in sheets.py.
"""
import csv
import io
import json
import pathlib
import random

HERE = pathlib.Path(__file__).resolve().parent
PROFILES = HERE.parents[1] / "rules" / "catalogue" / "profiles.csv"
ROLES = HERE.parents[1] / "rules" / "catalogue" / "roles.csv"
AUTHORITY = "888"
SCHOOLS = {
    "hillside": {"code": "8889901", "phase": "primary", "cluster": "C-NORTH", "first": 101, "reviewer": "m-011", "staff": {
        "TASS": 17, "LSEN": 6, "NNSE": 4, "HLTA": 3, "BILN": 1, "MIDA": 9, "MIDS": 2, "ADMC": 2, "SSEC": 1, "BUSS": 1, "CTKR": 1, "CLNR": 4,
        "COOK": 1, "CATR": 5, "LMEN": 1, "PAST": 1, "ICTT": 1}},
    "oakmere": {"code": "8889908", "phase": "secondary", "cluster": "C-NORTH", "first": 301, "reviewer": "m-021", "staff": {
        "TASS": 9, "LSEN": 8, "HLTA": 2, "COVR": 3, "LMEN": 2, "PAST": 4, "BEHM": 1, "ATTN": 1, "STCH": 3, "TTCH": 1, "ICTT": 2, "ADMC": 5,
        "RECP": 1, "EXAM": 1, "FINC": 2, "DATA": 1, "BUSS": 1, "LIBR": 1, "INVG": 6, "MIDS": 3, "CTKR": 2, "PREM": 1, "CLNR": 6, "COOK": 1,
        "CATR": 7}},
    "larch": {"code": "8889910", "phase": "special", "cluster": "C-EAST", "first": 501, "reviewer": "m-031", "staff": {
        "LSEN": 22, "TASS": 6, "HLTA": 2, "NURS": 1, "THER": 2, "PAST": 2, "ESCT": 2, "MIDA": 3, "MIDS": 1, "ADMC": 2, "BUSS": 1, "CTKR": 1,
        "CLNR": 2, "COOK": 1, "CATR": 2, "ICTT": 1, "FINC": 1}},
}
TERMS = [("2026-09-02", "2026-10-23"), ("2026-11-02", "2026-12-18"), ("2027-01-04", "2027-02-12"), ("2027-02-22", "2027-03-25"),
         ("2027-04-12", "2027-05-28"), ("2027-06-07", "2027-07-21")]
INSET = ("2026-09-02", "2026-11-02", "2027-01-04", "2027-06-07", "2027-07-21")
WEEK = ("mon", "tue", "wed", "thu", "fri")
HOURS = {"midday": ("11:45", "13:30"), "site": ("06:30", "14:30"), "catering": ("09:00", "14:00"), "administration": ("08:00", "16:00")}


def table(path):
    with open(path, encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


FAMILY = {row["role"]: row["family"] for row in table(ROLES)}


def profile(role):
    """competence -> (level, importance): the role's own row, else its family's, else everybody's."""
    wanted = {}
    rows = table(PROFILES)
    for scope in ("all", f"family:{FAMILY[role]}", f"role:{role}"):
        for row in rows:
            if row["scope"] == scope:
                wanted[row["competence"]] = (max(int(row["level"]), wanted.get(row["competence"], (0, ""))[0]), row["importance"])
    return wanted


def event(kind, number, school, data, when, subject=None, source="mis"):
    e = {"specversion": "1.0", "id": f"{source}-{number}", "source": f"{source}/{school['code']}", "type": f"needs.{kind}.v1", "time": f"{when}T16:00:00Z",
         "authority": AUTHORITY, "school": school["code"]}
    if subject:
        e["subject"] = subject
    return {**e, "data": data}


def post(rng, role, main=True):
    start, end = HOURS.get(FAMILY[role], ("08:45", "15:15"))
    days = WEEK if rng.random() < 0.6 else sorted(rng.sample(WEEK, 3), key=WEEK.index)
    minutes = (int(end[:2]) * 60 + int(end[3:]) - int(start[:2]) * 60 - int(start[3:])) * len(days)
    year_round = FAMILY[role] == "site" or role in ("BUSS", "ICTM", "FINC")
    return {"role": role, "from": f"{rng.randint(2014, 2025)}-09-01", "minutes": minutes, "weeks": 52 if year_round else 39,
            "contract": "FXT" if rng.random() < 0.15 else "PRM", "term_time": not year_round, "employer": "school", "main": main,
            "works": {day: [[start, end]] for day in days}}


def person(rng, role):
    """A person's whole statement, as the school's information system exports it."""
    data = {"roles": [post(rng, role)]}
    if role == "TASS" and rng.random() < 0.3:
        midday = post(rng, "MIDA", main=False)
        data["roles"].append(midday)
    data["started"] = min(r["from"] for r in data["roles"])
    if rng.random() < 0.5:
        data["holds"] = [{"level": 2, "subject": subject, "date": f"{rng.randint(1995, 2015)}-08-20"} for subject in ("maths", "english")]
    return data


def helper(rng, wanted, start):
    kinds = rng.sample(("mentor", "coach", "buddy", "shadow-host"), 2)
    topics = sorted(c for c, (level, importance) in wanted.items() if importance != "statutory" and level >= 2)[:6]
    return [{"as": kind, "for": topics, "capacity": 2, "from": start, "consent": True} for kind in kinds]


def ratings(rng, wanted, strong):
    """competence -> (level, evidence): most of it fine, a few gaps, something always forgotten."""
    given = {}
    for competence, (level, importance) in sorted(wanted.items()):
        if importance == "statutory":
            if rng.random() < 0.9:
                given[competence] = (level, "certificate")
        elif rng.random() < 0.6:
            gap = 0 if strong else rng.choices((0, 1, 2, -1), (60, 25, 8, 7))[0]
            given[competence] = (min(4, max(0, level - gap + (1 if strong else 0))), "observer" if strong else "manager")
    return given


def make_school(name, school):
    rng = random.Random(f"needsd demo {name}")
    number, people, rows, roster = school["first"], [], [], {}
    for role, count in school["staff"].items():
        wanted = profile(role)
        for i in range(count):
            subject, data = f"p-{number:04}", person(rng, role)
            strong = count > 3 and i < 2
            if strong:
                data["helps"] = helper(rng, wanted, "2026-09-02")
            people.append(event("person.recorded", number, school, data, "2026-09-01", subject))
            reviewed = f"2026-09-{rng.randint(7, 30):02}"
            for competence, (level, evidence) in ratings(rng, wanted, strong).items():
                by = "" if evidence == "certificate" else school["reviewer"]
                rows.append([subject, reviewed, competence, str(level), evidence, by])
            roster[FAMILY[role]] = roster.get(FAMILY[role], 0) + 1
            number += 1
    facts = {"phase": school["phase"], "clusters": [school["cluster"]], "terms": [{"from": a, "to": b} for a, b in TERMS],
             "inset": [{"date": d, "start": "09:00", "end": "15:30"} for d in INSET], "roster": roster,
             "cover": {"learning-support": {"rate": 1450, "available": True}}}
    return [event("school.recorded", 1, school, facts, "2026-09-01", source="office"), *people], rows


def uk_date(iso):
    return f"{iso[8:]}/{iso[5:7]}/{iso[:4]}"


def spreadsheet(rows, delimiter, heading, encoding, bom=b"", change=lambda row: row):
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(heading)
    for row in rows:
        writer.writerow(change(row))
    return bom + out.getvalue().encode(encoding)


# Hillside's file is the one that the demo looks at: what is wrong in it, and what would be right.
HERO = "p-0106"
WRONG = [  # place, what the row says, what is corrected later (None: the row goes)
    (12, ["p-0104", "2026-09-17", "STL333", "2", "manager", "m-011"], ["p-0104", "2026-09-17", "STL33", "2", "manager", "m-011"]),
    (40, ["p-0109", "2026-09-22", "STL15", "5", "manager", "m-011"], ["p-0109", "2026-09-22", "STL15", "3", "manager", "m-011"]),
    (77, ["p-0117", "31/09/2026", "STL19", "2", "manager", "m-011"], ["p-0117", "30/09/2026", "STL19", "2", "manager", "m-011"]),
    (118, ["", "2026-09-24", "X.MIDD", "2", "manager", "m-011"], ["p-0133", "2026-09-24", "X.MIDD", "2", "manager", "m-011"]),
]


def hillside_rows(rows):
    """The hero's ratings are set, so that the story holds; then the wrong rows, and one that stands in the file twice."""
    wanted = profile("TASS")
    hero = {c: (level, "certificate" if importance == "statutory" else "manager") for c, (level, importance) in sorted(wanted.items())}
    hero.update({"STL3": (2, "manager"), "STL4": (1, "manager"), "STL6": (2, "manager")})
    for forgotten in ("STL8", "STL16", "X.SLCN", "X.PREV"):
        del hero[forgotten]
    places = [i for i, row in enumerate(rows) if row[0] == HERO]
    mine = [[HERO, "2026-09-21", c, str(level), evidence, "" if evidence == "certificate" else "m-011"] for c, (level, evidence) in hero.items()]
    rows = rows[:places[0]] + mine + rows[places[-1] + 1:]
    taken = {(row[0], row[2]) for row in rows}
    for _, wrong, right in WRONG:
        assert (right[0], right[2]) not in taken, right
    wrong_rows, right_rows = list(rows), list(rows)
    for place, wrong, right in WRONG:
        wrong_rows.insert(place, wrong)
        right_rows.insert(place, right)
    again = rows[30]
    other = [*again[:3], str((int(again[3]) + 1) % 4), *again[4:]]
    wrong_rows.insert(150, other)   # the same row with another level
    wrong_rows.insert(160, rows[55])  # the same row again, word for word: no harm
    return wrong_rows, right_rows


def main():
    import sheets  # which takes words from here
    for name, school in SCHOOLS.items():
        events, rows = make_school(name, school)
        lines = "".join(json.dumps(e, separators=(",", ":")) + "\n" for e in events)
        (HERE / f"{name}-people.ndjson").write_text(lines, encoding="utf-8")
        heading = ["person", "date", "competence", "level", "evidence", "by"]
        if name == "hillside":  # a continental Excel: byte-order mark, semicolons, Windows line ends, dates with the day first
            wrong, right = hillside_rows(rows)
            hillside = [(e["subject"], e["data"]["roles"][0]["role"]) for e in events if "subject" in e], right
            change = lambda row: [row[0], row[1] if "/" in row[1] else uk_date(row[1]), *row[2:]]  # noqa: E731
            for file, some in (("hillside-reviews.csv", wrong), ("hillside-reviews-corrected.csv", right)):
                (HERE / file).write_bytes(spreadsheet(some, ";", heading, "utf-8", b"\xef\xbb\xbf", change))
        elif name == "oakmere":  # saved as plain "CSV": Windows-1252, and a column that nobody asked for
            rooms = ("Library", "Café", "Science 2", "Hall – east")
            data = spreadsheet(rows, ",", [*heading, "room"], "cp1252", change=lambda row: [*row, rooms[int(row[0][2:]) % 4]])
            (HERE / "oakmere-reviews.csv").write_bytes(data)
        else:  # saved as "Unicode text": UTF-16, tabs
            (HERE / "larch-reviews.csv").write_bytes(spreadsheet(rows, "\t", heading, "utf-16-le", b"\xff\xfe"))
        print(f"{name}: {len(events) - 1} people, {len(rows)} ratings")
    sheets.write_all(HERE, hillside)
    observed = [[HERO, "2026-10-01", "STL3", "3", "observer", "o-12"]]
    (HERE / "hillside-observation.csv").write_bytes(spreadsheet(observed, ",", ["person", "date", "competence", "level", "evidence", "by"], "utf-8"))


if __name__ == "__main__":
    main()
