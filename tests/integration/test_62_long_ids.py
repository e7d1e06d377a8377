"""An id is never cut, and what belongs to an authority that is not configured any more is given to nobody."""
import pytest

from advice import answering, log_of, reload
from daemon import Daemon
from door import Fault, Follow, event, post, rated

LONG = "d0000000-aaaa-bbbb-cccc-000000000000"
CODE = "c1111111-2222-3333-4444-00000000000"


def catalogue(directory, **files):
    directory.mkdir(exist_ok=True)
    for name, text in files.items():
        (directory / f"{name}.csv").write_text(text)
    return directory


def long_keys(directory):
    rows = [(version, f"{CODE}{i}", f"Thing {i}") for version in ("2024-09-01", "2026-09-01") for i in (1, 2)]
    return catalogue(
        directory,
        frameworks="framework,version,title,levels\n" + "".join(f"{LONG},{v},t,no;part;yes\n" for v in ("2024-09-01", "2026-09-01")),
        competences="framework,version,code,title,purpose\n" + "".join(f"{LONG},{v},{code},{title},role\n" for v, code, title in rows),
        profiles="scope,competence,level,importance,weight,purpose\n" +
                 "".join(f"role:TASS,{LONG}@2026-09-01/{CODE}{i},2,essential,5,role\n" for i in (1, 2)))


def test_two_competences_that_differ_in_their_last_character_are_two(tmp_path):
    with Daemon(authorities={"888": {"catalogue": long_keys(tmp_path / "own")}}) as daemon:
        door = daemon.door()
        door.day("2026-09-01")
        keys = [f"{LONG}@2026-09-01/{CODE}{i}" for i in (1, 2)]
        door.settle(door.push_good(post("p-1")))
        needs = door.ask("explain", authority="888", school="8889901", person="p-1")["needs"]
        others = {n["competence"]: n["required"] for n in needs if n["competence"] not in keys}
        door.settle(door.push_good([rated("p-1", others), rated("p-1", {k: 1 for k in keys}, evidence="observer")]))
        answered = {k: {r["recommendation"] for r in answering(door.person("p-1"), k)} for k in keys}
        assert all(answered.values())
        one, other = (f"coaching.{LONG}.2026-09-01.{CODE}{i}" for i in (1, 2))
        said = [event("response.recorded", {"recommendation": i, "date": "2026-09-01", "response": r, "by": "person"}, "p-1") for i, r in ((one, "accepted"), (other, "declined"))]
        door.settle(door.push_good(said))
        stands = {r["recommendation"] for r in door.person("p-1")["recommendations"]}
        assert one in stands and other not in stands
        with pytest.raises(Fault, match="unknown-development"):
            raise Fault(door.push(event("response.recorded", {"recommendation": one[:-1], "date": "2026-09-01", "response": "accepted", "by": "person"}, "p-1"))["results"][0]["errors"])
        assert door.ask("verify", timeout=60)["ok"]


def test_a_catalogue_with_two_rows_of_one_id_does_not_take_over(tmp_path):
    own = catalogue(tmp_path / "own", schools="school,name\n8889901,One\n")
    with Daemon(authorities={"888": {"catalogue": own}}) as daemon:
        catalogue(own, courses="course,kind,title,competences\nSTL3,coaching,Coaching again,STL3\n")
        assert not reload(daemon)
        assert "authority/courses.csv:2:course: its id 'coaching.STL3' is that of another row too" in log_of(daemon)


@pytest.fixture
def renamed(tmp_path):
    """What was published for 888 and 889, and then 888 is not configured any more."""
    daemon = Daemon(directory=tmp_path / "d", authorities={"888": {"name": "One"}, "889": {"name": "Other"}})
    daemon.start()
    door = daemon.door()
    door.day("2026-09-01")
    door.settle(door.push_good([post("p-1"), rated("p-1", {"STL3": 1}), post("p-2", authority="889"), rated("p-2", {"STL3": 1}, authority="889")]))
    assert {p["authority"] for p in door.publications()} == {"888", "889"}
    daemon.before = door.publications()
    assert daemon.stop() == 0
    daemon.authorities = {"889": {"name": "Other"}}
    with daemon:
        yield daemon


def follow_all(daemon, since):
    follow, got = Follow(daemon.endpoint, credit=200, since=since), []
    while (p := follow.next(timeout=1.5)) is not None:
        got.append(p)
    follow.close()
    return got


def test_nothing_of_an_authority_that_is_not_configured_is_given_out(renamed):
    door = renamed.door()
    door.settle()
    of_889 = [p["id"] for p in renamed.before if p["authority"] == "889"]
    assert [p["id"] for p in door.publications()][:len(of_889)] == of_889
    assert {p["authority"] for p in door.publications()} == {"889"}
    for since in ("start", "standing"):
        got = follow_all(renamed, since)
        assert got and {p["authority"] for p in got} == {"889"}
    for question, more in (("person", {"school": "8889901", "person": "p-1"}), ("school", {"school": "8889901"}), ("register", {}), ("history", {})):
        with pytest.raises(Fault) as fault:
            door.ask(question, authority="888", **more)
        assert fault.value.codes == ["unknown-authority"], question
    with pytest.raises(Fault):
        door.publications(topics=["888"])
    assert door.ask("health")["persons"] == 1
    verified = door.ask("verify", timeout=60)
    assert verified["ok"] and verified["persons"] == 1 and verified["skipped"] == 0


def test_what_is_kept_of_it_is_said_at_start_and_comes_back_with_it(renamed):
    n = sum(p["authority"] == "888" for p in renamed.before)
    line = [x for x in renamed.new_log().splitlines() if "publications of an authority that is not configured; they are kept and not delivered" in x]
    assert len(line) == 1 and f"authority=888 publications={n}" in line[0]
    assert renamed.stop() == 0
    renamed.authorities = {"888": {"name": "One"}, "889": {"name": "Other"}}
    renamed.start()
    assert "not configured" not in renamed.new_log()
    with renamed.door() as door:
        door.settle()
        assert [p["id"] for p in door.publications()][:len(renamed.before)] == [p["id"] for p in renamed.before]
        assert door.person("p-1")["recommendations"]
