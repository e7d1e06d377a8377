"""What a change of the catalogue does to what is recorded is said, and refused where levels would mean something else."""
import subprocess

import pytest

from advice import log_of, reload
from daemon import ROOT, Daemon, build_dir
from door import Fault, event, post, rated

FRAMEWORK = "framework,version,title,levels\nFW,{version},t,{levels}\n"
COMPETENCES = "framework,version,code,title,purpose\n"


def write(directory, levels="no;part;yes", version="1", codes=("A1", "A2"), **more):
    directory.mkdir(exist_ok=True)
    (directory / "frameworks.csv").write_text(FRAMEWORK.format(version=version, levels=levels))
    (directory / "competences.csv").write_text(COMPETENCES + "".join(f"FW,{version},{c},Thing {c},role\n" for c in codes))
    for name, text in more.items():
        (directory / f"{name}.csv").write_text(text)
    return directory


@pytest.fixture
def place(tmp_path):
    """Six people rated on FW@1/A1, one on FW@1/A2."""
    own = write(tmp_path / "own")
    daemon = Daemon(directory=tmp_path / "d", authorities={"888": {"catalogue": own}})
    with daemon:
        daemon.own_catalogue = own
        door = daemon.door()
        door.day("2026-09-01")
        door.settle(door.push_good([post("p-0"), *(rated(f"p-{i}", {"FW@1/A1": 2}, evidence="observer") for i in range(6)), rated("p-0", {"FW@1/A2": 1}, evidence="observer", id="on-A2")]))
        yield daemon


def told(daemon):
    return [line for line in log_of(daemon).splitlines() if "what is recorded changes its meaning" in line]


SCALE = "the levels of framework FW@1 are 'no;part;yes' and would be 'never;with help;mostly;always', so that 7 ratings would mean something else"


def test_a_scale_that_changes_under_its_version_is_refused_at_reload(place):
    write(place.own_catalogue, levels="never;with help;mostly;always")
    assert not reload(place)
    assert SCALE in log_of(place) and "give the new levels a new version of the framework" in log_of(place)
    assert place.door().ask("explain", authority="888", school="8889901", person="p-0", competence="FW@1/A1")
    write(place.own_catalogue)
    assert reload(place) and not told(place)


def test_a_scale_that_nobody_was_rated_on_may_change(place):
    write(place.own_catalogue, frameworks="framework,version,title,levels\nFW,1,t,no;part;yes\nNEW,1,t,no;yes\n",
          competences=COMPETENCES + "FW,1,A1,Thing,role\nFW,1,A2,Thing,role\nNEW,1,N1,Thing,role\n")
    assert reload(place)
    write(place.own_catalogue, frameworks="framework,version,title,levels\nFW,1,t,no;part;yes\nNEW,1,t,no;part;yes\n",
          competences=COMPETENCES + "FW,1,A1,Thing,role\nFW,1,A2,Thing,role\nNEW,1,N1,Thing,role\n")
    assert reload(place) and not told(place)


def test_at_start_the_last_good_ones_stay_in_force(place):
    door = place.door()
    before = door.ask("catalogue", authority="888")["hash"]
    assert place.stop() == 0
    write(place.own_catalogue, levels="never;with help;mostly;always")
    place.start()
    assert SCALE in place.new_log() and "the last good ones remain in force" in place.new_log()
    with place.door() as again:
        assert again.ask("catalogue", authority="888")["hash"] == before
        assert again.ask("verify", timeout=60)["ok"]


def test_a_new_version_beside_the_old_one_is_taken(place):
    write(place.own_catalogue, frameworks="framework,version,title,levels\nFW,1,t,no;part;yes\nFW,2,t,never;with help;mostly;always\n",
          competences=COMPETENCES + "FW,1,A1,Thing,role\nFW,1,A2,Thing,role\nFW,2,A1,Thing,role\n")
    assert reload(place) and not told(place)


def test_a_code_that_is_gone_is_told_with_how_many(place):
    write(place.own_catalogue, codes=("Z9", "A2"))
    assert reload(place)
    line, = told(place)
    assert "competence FW@1/A1 is not in the catalogue: 6 ratings that name it have no effect" in line
    write(place.own_catalogue, codes=("A1",))
    assert reload(place)
    assert "competence FW@1/A2 is not in the catalogue: fewer than 5 ratings that name it" in told(place)[-1]
    assert place.stop() == 0
    place.start()
    assert "competence FW@1/A2 is not in the catalogue" in place.new_log() and "FW@1/A1" not in place.new_log()


