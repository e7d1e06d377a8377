"""What the tests of rules and advice share: rule files, reloads, and advice as it is compared."""
import json
import pathlib
import shutil
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
STATUTORY = {"X@2026/X.SAFE", "X@2026/X.PREV", "X@2026/X.HSAW", "X@2026/X.FIRE", "X@2026/X.GDPR"}  # of everybody's profile


def bare(recommendations):
    """What is compared: everything but the stand and what was answered to it, as bytes."""
    return [json.dumps({k: v for k, v in r.items() if k not in ("stand", "responses", "agreement")}, ensure_ascii=False) for r in recommendations]


def standing(door, persons):
    """(school, person) -> advice as it is compared."""
    return {(school, person): bare(door.person(person, school=school)["recommendations"]) for school, person in persons}


def by_id(answer):
    return {r["recommendation"]: r for r in answer["recommendations"]}


def answering(answer, competence):
    """The recommendations of an answer to `ask person` that answer a competence."""
    return [r for r in answer["recommendations"] if any(a["competence"] == competence for a in r["answers"])]


def about(publications, recommendation):
    """(kind, cause) of everything said about one recommendation, in order."""
    return [(p["type"].split(".")[2], p.get("cause")) for p in publications if p["data"].get("recommendation") == recommendation]


def rule(name, when="return true", recommend="return shadowing {}", **fields):
    """A rule file's text; `fields` are Lua expressions."""
    more = "".join(f"  {k} = {v},\n" for k, v in fields.items())
    return (f'rule "{name}" {{\n  about = "A rule of the tests", source = "guide-2010/step-3", owner = "Tests",\n{more}'
            f"  when = function(need, person, school) {when} end,\n"
            f"  recommend = function(need, person, school) {recommend} end,\n}}\n")


def write_rules(directory, files, replace=False):
    """Makes `directory` hold exactly these rule files (name -> text); `replace`: without the shipped rules."""
    directory = pathlib.Path(directory)
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    for name, text in files.items():
        (directory / f"{name}.lua").write_text(text)
    if replace:
        (directory / ".replace-default").write_text("")
    return directory


def log_of(daemon):
    return daemon.log.read_text(errors="replace")


def reload(daemon, timeout=20.0):
    """SIGHUP, and wait for what becomes of it: True taken, False refused."""
    before = log_of(daemon)
    seen = before.count(" reloaded"), before.count("reload refused")
    daemon.hup()
    until = time.monotonic() + timeout
    while time.monotonic() < until:
        log = log_of(daemon)
        if log.count(" reloaded") > seen[0]:
            return True
        if log.count("reload refused") > seen[1]:
            return False
        time.sleep(0.005)
    raise TimeoutError("nothing came of the SIGHUP")


def wait_for(condition, timeout=20.0, what="it"):
    until = time.monotonic() + timeout
    while time.monotonic() < until:
        got = condition()
        if got:
            return got
        time.sleep(0.002)
    raise TimeoutError(f"{what} did not come about")
