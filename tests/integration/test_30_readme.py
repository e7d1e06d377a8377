"""What README.md tells people to type works as it stands there, and so does the demo; neither leaves anything behind."""
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

import pytest

from daemon import ROOT, build_dir

CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("NEEDS_")}


def tour():
    """The lines of README.md's one block that is marked as the tour."""
    blocks = re.findall(r"^```sh tour\n(.*?)^```$", (ROOT / "README.md").read_text(), re.S | re.M)
    assert len(blocks) == 1
    return blocks[0]


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
    for text in ("the day is 2026-10-01", "61 accepted", "5 rejected\nthe good rows were taken", "4 accepted, 1030 already known, 0 rejected",
                 "[shadowing.STL3]", "yes: shadow-one-level", "recommended: ", "Agreed on 2026-10-01", "[peer-observation.STL6]", "all the same"):
        assert text in said, f"{text!r} is not in:\n{said}"
    after = said[said.index("\n1 accepted, 0 already known, 0 rejected"):]
    assert "[shadowing.STL3]" not in after  # the observation closed the gap
    assert not list(home.iterdir()), "something was written outside the temporary directory"


def test_readme_names_files_that_exist():
    for name in re.findall(r"\]\(([^)#:]+)", (ROOT / "README.md").read_text()):
        assert (ROOT / name).exists(), name


def demo(scratch, **more):
    return subprocess.Popen([sys.executable, "-B", str(ROOT / "demo" / "demo.py"), str(build_dir())], env={**CLEAN, "TMPDIR": str(scratch)},
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)


def test_demo(scratch):
    process = demo(scratch)
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0, said[-3000:]
    assert "withdrawn: shadowing.STL3" in said and "Nothing was left behind" in said


def test_demo_notices_what_is_wrong(scratch, tmp_path):
    """With a command line that says nothing the demo fails, and still tidies up."""
    build = tmp_path / "build"
    for part, program in (("daemon", "needsd"), ("daemon", "needs-rules"), ("clients/needs", "needs")):
        (build / part).mkdir(parents=True, exist_ok=True)
        if program == "needs":
            (build / part / program).write_text("#!/bin/sh\nexit 0\n")
            (build / part / program).chmod(0o755)
        else:
            (build / part / program).symlink_to(build_dir().resolve() / part / program)
    done = subprocess.run([sys.executable, "-B", str(ROOT / "demo" / "demo.py"), str(build)], env={**CLEAN, "TMPDIR": str(scratch)},
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == 1 and "did not go as it should" in done.stdout


def test_demo_stopped_half_way(scratch):
    process = demo(scratch)
    for line in process.stdout:
        if "303 accepted" in line:
            break
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 130


def test_demo_data_are_what_the_script_writes(tmp_path):
    """The committed files and the script beside them say the same."""
    data = ROOT / "demo" / "data"
    copy = tmp_path / "demo" / "data"
    copy.mkdir(parents=True)
    (copy / "make.py").write_text((data / "make.py").read_text())
    (tmp_path / "rules").symlink_to(ROOT / "rules")
    subprocess.run([sys.executable, "-B", str(copy / "make.py")], check=True, stdout=subprocess.DEVNULL, timeout=60)
    for path in sorted(copy.iterdir()):
        assert path.read_bytes() == (data / path.name).read_bytes(), path.name
