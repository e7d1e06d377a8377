"""One good event of each type with every member that the protocol names, and a way to change one place of it."""
import copy

AUTHORITY, SCHOOL = "888", "8889901"
GONE = object()  # as a value: the member is left out

DATA = {
    "person.recorded": {
        "roles": [{"role": "TASS", "from": "2024-09-01", "to": "2030-08-31", "minutes": 1500, "weeks": 39, "contract": "PRM", "term_time": True,
                   "employer": "school", "main": True, "works": {"mon": [["08:45", "15:15"]], "tue": [["08:45", "12:00"], ["12:45", "15:15"]]}},
                  {"role": "MIDS", "from": "2025-01-06"}],
        "title": "Teaching assistant", "started": "2024-09-01",
        "holds": [{"unit": "TDA 2.1", "date": "2020-07-01", "expires": "2031-01-01"}, {"qualification": "STLS2-CERT", "date": "2021-07-01"},
                  {"level": 2, "subject": "maths", "date": "2012-08-20"}],
        "duties": [{"competence": "STL19", "from": "2026-01-05", "to": "2027-01-05"}, {"competence": "STL@2007/STL4", "from": "2026-01-05"}],
        "helps": [{"as": "buddy", "for": ["STL3", "STL4"], "capacity": 1, "from": "2026-01-05", "to": "2027-01-05", "consent": True}],
        "away": [{"from": "2026-02-02", "to": "2026-02-13"}]},
    "appraisal.recorded": {
        "date": "2026-03-02", "by": "m-004",
        "ratings": [{"competence": "STL3", "level": 2},
                    {"competence": "STL19", "level": 1, "evidence": "self", "certainty": 80, "confidence": 1, "nature": "skill", "expires": "2027-03-02"}],
        "duties": [{"competence": "STL20", "from": "2026-04-01"}], "occasion": "review"},
    "assessment.recorded": {
        "date": "2026-04-14", "evidence": "observer", "by": "o-12",
        "ratings": [{"competence": "STL19", "level": 2, "certainty": 80}, {"competence": "STL5", "level": 4, "evidence": "test"}], "occasion": "audit"},
    "achievement.recorded": {"date": "2026-05-20", "unit": "TDA 2.2", "credit": 3, "expires": "2030-05-20", "provider": "A college"},
    "preference.recorded": {
        "wishes": [{"role": "HLTA"}, {"qualification": "STLS3-DIP"}, {"competence": "STL21"}], "formats": ["in-person", "online"],
        "times": ["morning"], "progression": "yes", "no_computer": False, "share_with": "manager"},
    "school.recorded": {
        "phase": "primary", "clusters": ["north", "east"], "terms": [{"from": "2026-01-05", "to": "2026-02-13"}],
        "inset": [{"date": "2026-01-05", "start": "09:00", "end": "15:30"}], "roster": {"learning-support": 18, "midday": 9},
        "cover": {"learning-support": {"rate": 1450, "available": True}}, "training_plan": {"date": "2026-01-05", "families": ["midday", "site"]}},
    "priority.recorded": {
        "priority": "behaviour", "competences": [{"competence": "STL19", "weight": 4}, {"competence": "STL20", "weight": 1}], "roles": ["TASS"],
        "from": "2026-01-10", "to": "2026-12-31"},
    "provision.recorded": {
        "offer": "OF-012", "development": "unit.TDA-2.2", "for": ["TASS", "midday", "all"], "provider": "Authority training",
        "sessions": [{"date": "2026-06-09", "start": "13:00", "end": "15:30", "place": "Northgate Centre"}], "places": 24,
        "cost": {"fee": 4500, "registration": 0, "materials": 0, "travel": 500}, "fund": "levy", "mode": "in-person", "accredited": True,
        "open_to": "all", "closed": False},
    "response.recorded": {
        "recommendation": "unit.TDA-2.2", "date": "2026-04-20", "response": "declined", "by": "manager", "barrier": "no-cover", "on_behalf": "m-004",
        "feedback": {"useful": 4, "relevant": 5, "delivered": 1}, "impact": ["confidence", "skill-used"]},
    "agreement.recorded": {
        "recommendation": "unit.TDA-2.2", "date": "2026-04-21",
        "terms": [{"check": "release", "status": "met", "minutes": 360, "payer": "school", "amount": 1200, "until": "2026-07-21"}],
        "intended": ["confidence"], "success": {"competence": "STL19", "level": 2, "by": "2026-07-21"}, "agreed_by": "m-004"},
    "record.withdrawn": {"of": ["never-sent-1", "never-sent-2"], "reason": "wrong-person"},
    "person.left": {"date": "2026-07-21", "reason": "moved"},
    "person.restricted": {"date": "2026-06-01", "restricted": False},
    "person.erase": {"date": "2026-09-01"},
}
KINDS = list(DATA)
PUBLISHED = ("cohort.changed", "cohort.issued", "cohort.withdrawn", "person.erased", "publication.erased", "recommendation.changed", "recommendation.issued", "recommendation.withdrawn", "rule.failed")
ABOUT_NOBODY = {"school.recorded", "priority.recorded", "provision.recorded", "record.withdrawn"}
DASH_OK = {"priority.recorded", "provision.recorded", "record.withdrawn"}


def good(kind, id, subject="p-0001", school=SCHOOL, **more):
    """A good event of this kind; of a kind that is about nobody `subject` is left out."""
    event = {"specversion": "1.0", "id": id, "source": "samples/888", "type": f"needs.{kind}.v1", "time": "2026-03-02T15:30:00Z",
             "authority": AUTHORITY, "school": school, "data": copy.deepcopy(DATA[kind]), **more}
    if kind not in ABOUT_NOBODY:
        event["subject"] = subject
    return event


def steps(pointer):
    return [s.replace("~1", "/").replace("~0", "~") for s in pointer.split("/")[1:]]


def put(event, pointer, value):
    """Sets, adds or (GONE) removes what a JSON Pointer names; `-` or an index past the end appends to a list."""
    *way, last = steps(pointer)
    at = event
    for step in way:
        at = at[int(step)] if isinstance(at, list) else at[step]
    if isinstance(at, list):
        if value is GONE:
            del at[int(last)]
        elif last == "-" or int(last) >= len(at):
            at.append(value)
        else:
            at[int(last)] = value
    elif value is GONE:
        del at[last]
    else:
        at[last] = value
    return event


def get(event, pointer):
    at = event
    for step in steps(pointer):
        at = at[int(step)] if isinstance(at, list) else at[step]
    return at
