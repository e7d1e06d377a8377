"""`listen`, `--server` and `NEEDS_SERVER` have old names, `door`, `--door` and `NEEDS_DOOR`. This release reads them with one warning line."""
import os
import pathlib
import subprocess

import pytest

from daemon import Daemon, build_dir

NEEDSD, NEEDS = build_dir() / "daemon" / "needsd", build_dir() / "clients" / "needs" / "needs"
ELSEWHERE = "ipc:///nowhere/at/all"


# --- the daemon ---

def renamed(daemon, *more):
    """The configuration with `door` instead of `listen`, and more lines behind it."""
    daemon.configure()
    text = daemon.config.read_text().replace("listen = ", "door = ")
    daemon.config.write_text(text.replace("[daemon]\n", "[daemon]\n" + "".join(f"{line}\n" for line in more)))


def check(daemon):
    done = subprocess.run([NEEDSD, "--config", daemon.config, "--check"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout


def test_the_daemon_listens_where_the_old_name_says_and_warns(tmp_path):
    daemon = Daemon(tmp_path / "d")
    renamed(daemon)
    daemon.configure = lambda: None
    with daemon:
        assert daemon.door().request("ping")["day"] is None
        lines = [line for line in daemon.new_log().splitlines() if "old name" in line]
        assert len(lines) == 1 and "warn" in lines[0] and "'door' is the old name of 'listen'" in lines[0], daemon.new_log()
    status, said = check(daemon)
    assert status == 0 and "'door' is the old name of 'listen'; write 'listen'" in said and "0 faults, 1 warning" in said


def test_the_check_refuses_an_old_name_that_says_something_else(tmp_path):
    daemon = Daemon(tmp_path / "d")
    renamed(daemon, f"listen = ipc://{daemon.dir}/other")
    status, said = check(daemon)
    assert status == 1 and "are one option, the old name and the new, and they differ" in said, said
    renamed(daemon, f"listen = {daemon.endpoint}")
    assert check(daemon)[0] == 0


# --- the command ---

@pytest.fixture
def needs(needsd, tmp_path):
    """The command with a home of its own and no endpoint; more of the environment by name."""
    def run(*args, status=0, **more):
        env = {k: v for k, v in os.environ.items() if not k.startswith("NEEDS_")}
        env |= {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state"), "XDG_CONFIG_HOME": str(tmp_path / "config"), **more}
        done = subprocess.run([NEEDS, *args], env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        assert done.returncode == status, (args, more, done)
        return done.stderr

    run.config = pathlib.Path(tmp_path / "config" / "needs.conf")
    run.config.parent.mkdir()
    return run


def test_the_new_names_are_read_without_a_word(needs, needsd):
    assert needs("--server", needsd.endpoint, "ping") == needs("ping", "--server", needsd.endpoint) == needs("ping", NEEDS_SERVER=needsd.endpoint) == ""
    needs.config.write_text(f"[needs]\nserver = {needsd.endpoint}\n")
    assert needs("ping") == ""
    assert "--server" in subprocess.run([NEEDS, "ping", "--help"], capture_output=True, text=True, timeout=60).stdout


def test_the_old_names_are_read_with_one_line(needs, needsd):
    one = "needs: {} is the old name of {}; write {}, since a later release does not read the old name\n"
    option = one.format("--door", "--server", "--server")
    assert needs("--door", needsd.endpoint, "ping") == needs("ping", f"--door={needsd.endpoint}") == option
    assert needs("ping", NEEDS_DOOR=needsd.endpoint) == one.format("NEEDS_DOOR", "NEEDS_SERVER", "NEEDS_SERVER")
    assert needs("--door", needsd.endpoint, "ping", NEEDS_DOOR=ELSEWHERE).count("\n") == 1
    needs.config.write_text(f"[needs]\ndoor = {needsd.endpoint}\n")
    assert needs("ping") == one.format("door in needs.conf", "server", "server")
    assert "--door" not in subprocess.run([NEEDS, "ping", "--help"], capture_output=True, text=True, timeout=60).stdout


def test_both_names_must_say_the_same(needs, needsd):
    here = needsd.endpoint
    assert "old name" in needs("--server", here, "--door", here, "ping")
    assert "--door, its old name" in needs("--server", here, "--door", ELSEWHERE, "ping", status=2)
    assert "--door, its old name" in needs("ping", "--server", here, "--door", ELSEWHERE, status=2)
    assert "old name" in needs("ping", NEEDS_SERVER=here, NEEDS_DOOR=here)
    assert "keep only NEEDS_SERVER" in needs("ping", NEEDS_SERVER=here, NEEDS_DOOR=ELSEWHERE, status=2)
    needs.config.write_text(f"[needs]\nserver = {here}\ndoor = {ELSEWHERE}\n")
    assert "needs.conf:3: " in needs("ping", status=2)
    needs.config.write_text(f"[needs]\nserver = {here}\ndoor = {here}\n")
    assert "old name" in needs("ping")
