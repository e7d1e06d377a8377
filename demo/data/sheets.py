"""The spreadsheets of the demo's schools, as schools really have them. Called by make.py.

A staff list with semicolons, a title and a footer; one in an old Windows character set that knows job titles only; one in UTF-16; a
wide appraisal grid with merged headings and words; a traffic-light grid; an export of a form that people filled in themselves;
training records with dates and expiries. What they mean is said in the *.map files beside them.
"""
import csv
import datetime
import io
import random

from make import FAMILY, HERO, profile, uk_date

AS_AT = "2026-09-01"
CHAMPION = "Reading Champion"  # a job that four schools have and no catalogue knows
SCHOOLS = {  # first number of a person, how many in which role
    "westbrook": (701, {"TASS": 17, "LSEN": 5, "HLTA": 2, "MIDA": 9, "MIDS": 1, "ADMC": 2, "BUSS": 1, "CTKR": 1, "CLNR": 3, "COOK": 1, "CATR": 3, "LMEN": 1}),
    "elmbank": (801, {"TASS": 12, "NNSE": 4, "MIDA": 6, "ADMC": 1, "SSEC": 1, "CTKR": 1, "CATR": 2}),
    "saintanne": (901, {"TASS": 10, "LSEN": 3, "HLTA": 1, "MIDA": 7, "ADMC": 2, "CTKR": 1, "CLNR": 3, "COOK": 1, "CATR": 3}),
    "riverside": (1001, {"TASS": 11, "LSEN": 10, "COVR": 4, "LMEN": 3, "PAST": 5, "STCH": 4, "ICTT": 2, "ADMC": 6, "EXAM": 1, "FINC": 2, "DATA": 1,
                         "LIBR": 1, "CTKR": 3, "CLNR": 6, "CATR": 5}),
    "acorns": (1101, {"NNSE": 13, "TASS": 3, "ADMC": 1, "CTKR": 1, "CATR": 1}),
}
TITLES = {
    "TASS": ("Teaching Assistant", "Classroom Assistant", "TA"), "LSEN": ("1:1 Support", "SEN Support Assistant"), "NNSE": ("Nursery Nurse",),
    "HLTA": ("HLTA",), "MIDA": ("Midday Assistant", "Lunchtime Assistant", "Dinner Lady"), "MIDS": ("Midday Supervisor",), "ADMC": ("Admin Assistant",),
    "SSEC": ("School Secretary",), "BUSS": ("School Business Manager",), "CTKR": ("Caretaker",), "CLNR": ("Cleaner",), "COOK": ("School Cook",),
    "CATR": ("Kitchen Assistant",), "LMEN": ("Learning Mentor",), "PAST": ("Pastoral Support Officer",), "COVR": ("Cover Supervisor",),
    "STCH": ("Science Technician",), "ICTT": ("ICT Technician",), "EXAM": ("Exams Officer",), "FINC": ("Finance Officer",), "DATA": ("Data Manager",),
    "LIBR": ("Librarian",),
}
HOURS = {"midday": 7.5, "catering": 22.5, "site": 37, "administration": 30}
YEAR_ROUND = ("CTKR", "BUSS", "FINC")


def staff(name):
    """One row a post; who is imperfect is said where it is written."""
    rng = random.Random(f"needsd demo {name} staff")
    number, roles = SCHOOLS[name]
    posts = []
    for role, count in roles.items():
        for i in range(count):
            year_round = role in YEAR_ROUND
            posts.append({
                "person": f"p-{number:04}", "role": role, "title": TITLES[role][i % len(TITLES[role])], "from": f"{rng.randint(2012, 2025)}-09-01", "to": "",
                "hours": HOURS.get(FAMILY[role], rng.choice((15, 25, 27.5, 32.5))), "weeks": 52 if year_round else rng.choice((38, 39, 39)),
                "contract": rng.choices(("Permanent", "Fixed term"), (6, 1))[0], "term": "No" if year_round else "Yes", "employer": "School"})
            number += 1
    return posts, number


