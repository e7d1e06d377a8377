"""Rules and catalogue from their authors: proposed through the door, checked beside what serves, published, approved, rolled back."""
import pytest

from advice import rule, wait_for
from daemon import Daemon
from door import Fault

RULE = rule("own-coaching", recommend="return coaching { because = \"for \" .. need.competence }")
TITLES = "key,title,role,note,provenance,certainty\nhelper,Helper,TASS,,example,medium\n"


@pytest.fixture(scope="module")
def served():
    with Daemon(authorities={"888": {"name": "Example"}, "889": {"name": "Other"}}) as d:
        yield d


def propose(door, rules=None, **more):
    body = {"authority": "888", **more}
    if rules is not None:
        body["rules"] = rules
    return door.request("propose", body)


def test_proposed_and_nothing_changes(served):
    door = served.door()
    before = door.ask("rules", authority="888")
    answer = propose(door, {"10-own.lua": RULE})
    assert answer["ok"] and not answer["faults"] and not answer["same_as_serving"]
    assert answer["catalogue"] == before["serving"]["catalogue"] and answer["rules"] != before["serving"]["rules"]
    assert door.ask("rules", authority="888")["serving"]["list"] == before["serving"]["list"]
    assert propose(door, {"10-own.lua": RULE})["candidate"] == answer["candidate"]
    wait_for(lambda: len(served.workers()) == 2, what="one worker an authority, none of candidates")


def test_proposed_as_it_serves(served):
    door = served.door()
    serving = door.ask("rules", authority="888")["serving"]
    for body in ({"rules": {}}, {"catalogue": {}}, {"rules": {}, "catalogue": {}}):
        answer = propose(door, **body)
        assert answer["same_as_serving"] and answer["ok"]
        assert (answer["rules"], answer["catalogue"]) == (serving["rules"], serving["catalogue"])


def test_proposed_hash_is_that_of_the_directory(tmp_path):
    rules, catalogue = tmp_path / "rules", tmp_path / "catalogue"
    rules.mkdir(), catalogue.mkdir()
    (rules / "10-own.lua").write_text(RULE)
    (catalogue / "titles.csv").write_text(TITLES)
    for replaces in (False, True):
        if replaces:
            (rules / ".replace-default").touch()
        with Daemon(authorities={"888": {"name": "Example", "rules": rules, "catalogue": catalogue}, "889": {"name": "Other"}}) as d:
            door = d.door()
            serving = door.ask("rules", authority="888")["serving"]
            answer = door.request("propose", {"authority": "889", "rules": {"10-own.lua": RULE}, "replace_default": replaces,
                                              "catalogue": {"titles.csv": TITLES}})
            assert (answer["rules"], answer["catalogue"]) == (serving["rules"], serving["catalogue"])


def test_proposed_faulty(served):
    door = served.door()
    answer = propose(door, {"10-own.lua": RULE + "rule"})
    assert not answer["ok"] and any("10-own.lua" in f for f in answer["faults"])
    answer = propose(door, catalogue={"units.csv": "code,nonsense\n"})
    assert not answer["ok"] and any(f.startswith("authority/units.csv") for f in answer["faults"])


@pytest.mark.parametrize("body, code, pointer, says", [
    ({}, "missing", "/rules", "needs rules or catalogue"),
    ({"catalogue": {}, "replace_default": True}, "missing", "/rules", "send them with it"),
    ({"rules": {"x.lua": 1}}, "wrong-type", "/rules", "its text as a string"),
    ({"rules": {"../x.lua": ""}}, "out-of-range", "/rules", "plain name that ends in .lua"),
    ({"rules": {"x.txt": ""}}, "out-of-range", "/rules", "'x.txt'"),
    ({"catalogue": {".units.csv": ""}}, "out-of-range", "/catalogue", "plain name that ends in .csv"),
    ({"rules": {}, "as": "Jo Smith"}, "out-of-range", "/as", "letters"),
    ({"rules": [], "authority": "888"}, "wrong-type", "/rules", "an object"),
    ({"rules": {}, "authority": "nowhere"}, "unknown-authority", "/authority", "nowhere"),
    ({"rules": {"a.lua": "-" * (1 << 20)}}, "too-large", "", "at most 1 MiB"),
])
def test_proposed_badly(served, body, code, pointer, says):
    with pytest.raises(Fault) as refused:
        served.door().request("propose", {"authority": "888", **body})
    (error,) = refused.value.errors
    assert (error["code"], error["pointer"]) == (code, pointer) and says in error["message"]
