"""Hostile rules at one authority while another works on: everything is acknowledged, the right rule is named, no worker is left over.

How fast it stays is measured by tests/bench/hostile_load.py, of which this is a short run; here nothing depends on the clock."""
import os
import re
import shutil
import subprocess
import sys

import pytest

from advice import ROOT, reload, write_rules
from daemon import Daemon, build_dir
from door import post, rated

sys.path.append(str(ROOT / "tests" / "bench"))
import hostile_load  # noqa: E402

pytestmark = pytest.mark.slow


def test_hostile_rules_harm_nobody_else():
    got = hostile_load.measure(scripts=4, seconds=0.1, seed=7)
    assert got["acknowledged"]["before"] > 0 and got["acknowledged"]["during"] > 0 and got["home"] > 0
    assert got["failed"] == sorted(got["scripts"])  # each of them, and neither the neighbour nor a harmless one
    for failure in got["failures"]:
        assert failure["failure"] in ("instructions", "memory") and f"rule '{failure['rule']}'" in failure["message"]
    assert got["restarts"] == 0 and got["set_aside"] == 0  # stopped by what they count, never killed
    assert got["left"] == [] and got["status"] == 0 and got["verified"]


SETS = int(os.environ.get("NEEDS_RANDOM_SETS", "3"))  # the campaign's number is 20


def grown(place, seed):
    """A set of random rules, as tests/fuzz/rules_campaign makes them: one in eight of its files."""
    place.mkdir()
    subprocess.run([str(build_dir() / "tests" / "fuzz" / "rules_campaign"), "1", str(seed)], check=True, timeout=120, capture_output=True,
                   env={**os.environ, "KEEP": str(place), "NEEDS_WORKER": str(build_dir() / "daemon" / "needs-rules")})
    for number, path in enumerate(sorted(place.glob("*.lua"))):
        if number % 8:
            path.unlink()
    (place / ".replace-default").write_text("")


def test_random_rules_leave_the_daemon_alone(tmp_path):
    """Sets that nobody would write, published one after another: each is refused by file and line or serves, and everybody is answered."""
    rules = write_rules(tmp_path / "rules", {"zz-neighbour": hostile_load.NEIGHBOUR}, replace=True)
    with Daemon(authorities={"888": {"rules": rules}, "999": {"name": "Another"}}) as daemon:
        door = daemon.door()
        door.day("2026-09-01")
        door.push_good([e for p in ("p-1", "p-2") for e in (post(p), rated(p, {"STL3": 1, "STL1": 2}))])
        for seed in range(900, 900 + SETS):
            shutil.rmtree(rules)
            grown(rules, seed)
            for _ in range(5):
                if reload(daemon, timeout=60):
                    break
                for fault in door.ask("rules", authority="888")["refused"]["faults"]:
                    (rules / re.match(r"authority/(f\d+\.lua):\d+: ", fault)[1]).unlink(missing_ok=True)
            assert door.ask("rules", authority="888")["refused"] is None
            door.push_good(rated("q-1", {"STL3": seed % 4}, school="9999901", authority="999", id=f"there-{seed}"))
            door.settle()
            assert door.ask("health")["authorities"][0]["worker"]["restarts"] == 0, daemon.new_log()[-2000:]
        assert door.ask("verify", timeout=120)["ok"]
