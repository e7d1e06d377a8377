"""The people and what is expected for them as a page that an adviser reads: judge.py --table

What holds today comes from open.txt, so that the page needs no daemon. Codes get their titles, and people the title of their post.
"""
import csv
import datetime
import pathlib
import re

HERE = pathlib.Path(__file__).resolve().parent
CATALOGUE = HERE.parents[1] / "rules" / "catalogue"
FOLDERS = (CATALOGUE, HERE.parents[1] / "rules" / "examples" / "888" / "catalogue", HERE / "889")

SOURCES = {
    "000": ("Press note 2008", "Lancashire initiative puts school support staff at the top of the class (Learning and Skills Council)"),
    "001": ("Sector plan 2004", "School support staff sector plan for 2004-05 and beyond (Learning and Skills Council)"),
    "002": ("UNISON 2009", "Time to train: a report about training for school support staff"),
    "003": ("Guide 2010", "A guide for school leaders on qualification routes for support staff (Training and Development Agency for Schools)"),
    "004": ("LSIS 2010", "The report on learning support assistants (Learning and Skills Improvement Service)"),
}
LAW = {
    "KCSIE": "Keeping children safe in education",
    "HSWA": "Health and Safety at Work etc. Act",
    "MHSWR 1999": "Management of Health and Safety at Work Regulations 1999",
    "IRR17": "Ionising Radiations Regulations 2017",
}
ABOUT = {
    "order": "The order of the list",
    "development": "What is proposed",
    "competence": "What counts as a need",
    "minutes": "Time, in and beyond paid hours",
    "cost": "Cost, and who pays",
    "text": "What a card says, and goals",
}
KINDS = {"must": "Must appear", "must_not": "Must not appear", "should": "Better advice"}
HOLDS, NOT_YET, BY_READING = "held", "**not yet**", "for a reader"

INTRO = """# What an adviser expects for invented people

Each person here is invented. The expectations say what a school workforce adviser would want to read in the advice for that person, and from
which source. After a change of the advice, of `people/` or of `open.txt`, bring `open.txt` and this page up to date, and look at the difference:

    TMPDIR=/dev/shm NEEDS_BUILD_DIR=$PWD/build tests/advice/judge.py --write

To add a person, copy a file of `people/`, change the facts, and write what is right for that person before you run anything. Name a source for each
expectation. Correct an expectation where a source shows that it is wrong, and never to make it pass. `judge.py ID` shows the advice beside it.

Each expectation says how it stands today:

- held: the advice keeps to it (a "must not" is also held where nothing is advised);
- **not yet**: the advice does otherwise, and `open.txt` lists it;
- for a reader: no machine judges it. Somebody reads the card.

"Must" and "must not" decide; "better advice" is what a good adviser adds. HLTA is the status of higher level teaching assistant. Levels are none,
aware, with support, alone, can teach others.

## Sources
"""


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def titles(name, code):
    """Code -> title."""
    return {row[code]: row.get("title") or row.get("words") for row in all_rows(name)}


def all_rows(name):
    """The rows of the shipped catalogue and of both authorities'."""
    return [row for folder in FOLDERS if (folder / name).exists() for row in rows(folder / name)]


class Names:
    """Plain words for codes."""

    def __init__(self):
        self.competences = titles("competences.csv", "code")
        self.qualifications = titles("qualifications.csv", "qualification")
        self.units = titles("units.csv", "unit")
        self.roles = titles("roles.csv", "role")
        self.courses = titles("courses.csv", "course")
        self.barriers = titles("barriers.csv", "barrier")
        scales = {(row["framework"], row["version"]): row["levels"].split(";") for row in all_rows("frameworks.csv")}
        self.levels = {row["code"]: scales[row["framework"], row["version"]] for row in all_rows("competences.csv")}
        self.kinds = {row["kind"]: row["words"] for row in rows(CATALOGUE / "kinds.csv")}
        self.slugs = {row["slug"]: row["title"] for row in rows(CATALOGUE / "units.csv")}

    def development(self, development):
        kind, _, of = development.partition(".")
        title = next((names[of] for names in (self.qualifications, self.slugs, self.competences, self.courses) if of in names), of)
        return title if kind in ("qualification", "unit", "course", "apprenticeship", "status") else f"{self.kinds[kind]}: {title}"

    def wish(self, wish):
        for what, names in (("role", self.roles), ("qualification", self.qualifications), ("competence", self.competences)):
            if what in wish:
                return names[wish[what]]
        return ""

    def held(self, held):
        year = held["date"][:4]
        if "subject" in held:
            return f"{held['subject'].capitalize() if held['subject'] == 'english' else held['subject']} at level {held['level']} ({year})"
        title = self.qualifications[held["qualification"]] if "qualification" in held else f"unit: {self.units[held['unit']]}"
        return f"{title} ({year}, to {day(held['expires'])})" if "expires" in held else f"{title} ({year})"


def day(text):
    date = datetime.date.fromisoformat(text)
    return f"{date.day} {date:%B %Y}"


# --- plain words for the text of an expectation ---

