"""Where a second person is needed: at the limits of the configuration exactly, and never the one who publishes."""
import pytest

from advice import rule, write_rules
from daemon import Daemon
from door import post, rated
from test_52_diff import compare, propose, refusal


def coaching(text):
    return rule("own", recommend=f'return coaching {{ because = "{text}" }}', competences='{"STL3"}')


def town(daemon):
    """Ten people, five of whom are advised by the one rule."""
    door = daemon.door()
    door.day("2026-09-01")
    door.settle(door.push_good([e for i in range(10) for e in (post(f"p-{i}"), rated(f"p-{i}", {"STL3": 1 if i < 5 else 4}))]))
    return door


@pytest.mark.parametrize("limit,needed", [({"approve_people": 5}, False), ({"approve_people": 4}, True), ({"approve_per_cent": 50}, False), ({"approve_per_cent": 49}, True)])
def test_approval_is_needed_above_the_limit(tmp_path, limit, needed):
    write_rules(tmp_path / "rules", {"10-own": coaching("first")}, replace=True)
    with Daemon(authorities={"888": {"rules": tmp_path / "rules", **limit}}) as daemon:
        door = town(daemon)
        candidate = propose(door, {"10-own.lua": coaching("second")}, **{"as": "jo"})
        compare(door, candidate)
        if not needed:
            assert door.request("publish", {"authority": "888", "candidate": candidate, "as": "jo"})["candidate"] == candidate
            return
        assert refusal(door, "publish", candidate=candidate, **{"as": "jo"})["code"] == "approval-needed"
        door.request("approve", {"authority": "888", "candidate": candidate, "as": "kim"})
        assert refusal(door, "publish", candidate=candidate, **{"as": "kim"})["code"] == "approval-needed"  # one's own yes is not a second one
        assert door.request("publish", {"authority": "888", "candidate": candidate, "as": "lee"})["approved_by"] == "local/kim"