def champion(number, since="2025-09-01"):
    """Somebody with a job title and no census role."""
    return {"person": f"p-{number:04}", "role": "", "title": CHAMPION, "from": since, "to": "", "hours": 15, "weeks": 39, "contract": "Permanent",
            "term": "Yes", "employer": "School"}


def write(path, rows, delimiter=",", encoding="utf-8", bom=b""):
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    path.write_bytes(bom + out.getvalue().encode(encoding))


def comma(hours):
    """As a continental spreadsheet writes it."""
    return f"{hours:g}".replace(".", ",")


def in_words(iso):
    d = datetime.date.fromisoformat(iso)
    return f"{d.day} {d:%b %Y}"


# --- staff lists ---

def westbrook_staff(here):
    """Semicolons, a title and footers. A split post, somebody who left, two rows that are wrong."""
    posts, number = staff("westbrook")
    posts += [champion(number), champion(number + 1)]
    one = posts[2]
    posts.insert(3, {**one, "role": "MIDA", "title": "Midday Assistant", "hours": 5, "from": "2023-09-01"})  # a split post: two roles, one person
    posts[8]["to"] = "2026-07-21"
    rows = [["Westbrook Primary School: staff as at 1 September 2026"], [],
            ["Staff ref", "Job title", "Census role", "Start date", "End date", "Hours/week", "Weeks/year", "Contract", "Term time only", "Employed by"]]
    for post in posts:
        rows.append([post["person"], post["title"], post["role"], uk_date(post["from"]), post["to"] and uk_date(post["to"]), comma(post["hours"]),
                     post["weeks"], post["contract"], post["term"], post["employer"]])
    rows[14][3] = "31/09/2019"  # a day that was never
    rows[20][2] = "TA"  # a title where the census has a code
    rows += [[], ["Total", "", "", "", "", comma(sum(post["hours"] for post in posts))], ["Printed on 14/09/2026 from the staff book"]]
    write(here / "westbrook-staff.csv", rows, ";", "utf-8", b"\xef\xbb\xbf")


def elmbank_staff(here):
    """Job titles and no census roles; dates in words; an old Windows character set."""
    posts, number = staff("elmbank")
    posts.append(champion(number))
    rows = [["Staff code", "Job title", "Started", "Hours", "TTO", "Room"]]
    rooms = ("Ladybirds", "Caf\u00e9 corner", "Hall \u2013 east", "Office")
    for i, post in enumerate(posts):
        rows.append([post["person"], post["title"], in_words(post["from"]), f"{post['hours']:g}", post["term"][0], rooms[i % 4]])
    rows.insert(15, [])
    write(here / "elmbank-staff.csv", rows, ",", "cp1252")


def saintanne_staff(here):
    """What a spreadsheet program calls Unicode text: UTF-16 with tabs. An assistant who also works at Westbrook."""
    posts, number = staff("saintanne")
    posts.append(champion(number))
    posts.append({**posts[0], "person": "p-0705", "hours": 10, "from": "2024-09-01"})  # two schools, half a week each
    rows = [["Staff ref", "Role code", "Start date", "Hours per week", "Weeks per year", "Contract", "Term time", "Job title"]]
    for post in posts:
        rows.append([post["person"], post["role"], uk_date(post["from"]), f"{post['hours']:g}", post["weeks"], {"P": "PRM", "F": "FXT"}[post["contract"][0]],
                     post["term"], post["title"]])
    write(here / "saintanne-staff.csv", rows, "\t", "utf-16-le", b"\xff\xfe")


def riverside_staff(here):
    """An academy: the trust employs, a caterer supplies the cook."""
    posts, number = staff("riverside")
    posts.append({**champion(number), "employer": "Trust"})
    posts.append({"person": f"p-{number + 1:04}", "role": "COOK", "title": "Head Cook", "from": "2024-09-01", "to": "", "hours": 35, "weeks": 39, "contract": "Catering company",
                  "term": "Yes", "employer": "Catering company"})
    rows = [["Riverside Academy: staff as at 1 September 2026"],
            ["Employee ID", "Post title", "Role", "Post start", "FTE hours", "Paid weeks", "Contract type", "TTO", "Employer"]]
    for post in posts:
        employer = "Trust" if post["employer"] == "School" else post["employer"]
        rows.append([post["person"], post["title"], post["role"], post["from"], f"{post['hours']:g}", post["weeks"], post["contract"], post["term"], employer])
    write(here / "riverside-staff.csv", rows)