CROSSWALK = "from,to,relation\n"


def level(daemon, person, competence):
    door = daemon.door()
    door.settle()
    needs = {n["competence"]: n for n in door.ask("explain", authority="888", school="8889901", person=person)["needs"]}
    return needs[competence].get("current")


def test_a_rename_that_is_declared_takes_the_ratings_along(place):
    profile = "scope,competence,level,importance,weight,purpose\nrole:TASS,FW@1/{},2,essential,5,role\n"
    place.door().settle(place.door().push_good(rated("p-0", {"FW@1/A1": 1}, evidence="observer", date="2026-09-02", time="2026-09-02T09:00:00Z")))
    place.door().day("2026-09-02")
    write(place.own_catalogue, profiles=profile.format("A1"))
    assert reload(place) and level(place, "p-0", "FW@1/A1") == 1
    write(place.own_catalogue, codes=("Z9", "A2"), profiles=profile.format("Z9"), crosswalk=CROSSWALK + "FW@1/A1,Z9,exact\n")
    assert reload(place)
    assert "competence FW@1/A1 is not what it was: 7 ratings count as ratings of FW@1/Z9" in told(place)[-1]
    assert level(place, "p-0", "FW@1/Z9") == 1
    assert place.door().ask("verify", timeout=60)["ok"]
    write(place.own_catalogue, codes=("Z9", "A2"), profiles=profile.format("Z9"), crosswalk=CROSSWALK + "FW@1/A1,Z9,close\n")
    assert reload(place)
    assert "competence FW@1/A1 is not in the catalogue: 7 ratings that name it have no effect" in told(place)[-1]
    assert level(place, "p-0", "FW@1/Z9") is None


def test_a_rename_onto_another_scale_is_a_fault(place):
    frameworks = "framework,version,title,levels\nFW,1,t,no;part;yes\nFW,2,t,never;with help;mostly;always\n"
    competences = COMPETENCES + "FW,1,A2,Thing,role\nFW,2,A1,Thing,role\n"
    write(place.own_catalogue, frameworks=frameworks, competences=competences, crosswalk=CROSSWALK + "FW@1/A1,FW@2/A1,exact\n")
    assert not reload(place)
    assert "authority/crosswalk.csv:2:relation: 'FW@1/A1' and 'FW@2/A1' have different levels" in log_of(place)
    write(place.own_catalogue, version="2", crosswalk=CROSSWALK + "FW@1/A1,FW@2/A1,exact\n")
    assert not reload(place)
    assert "authority/crosswalk.csv:2:from: 'FW@1/A1' is of framework 'FW@1', which is not in frameworks.csv" in log_of(place)


def test_a_framework_that_is_gone_is_told_once(place):
    write(place.own_catalogue, version="2")
    assert reload(place)
    line, = told(place)
    assert "framework FW@1 is not in the catalogue: 7 ratings of its competences have no effect" in line


def test_other_codes_are_told_too(place):
    door = place.door()
    write(place.own_catalogue, roles="role,title,family,in_scope\nOURS,Our own,learning-support,no\n", units="unit,slug,title,assesses,open,gives\nOUR 1,OUR-1,One,competence,yes,FW@1/A1:1\n")
    assert reload(place)
    held = [event("achievement.recorded", {"unit": "OUR 1", "date": "2026-08-01"}, f"p-{i}") for i in range(5)]
    door.settle(door.push_good([post("p-7", role="OURS"), *held]))
    write(place.own_catalogue, units="unit,slug,title,assesses,open,gives\nOUR 1,OUR-1,One,competence,yes,FW@1/A1:2\n")
    (place.own_catalogue / "roles.csv").unlink()
    assert reload(place)
    lines = "\n".join(told(place))
    assert "role OURS is not in the catalogue: fewer than 5 records that name it have no effect" in lines
    assert "unit OUR 1 counts in another way than before: 5 records are read again" in lines


def test_a_directory_that_is_gone_is_refused(place):
    place.own_catalogue.rename(place.own_catalogue.with_name("elsewhere"))
    assert not reload(place)
    assert place.door().ask("explain", authority="888", school="8889901", person="p-0", competence="FW@1/A1")


def propose(door, directory):
    return door.request("propose", {"authority": "888", "as": "ann", "catalogue": {f.name: f.read_text() for f in directory.iterdir()}})