def people_of(case):
    """Person -> the title of the post, for the colleagues and the people advised."""
    return {fact["subject"]: fact["data"].get("title", "") for fact in case["facts"] if fact["type"] == "needs.person.recorded.v1"}


def offers_of(case):
    return {fact["data"]["offer"]: fact["data"]["development"] for fact in case["facts"] if fact["type"] == "needs.provision.recorded.v1"}


def plain(text, case, names):
    people, offers = people_of(case), offers_of(case)
    words = [names.competences, names.units, {code: title for code, title in names.qualifications.items() if re.search(r"\d|-", code)}]
    codes = {code: title for table in words for code, title in table.items()}

    def titled(match):
        code = match[0]
        return f"\"{codes[code]}\"" if code in codes else code
    own = {people.get(person) for person in case["advised"]}

    def person(match):
        if match[0] in case["advised"] or match[0] not in people:
            return "the person"
        return "a colleague" if people[match[0]] in own else f"the {people[match[0]]}"
    text = re.sub(r"p-[AB]\d\d(?:-\w+)?", person, text)
    text = re.sub(r"OF-\w+(?:-\d)?", lambda match: names.development(offers[match[0]]) if match[0] in offers else "of another school", text)
    text = re.sub(r"\b(?:STL\d+|X\.[A-Z0-9]{4}|TDA \d\.\d+|[A-Z][A-Z0-9]+(?:-[A-Z0-9]+)+|[A-Z]{2,}\d)(?![\w-])", titled, text)
    return text[:1].upper() + text[1:]


def plain_source(text, case, names):
    text = re.sub(r"(?<![\w-])00[0-4]\b", lambda match: SOURCES[match[0]][0], text)
    for short, long in LAW.items():
        text = re.sub(rf"\b{short}\b", long, text)
    text = re.sub(r"\b(english|maths|food|ict|ta|sbm)@(\d)", r"\1 at level \2", text)
    return plain(text, case, names)


# --- one person ---

def post(role, names):
    hours = f", {role['minutes'] / 60:g} hours a week" if "minutes" in role else ""
    weeks = f", {role['weeks']} weeks a year" if "weeks" in role else ""
    employer = f", employer: {role['employer']}" if role.get("employer", "school") != "school" else ""
    return f"{names.roles[role['role']]} since {day(role['from'])}{hours}{weeks}{employer}"


def who(case, person, names):
    """What is known of a person, in a few lines."""
    facts = [fact for fact in case["facts"] if fact.get("subject") == person]
    data = {}
    for fact in facts:
        if fact["type"] in ("needs.person.recorded.v1", "needs.preference.recorded.v1"):
            data.update(fact["data"])
    yield "Post: " + "; ".join(post(role, names) for role in data.get("roles", [])) + "."
    if data.get("duties"):
        yield "Duty besides: " + "; ".join(names.competences[duty["competence"]] for duty in data["duties"]) + "."
    if data.get("away"):
        yield "Away: " + "; ".join(f"{day(away['from'])} to {day(away['to'])}" for away in data["away"]) + "."
    if data.get("holds"):
        yield "Holds: " + "; ".join(names.held(held) for held in data["holds"]) + "."
    if data.get("wishes"):
        yield "Wishes: " + "; ".join(dict.fromkeys(names.wish(wish) for wish in data["wishes"])) + "."
    yield from stands(case, facts, data, names)
    if data.get("no_computer"):
        yield "Uses no computer."
    for fact in facts:
        if fact["type"] == "needs.response.recorded.v1":
            answer = fact["data"]
            why = f" ({names.barriers[answer['barrier']]})" if "barrier" in answer else ""
            yield f"{answer['response'].capitalize()} by the {answer['by']} on {day(answer['date'])}: {names.development(answer['recommendation'])}{why}."


# --- how a person stands beside what the posts ask ---

def asked(data, authority):
    """Competence -> the highest level that the posts ask."""
    families = {row["role"]: row["family"] for row in rows(CATALOGUE / "roles.csv")}
    scopes = {"all"}
    for role in data.get("roles", []):
        scopes |= {f"family:{families[role['role']]}", f"role:{role['role']}"}
    levels = {}
    for row in rows(CATALOGUE / "profiles.csv") + (rows(HERE / "889" / "profiles.csv") if authority == "889" else []):
        if row["scope"] in scopes:
            levels[row["competence"]] = max(levels.get(row["competence"], 0), int(row["level"]))
    return levels


def gives():
    """Qualification, unit or subject -> competence -> level that a certificate shows."""
    found = {"english": {"X.ENGL": 3}, "maths": {"X.MATH": 3}}
    for name, key in (("qualifications.csv", "qualification"), ("units.csv", "unit")):
        for row in rows(CATALOGUE / name):
            found[row[key]] = {code: int(level) for code, _, level in (part.rpartition(":") for part in row["gives"].split(";") if part)}
    return found


