"""The demo does what it says, chapter by chapter, and leaves nothing behind; its data are what its scripts write."""
import signal
import subprocess
import sys
import time

import pytest

from daemon import ROOT, build_dir
from test_30_readme import CLEAN, scratch  # noqa: F401

pytestmark = pytest.mark.slow

DEMO = ROOT / "demo" / "demo.py"


def demo(scratch, *chapters, build=None):  # noqa: F811
    return subprocess.Popen([sys.executable, "-B", str(DEMO), str(build or build_dir()), *chapters], env={**CLEAN, "TMPDIR": str(scratch)},
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_demo_whole(scratch):  # noqa: F811
    began = time.monotonic()
    process = demo(scratch)
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0, said[-3000:]
    for text in ("Chapter 1", "Chapter 2", "Chapter 3", "withdrawn: shadowing.STL3", "Nothing was left behind", "to the letter", "reading lead"):
        assert text in said, text
    assert time.monotonic() - began < 120


@pytest.mark.parametrize("chapter, others", [("school", ("Chapter 2", "Chapter 3")), ("client", ("Chapter 1", "Chapter 2"))])
def test_demo_one_chapter(scratch, chapter, others):  # noqa: F811
    process = demo(scratch, chapter)
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0, said[-3000:]
    assert "Nothing was left behind" in said and not any(other in said for other in others)


def test_demo_says_how_it_is_called(scratch):  # noqa: F811
    for arguments in (["dance"], ["school", "dance"]):
        process = demo(scratch, *arguments)
        said, _ = process.communicate(timeout=20)
        assert process.returncode == 2 and "[school|authority|client]" in said


def with_needs(tmp_path, text):
    """A build whose command line is another."""
    build = tmp_path / "build"
    for part, program in (("daemon", "needsd"), ("daemon", "needs-rules"), ("clients/needs", "needs")):
        (build / part).mkdir(parents=True, exist_ok=True)
        if program == "needs":
            (build / part / program).write_text(text)
            (build / part / program).chmod(0o755)
        else:
            (build / part / program).symlink_to(build_dir().resolve() / part / program)
    return build


@pytest.mark.parametrize("chapter", ["school", "authority", "client"])
def test_demo_notices_what_is_wrong(scratch, tmp_path, chapter):  # noqa: F811
    """With a command line that says nothing each chapter fails, and still tidies up."""
    process = demo(scratch, chapter, build=with_needs(tmp_path, "#!/bin/sh\nexit 0\n"))
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 1 and "did not go as it should" in said


def test_demo_notices_an_undo_that_undoes_nothing(scratch, tmp_path):  # noqa: F811
    real = build_dir().resolve() / "clients" / "needs" / "needs"
    build = with_needs(tmp_path, f'#!/bin/sh\ncase "$*" in *"--undo LAST"*) echo "withdrawn"; exit 0;; esac\nexec {real} "$@"\n')
    process = demo(scratch, "school", build=build)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 1 and "still says" in said


@pytest.mark.parametrize("chapter, moment", [("school", "61 accepted"), ("client", "0 rejected")])
def test_demo_stopped_half_way(scratch, chapter, moment):  # noqa: F811
    process = demo(scratch, chapter)
    for line in process.stdout:
        if moment in line:
            break
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 130


def test_demo_data_are_what_the_scripts_write(tmp_path):
    """The committed files and the scripts beside them say the same; the sheets are small, and of nobody."""
    data = ROOT / "demo" / "data"
    copy = tmp_path / "demo" / "data"
    copy.mkdir(parents=True)
    for script in data.glob("*.py"):
        (copy / script.name).write_bytes(script.read_bytes())
    (tmp_path / "rules").symlink_to(ROOT / "rules")
    subprocess.run([sys.executable, "-B", str(copy / "make.py")], check=True, stdout=subprocess.DEVNULL, timeout=60)
    made = {path.name for path in copy.iterdir()}
    assert made == {path.name for path in data.iterdir() if path.suffix not in (".map", "") and path.is_file()}
    for path in sorted(copy.iterdir()):
        assert path.read_bytes() == (data / path.name).read_bytes(), path.name
    assert sum(path.stat().st_size for path in data.iterdir() if path.is_file()) < 600_000
