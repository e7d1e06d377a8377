"""What the command line keeps of what was sent: for its user alone, and safe before it says so."""
import os
import pathlib
import shutil
import subprocess

import pytest

from daemon import build_dir
from door import post

NEEDS = str(build_dir() / "clients" / "needs" / "needs")
SHEET = "person,date,competence,level,evidence,by\np-1,2026-09-01,STL3,1,manager,m-1\n"


@pytest.fixture
def desk(needsd, tmp_path):
    """push(...) of a sheet by a user who leaves everything open to everybody; `desk.state` is where the command keeps its files."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("NEEDS_")}
    env |= {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state"), "XDG_CONFIG_HOME": str(tmp_path / "config"),
            "NEEDS_SERVER": needsd.endpoint, "NEEDS_AUTHORITY": "888", "NEEDS_SCHOOL": "8889901", "NEEDS_AS": ""}
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(SHEET)
    needsd.door().day("2026-09-01")
    needsd.door().push_good(post("p-1"))

    def push(*wrap, status=0):
        command = ["sh", "-c", 'umask 0; exec "$0" "$@"', *wrap, NEEDS, "push", str(sheet)]
        done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        assert done.returncode == status, done

    push.state, push.daemon = tmp_path / "state", needsd
    return push


def open_to_others(directory):
    return {str(p.relative_to(directory)): oct(p.stat().st_mode & 0o777) for p in [directory, *directory.rglob("*")] if p.stat().st_mode & 0o077}


def test_promise_what_was_sent_is_the_users_alone(desk):
    """The log that --undo reads, and what waits for a daemon that is away."""
    desk()
    kept = [p.name for p in desk.state.rglob("*") if p.is_file()]
    assert kept and open_to_others(desk.state / "needs") == {}
    desk.daemon.stop()
    (pathlib.Path(desk.state).parent / "sheet.csv").write_text(SHEET.replace(",1,", ",2,"))
    desk(status=3)
    waiting = [p for p in desk.state.rglob("outbox-*") if p.is_file()]
    assert waiting and open_to_others(desk.state / "needs") == {}


def test_promise_what_was_sent_is_safe(desk, tmp_path):
    """The fresh log is synced before it takes the old one's name; the outbox's own bytes and name are synced too."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    trace = tmp_path / "trace"
    if subprocess.run(["strace", "-qq", "-o", str(trace), "true"], capture_output=True).returncode != 0:
        pytest.skip("strace may not trace here")
    desk("strace", "-f", "-qq", "-y", "-o", str(trace), "-e", "signal=none", "-e", "trace=openat,fsync,fdatasync,rename")
    lines = [line.split(None, 1)[1] for line in trace.read_text().splitlines() if " = " in line]
    renames = [i for i, line in enumerate(lines) if line.startswith("rename(") and "/needs/" in line]
    assert renames, lines
    for i in renames:
        fresh = lines[i].split('"')[1]
        assert any(line.startswith("fsync(") and f"<{fresh}>" in line for line in lines[:i]), f"{fresh} is renamed before it is synced"
    outbox = next(line.split('"')[1] for line in lines if line.startswith("openat(") and "/outbox-" in line and "O_EXCL" in line)
    directory = str(pathlib.Path(outbox).parent)
    assert any(line.startswith("fsync(") and line.split("<")[1].split(">")[0].rstrip("/") == directory for line in lines), "the outbox's name is not synced"
    assert any(line.startswith(("fdatasync(", "fsync(")) and f"<{outbox}-wal>" in line for line in lines), "what was put in is not synced"