def records(facts, data):
    """Competence -> (date, level, kind of evidence, last day), newest first."""
    found = {}
    for fact in facts:
        for rating in fact["data"].get("ratings", []):
            kind = rating.get("evidence") or fact["data"].get("evidence") or "manager"
            found.setdefault(rating["competence"], []).append((fact["data"]["date"], rating["level"], kind, rating.get("expires")))
    shown = gives()
    for held in data.get("holds", []):
        of = held.get("qualification") or held.get("unit") or held["subject"]
        for competence, level in shown[of].items():
            found.setdefault(competence, []).append((held["date"], level, "certificate", held.get("expires")))
    return {competence: sorted(of, reverse=True, key=lambda record: record[0]) for competence, of in found.items()}


def last_day(record, months):
    """The last day on which a record counts, or None."""
    date, _, _, expires = record
    if expires or not months:
        return expires
    year, month = divmod(int(date[:4]) * 12 + int(date[5:7]) - 1 + int(months), 12)
    return f"{year}-{month + 1:02}-{date[8:]}"


def stands(case, facts, data, names):
    """What is short of the post, what is out of date, and how much nobody has rated."""
    months = {row["code"]: row.get("refresh_months") for row in all_rows("competences.csv")}
    found, short, old, unrated = records(facts, data), [], [], []
    for competence, required in asked(data, facts[0]["authority"]).items():
        of = found.get(competence, [])
        code = competence.rpartition("/")[2]
        title, words = names.competences[code], names.levels[code]
        if not of:
            unrated.append(title)
            continue
        last = max((last_day(record, months[code]) or "9999" for record in of))
        strongest = max(record[1] for record in of if record[2] != "self") if any(record[2] != "self" for record in of) else of[0][1]
        low = [record for record in of if record[1] < required]
        if last < case["day"]:
            old.append(f"{title} (since {day(last)})")
        elif low and (strongest < required or low[0][0] == of[0][0] and low[0][2] not in ("self", "certificate")):
            views = ", ".join(f"{words[record[1]]} by {record[2]}" for record in of)
            short.append(f"{title} ({views}; asked: {words[required]})")
    if short:
        yield "Short of the post: " + "; ".join(short) + "."
    if old:
        yield "Out of date: " + "; ".join(old) + "."
    if unrated:
        yield f"Not rated: {'; '.join(unrated) if len(unrated) <= 5 else f'{len(unrated)} things that the post asks'}."


def state(case, expectation, still_open):
    if not expectation.get("ref"):
        return BY_READING
    return NOT_YET if (case["id"], expectation["kind"], expectation["text"]) in still_open else HOLDS


def person_page(case, still_open, names):
    yield f"\n## {case['id']}: {case['headline']}\n"
    yield f"{plain(case['story'], case, names)}\n"
    yield from dict.fromkeys(f"- {line}" for person in case["advised"] for line in who(case, person, names))
    yield f"- Advised on {day(case['day'])}."
    for kind, heading in KINDS.items():
        of_kind = [expectation for expectation in case["expectations"] if expectation["kind"] == kind]
        if not of_kind:
            continue
        yield f"\n| {heading} | Source | Today |\n|---|---|---|"
        for expectation in of_kind:
            text, source = plain(expectation["text"], case, names), plain_source(expectation["source"], case, names)
            yield f"| {text} | {source} | {state(case, expectation, still_open)} |".replace("\n", " ")


def counted(states):
    return ", ".join(f"{states.count(of)} {of}" for of in (HOLDS, NOT_YET, BY_READING) if of in states)


def totals(cases, still_open):
    yield "\n## At a glance\n"
    yield "| What is expected | Today |\n|---|---|"
    for about, heading in ABOUT.items():
        states = [state(case, expectation, still_open) for case in cases for expectation in case["expectations"] if expectation["about"] == about]
        yield f"| {heading} | {counted(states)} |"
    yield ""
    yield "| Person | Must | Must not | Better advice |\n|---|---|---|---|"
    for case in cases:
        counts = []
        for kind in KINDS:
            states = [state(case, expectation, still_open) for expectation in case["expectations"] if expectation["kind"] == kind]
            counts.append(counted(states))
        yield f"| {case['id']}: {case['headline']} | {' | '.join(counts)} |"


def everybody_page(everybody, cases, still_open, names):
    """What is expected for each person, once, with those for whom it is not held yet."""
    yield "\n## Everybody\n\nThese hold for all, and are not said again."
    for kind, heading in KINDS.items():
        yield f"\n| {heading} | Source | Today |\n|---|---|---|"
        for expectation in (expectation for expectation in everybody if expectation["kind"] == kind):
            states = {case["id"]: state(case, expectation, still_open) for case in cases}
            failing = [person for person, today in states.items() if today == NOT_YET]
            today = f"{NOT_YET} for {', '.join(failing)}" if failing else next(iter(states.values()), HOLDS)
            yield f"| {expectation['text']} | {plain_source(expectation['source'], cases[0], names)} | {today} |"


def page(cases, everybody, still_open):
    names = Names()
    lines = [INTRO, *(f"- {short}: {title}." for short, title in SOURCES.values())]
    lines.append("- Arithmetic: follows from the facts of the case. Decency: how people are spoken to. Law: named by its title.")
    lines += totals(cases, still_open)
    lines += everybody_page(everybody, cases, still_open, names)
    for case in cases:
        lines += person_page(case, still_open, names)
    return "\n".join(lines) + "\n"