def acorns_staff(here):
    posts, _ = staff("acorns")
    rows = [["person", "role", "start", "hours", "weeks", "term-time", "employer"]]
    rows += [[post["person"], post["role"], post["from"], f"{post['hours']:g}", post["weeks"], post["term"].lower(), "school"] for post in posts]
    write(here / "acorns-staff.csv", rows)


# --- appraisals ---

WORDS = ("Not yet", "Emerging", "Secure", "Strong", "Leads others")
GRID = [  # merged heading, the school's own words, what they mean
    ("Working with pupils", "Helps pupils learn", "STL1"), ("", "Keeps children safe", "STL3"), ("", "Gets on with children", "STL4"),
    ("", "Literacy and numeracy", "STL6"), ("Working with others", "Works as part of the team", "STL5"), ("", "Plans and evaluates", "STL2"),
    ("Inclusion", "Special needs", "X.SEND"), ("", "Speech and language", "X.SLCN")]


def level_now(rng, wanted, competence):
    """Mostly what the role asks for, sometimes a level or two below; None where the role asks for nothing."""
    if competence not in wanted:
        return None
    return max(0, min(4, wanted[competence][0] - rng.choices((0, 1, 2, -1), (58, 26, 9, 7))[0]))


def westbrook_appraisal(here):
    """Wide, with merged headings, words for levels, and blanks where nobody was asked."""
    rng = random.Random("needsd demo westbrook appraisal")
    posts, _ = staff("westbrook")
    rows = [["Appraisal round, summer 2026"], ["", "", *(group for group, _, _ in GRID)], ["Staff ref", "Date of review", *(words for _, words, _ in GRID)]]
    for post in posts:
        wanted = profile(post["role"])
        if FAMILY[post["role"]] not in ("learning-support", "midday"):
            continue
        cells = []
        for _, _, competence in GRID:
            level = level_now(rng, wanted, competence)
            cells.append("" if level is None or rng.random() < 0.12 else rng.choice(("n/a", "")) if rng.random() < 0.05 else WORDS[level])
        rows.append([post["person"], f"{rng.randint(1, 17):02}.07.2026", *cells])
    rows[9][3] = "Emergent"  # a word that the school does not use anywhere else
    rows.append(["", "", *("" for _ in GRID)])
    rows.append(["* reviews of staff on leave follow in October"])
    write(here / "westbrook-appraisal.csv", rows, ",", "utf-8")


LIGHTS = ("Red", "Red", "Amber", "Green", "Green")
RAG = [("STL3", "Safety of children"), ("STL5", "Teamwork"), ("STL4", "Relationships"), ("X.SEND", "SEND"), ("X.MHWB", "Wellbeing"), ("X.DEES", "De-escalation"),
       ("X.ITSK", "IT"), ("X.EQUA", "Equality")]


def riverside_lights(here):
    """A traffic light for each person and topic; 1 to 4 for one topic, 1 the best."""
    rng = random.Random("needsd demo riverside lights")
    posts, _ = staff("riverside")
    rows = [["Employee ID", "Reviewed on", *(words for _, words in RAG), "First aid (1 = best)"]]
    for post in posts:
        wanted = profile(post["role"])
        levels = [level_now(rng, wanted, competence) for competence, _ in RAG]
        rows.append([post["person"], f"2026-07-{rng.randint(1, 17):02}", *("" if level is None else LIGHTS[level] for level in levels), rng.choice(("", "", 1, 2, 3))])
    write(here / "riverside-lights.csv", rows)


