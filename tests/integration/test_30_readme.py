"""What README.md tells people to type works as it stands there, and leaves nothing behind."""
import os
import pathlib
import re
import subprocess
import time

import pytest

from daemon import ROOT, build_dir

pytestmark = pytest.mark.slow

CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("NEEDS_")}


def tour():
    """The lines of README.md's one block that is marked as the tour."""
    blocks = re.findall(r"^```sh tour\n(.*?)^```$", (ROOT / "README.md").read_text(), re.S | re.M)
    assert len(blocks) == 1
    return blocks[0]


def shown():
    """What README.md says that `needs show` prints, without the command: a card, which is as wide everywhere."""
    block, = re.findall(r"^```text show\n\$ needs show p-0106 shadowing\.STL3\n(.*?)^```$", (ROOT / "README.md").read_text(), re.S | re.M)
    return block


def mentions(pid, text):
    """Is `text` among the arguments of the process?"""
    try:
        return text.encode() in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def processes(text):
    return [pid for pid in pathlib.Path("/proc").iterdir() if pid.name.isdigit() and mentions(pid.name, text)]


@pytest.fixture
def tree(tmp_path):
    """The top of the tree as it is after `./dev build`, wherever the build is."""
    top = tmp_path / "tree"
    top.mkdir()
    for entry in ROOT.iterdir():
        if not entry.name.startswith((".git", "build")):
            (top / entry.name).symlink_to(entry)
    (top / "build").symlink_to(build_dir().resolve())
    return top


@pytest.fixture
def scratch(tmp_path):
    """A short place for temporary files: a socket's name has at most 100 characters."""
    place = pathlib.Path(f"/tmp/needs-{os.getpid()}-{time.monotonic_ns() % 10**6}")
    place.mkdir()
    yield place
    left = sorted(path.name for path in place.iterdir())
    subprocess.run(["rm", "-r", str(place)], check=True)
    assert not left, f"left behind: {left}"
    assert not processes(str(place)), "a process was left behind"


def test_readme_tour(tree, scratch, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    done = subprocess.run(["bash", "-e", "-o", "pipefail", "-c", tour()], cwd=tree, env={**CLEAN, "HOME": str(home), "TMPDIR": str(scratch)},
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
    said = done.stdout
    assert done.returncode == 0, said[-3000:]
    for text in ("the day is 2026-10-01", "61 accepted", "5 rejected\nneeds catalogue find WORD... searches for codes.\nthe good rows were accepted", "4 accepted, 1030 already known, 0 rejected",
                 "[shadowing.STL3]", "Recommended: Work shadowing: Help to keep children safe [shadowing.STL3]", "recommended: ", "Accepted on 2026-10-01", "[peer-observation.STL6]", "all the same"):
        assert text in said, f"{text!r} is not in:\n{said}"
    after = said[said.index("\n1 accepted, 0 already known, 0 rejected"):]
    assert "[shadowing.STL3]" not in after  # the observation closed the gap
    assert not list(home.iterdir()), "something was written outside the temporary directory"
    assert shown() in said, "the README shows a recommendation that needs does not print"
