"""The table of seeded faults fits the tree, and a sample of them is seen. `./dev mutants` tries them all."""
import mutants
import pytest

from daemon import ROOT, build_dir
from table import FAULTS

# Those that unit tests see: a few seconds each, where only one room is compiled again.
SAMPLE = ("four-in-cohort", "cursor-not-authenticated")


def test_every_fault_applies():
    gone = {fault.name: why for fault in FAULTS if isinstance(why := mutants.changed(fault), str)}
    assert not gone
    missing = {test for fault in FAULTS for test in fault.tests if not (test.startswith("unit:") or (ROOT / "tests/integration" / test).exists())}
    missing |= {test for fault in FAULTS for test in fault.tests if test.startswith("unit:") and not list((ROOT / "tests/unit").glob(f"test_*{test[5:]}*.c"))}
    assert not missing
    assert len(FAULTS) >= 40 and len({fault.name for fault in FAULTS}) == len(FAULTS)


def test_a_fault_is_applied_once_or_not_at_all():
    assert mutants.applied("if (a < b)\n  c();", "a<b", "a > b") == "if (a > b)\n  c();"
    assert mutants.applied("a < b; a<b;", "a < b", "a > b") is None
    assert mutants.applied("a <= b;", "a < b", "a > b") is None


@pytest.mark.slow
@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="the tree is not under git, which lists what is the project's")
def test_a_sample_is_seen(tmp_path):
    copy = mutants.Copy(tmp_path, build_dir().resolve())
    for fault in FAULTS:
        if fault.name in SAMPLE:
            assert mutants.judged(copy, fault)[0] == "killed", fault.name