def without(directory):
    """The catalogue without FW@1, and with a framework of its own."""
    return write(directory, frameworks="framework,version,title,levels\nOTHER,1,t,no;yes\n", competences=COMPETENCES + "OTHER,1,O1,Thing,role\n")


REVERSED = "the levels of framework FW@1 are 'no;part;yes' and would be 'yes;part;no', so that 7 ratings would mean something else"


def test_a_framework_that_comes_back_keeps_its_levels(place):
    """Taken out, other levels put back: what was rated before is held against them, also after a restart."""
    without(place.own_catalogue)
    assert reload(place)
    write(place.own_catalogue, levels="yes;part;no")
    assert not reload(place)
    assert REVERSED in log_of(place)

    without(place.own_catalogue)
    assert reload(place)
    assert place.stop() == 0
    write(place.own_catalogue, levels="yes;part;no")
    place.start()
    assert REVERSED in place.new_log() and "the last good ones remain in force" in place.new_log()

    write(place.own_catalogue)
    assert reload(place) and level_words(place) == ["no", "part", "yes"]


def level_words(daemon):
    answer = daemon.door().ask("codes", authority="888", kind="competence", words="Thing A1")
    return next(row["levels"] for row in answer["frameworks"] if row["framework"] == "FW@1")


def test_a_competence_that_comes_back_is_held_against_its_own_time(place):
    """While A1 was away, nobody was rated on the framework, and its levels changed."""
    place.door().push_good(event("record.withdrawn", {"of": ["on-A2"], "reason": "typo"}))
    write(place.own_catalogue, codes=("A2",))
    assert reload(place)
    write(place.own_catalogue, codes=("A2",), levels="yes;part;no")
    assert reload(place)
    write(place.own_catalogue, codes=("A1", "A2"), levels="yes;part;no")
    assert not reload(place)
    assert REVERSED.replace("7 ratings", "6 ratings") in log_of(place)
    write(place.own_catalogue)
    assert reload(place)


def test_publish_and_rollback_compare_with_the_time_of_the_ratings(place, tmp_path):
    door = place.door()
    gone = propose(door, without(tmp_path / "gone"))
    door.request("publish", {"authority": "888", "as": "ann", "candidate": gone["candidate"], "name": "gone"})
    answer = propose(door, write(tmp_path / "back", levels="yes;part;no"))
    assert not answer["ok"] and any(REVERSED in f for f in answer["faults"]), answer

    door.request("rollback", {"authority": "888", "as": "ann"})
    door.request("rollback", {"authority": "888", "as": "ann", "name": "gone"})
    answer = propose(door, write(tmp_path / "back", levels="yes;part;no"))
    assert not answer["ok"] and any(REVERSED in f for f in answer["faults"]), answer
    assert propose(door, write(tmp_path / "right"))["ok"]


def test_a_unit_that_comes_back_with_other_levels_is_told(place):
    units = "unit,slug,title,assesses,open,gives\nOUR 1,OUR-1,One,competence,yes,FW@1/A1:{}\n"
    write(place.own_catalogue, units=units.format(1))
    assert reload(place)
    held = [event("achievement.recorded", {"unit": "OUR 1", "date": "2026-08-01"}, f"p-{i}") for i in range(5)]
    place.door().settle(place.door().push_good(held))
    (place.own_catalogue / "units.csv").unlink()
    assert reload(place)
    write(place.own_catalogue, units=units.format(2))
    assert reload(place)
    assert "unit OUR 1 counts in another way than before: 5 records are read again" in told(place)[-1]


def test_a_renamed_scale_is_named(place):
    """Both frameworks of the crosswalk have the new levels; the ratings were taken under the old ones."""
    frameworks = "framework,version,title,levels\nFW,1,t,yes;part;no\nFW,2,t,yes;part;no\n"
    competences = COMPETENCES + "FW,1,A2,Thing,role\nFW,2,A1,Thing,role\n"
    write(place.own_catalogue, frameworks=frameworks, competences=competences, crosswalk=CROSSWALK + "FW@1/A1,FW@2/A1,exact\n")
    assert not reload(place)
    assert REVERSED in log_of(place)


def test_what_is_refused_is_not_said_to_have_changed(place):
    write(place.own_catalogue, levels="yes;part;no", codes=("A2",))
    assert not reload(place)
    assert "would mean something else" in log_of(place) and not told(place)
    (place.own_catalogue / "frameworks.csv").write_text(FRAMEWORK.format(version=1, levels="no;part;yes"))
    assert reload(place) and len(told(place)) == 1


