"""Hostile rules at one authority while another works on: everything is acknowledged, the right rule is named, no worker is left over.

How fast it stays is measured by tests/bench/hostile_load.py, of which this is a short run; here nothing depends on the clock."""
import sys

from advice import ROOT

sys.path.append(str(ROOT / "tests" / "bench"))
import hostile_load  # noqa: E402


def test_hostile_rules_harm_nobody_else():
    got = hostile_load.measure(scripts=4, seconds=0.1, seed=7)
    assert got["acknowledged"]["before"] > 0 and got["acknowledged"]["during"] > 0 and got["home"] > 0
    assert got["failed"] == sorted(got["scripts"])  # each of them, and neither the neighbour nor a harmless one
    for failure in got["failures"]:
        assert failure["failure"] in ("instructions", "memory") and f"rule '{failure['rule']}'" in failure["message"]
    assert got["restarts"] == 0 and got["set_aside"] == 0  # stopped by what they count, never killed
    assert got["left"] == [] and got["status"] == 0 and got["verified"]