SELF = [("STL12", "Pupils with special needs"), ("X.MHWB", "Mental health and wellbeing"), ("X.SLCN", "Speech, language and communication"),
        ("X.AUTI", "Autism"), ("X.DEES", "Calming a situation down"), ("X.ITSK", "Computers and tablets")]
ANSWERS = ("I have not done this", "I know about it", "I can do it with help", "I can do it by myself", "I could show others")


def self_assessment(here, name, posts):
    """What a form on the web exports: a time stamp, the question as the heading, the answer in words."""
    rng = random.Random(f"needsd demo {name} self")
    rows = [["Timestamp", "Your staff number", *(f"How sure are you? [{words}]" for _, words in SELF), "Anything else?"]]
    for person, role in posts:
        wanted = profile(role)
        if person == HERO or rng.random() < 0.35:
            continue
        levels = [level_now(rng, wanted, competence) for competence, _ in SELF]
        stamp = f"{rng.randint(14, 28)}/09/2026 {rng.randint(7, 17):02}:{rng.randint(0, 59):02}:{rng.randint(0, 59):02}"
        rows.append([stamp, person, *("" if level is None else ANSWERS[level] for level in levels), rng.choice(("", "", "Thank you!", "More time, please"))])
    write(here / f"{name}-self.csv", rows)


# --- training records ---

COURSES = {  # as offices write it: who needs it, for how many years it holds
    "Safeguarding refresher": ("X.SAFE", 1), "Prevent awareness (online)": ("X.PREV", 2), "Fire safety": ("X.FIRE", 1), "Data protection": ("X.GDPR", 2),
    "Health & safety induction": ("X.HSAW", 0), "Paediatric First Aid (12 hours)": ("X.PFAI", 3), "Level 2 Food Hygiene": ("X.FOOD", 3)}


def training(here, name, people):
    """Certificates: a row each, with the day that they hold until. Some are missing, some have run out."""
    rng = random.Random(f"needsd demo {name} training")
    rows = [["Staff ref", "Course", "Date achieved", "Expiry date", "Provider"]]
    for person, role in people:
        wanted = profile(role)
        for course, (competence, years) in COURSES.items():
            if competence not in wanted or rng.random() < 0.12:
                continue
            held = datetime.date(rng.choice((2024, 2025, 2025, 2026)), rng.randint(1, 8), rng.randint(1, 28))
            until = held.replace(year=held.year + years) if years else None
            rows.append([person, course, f"{held:%d/%m/%Y}", f"{until:%d/%m/%Y}" if until else "", rng.choice(("Authority training", "On line", "St. Bede's Trust"))])
    if name == "saintanne":  # the two dates are exchanged
        wrong = next(row for row in rows[1:] if row[3])
        wrong[2], wrong[3] = wrong[3], wrong[2]
    write(here / f"{name}-training.csv", rows, ",", "cp1252")


def roles_of(name):
    return [(post["person"], post["role"]) for post in staff(name)[0]]


def write_all(here, hillside):
    """`hillside`: its people's numbers and roles, its good ratings as rows."""
    people, ratings = hillside
    for one in (westbrook_staff, elmbank_staff, saintanne_staff, riverside_staff, acorns_staff, westbrook_appraisal, riverside_lights):
        one(here)
    self_assessment(here, "hillside", people)
    self_assessment(here, "elmbank", roles_of("elmbank"))
    for name in ("saintanne", "riverside", "acorns"):
        training(here, name, roles_of(name))
    sorted_alone(here, ratings)


def sorted_alone(here, rows):
    """Somebody sorted the column of levels alone: every row is read, and most of them are wrong."""
    some = [list(row) for row in rows if row[4] == "manager" and row[0] in (HERO, "p-0105", "p-0107", "p-0108", "p-0109")]
    levels = sorted((row[3] for row in some), reverse=True)
    heading = ["person", "date", "competence", "level", "evidence", "by"]
    write(here / "hillside-sorted.csv", [heading, *([*row[:3], level, *row[4:]] for row, level in zip(some, levels))])