def test_propose_says_it_and_refuses(place, tmp_path):
    door = place.door()
    answer = propose(door, write(tmp_path / "scale", levels="never;with help;mostly;always"))
    assert not answer["ok"] and any(SCALE in f for f in answer["faults"]), answer
    answer = propose(door, write(tmp_path / "gone", codes=("A2",)))
    assert answer["ok"] and any("competence FW@1/A1 is not in the catalogue: 6 ratings" in w for w in answer["warnings"]), answer


def test_a_check_without_a_server_says_that_it_cannot_count(place):
    for arguments in (["--check-catalogue", place.own_catalogue], ["--check-rules", ROOT / "rules/examples/888/rules", "--with-catalogue", place.own_catalogue]):
        done = subprocess.run([build_dir() / "daemon" / "needsd", *arguments], capture_output=True, text=True,
                              env={"NEEDS_SHARE": str(ROOT / "rules"), "NEEDS_WORKER": str(build_dir() / "daemon" / "needs-rules")})
        assert "ratings are not counted here: needs rules propose says how many" in done.stdout, (done.stdout, done.stderr)


def test_publish_counts_anew(place, tmp_path):
    """When it was proposed nobody was rated on it."""
    door = place.door()
    both = "framework,version,title,levels\nFW,1,t,no;part;yes\nNEW,1,t,{}\n"
    competences = COMPETENCES + "FW,1,A1,Thing,role\nFW,1,A2,Thing,role\nNEW,1,N1,Thing,role\n"
    write(place.own_catalogue, frameworks=both.format("no;yes"), competences=competences)
    assert reload(place)
    answer = propose(door, write(tmp_path / "next", frameworks=both.format("no;part;yes"), competences=competences))
    assert answer["ok"], answer
    door.settle(door.push_good([rated(f"p-{i}", {"NEW@1/N1": 1}, evidence="observer") for i in range(5)]))
    with pytest.raises(Fault, match="the levels of framework NEW@1 are 'no;yes' and would be 'no;part;yes', so that 5 ratings"):
        door.request("publish", {"authority": "888", "as": "ann", "candidate": answer["candidate"]})


def test_an_older_version_of_a_framework_counts_in_the_newer_one(place):
    """An exact row between two that are both there carries ratings and what is held over; one that says close carries nothing."""
    profile = "scope,competence,level,importance,weight,purpose\nrole:TASS,FW@2/A1,2,essential,5,role\nrole:TASS,FW@2/B1,2,essential,5,role\n"
    more = {"frameworks": "framework,version,title,levels\nFW,1,t,no;part;yes\nFW,2,t,no;part;yes\n",
            "competences": COMPETENCES + "FW,1,A1,Thing,role\nFW,1,A2,Thing,role\nFW,1,B1,Other,role\nFW,2,A1,Thing,role\nFW,2,B1,Other,role\n",
            "units": "unit,slug,title,level,credit,assesses,gives,open\nOLD 1,OLD-1,An old unit,2,3,competence,FW@1/B1:1,no\n", "profiles": profile}
    write(place.own_catalogue, crosswalk=CROSSWALK + "FW@1/A1,FW@2/A1,close\nFW@1/B1,FW@2/B1,close\n", **more)
    assert reload(place), log_of(place)
    door = place.door()
    door.settle(door.push_good(event("achievement.recorded", {"unit": "OLD 1", "date": "2026-09-01"}, "p-0")))
    assert level(place, "p-0", "FW@2/A1") is None and level(place, "p-0", "FW@2/B1") is None
    write(place.own_catalogue, crosswalk=CROSSWALK + "FW@1/A1,FW@2/A1,exact\nFW@1/B1,FW@2/B1,exact\n", **more)
    assert reload(place)
    door.settle()
    needs = {n["competence"]: n for n in door.person("p-0")["needs"]}
    assert "FW@2/A1" not in needs  # rated 2 of 2 under the older version
    assert (needs["FW@2/B1"]["current"], needs["FW@2/B1"]["evidence"]) == (1, "certificate")
    write(place.own_catalogue, crosswalk=CROSSWALK + "FW@1/A1,FW@2/A1,exact\nFW@1/A1,FW@2/B1,exact\n", **more)
    assert not reload(place)
    assert "authority/crosswalk.csv:3:from: 'FW@1/A1' is exactly another competence already" in log_of(place)
