"""A start that fails says why, in one line, and its exit status says whether trying again can help; output that cannot be written is no success."""
import os
import pathlib
import re
import resource
import shutil
import socket
import subprocess
import tempfile
import time

import pytest

from attack import length
from daemon import Daemon, build_dir, children
from door import post, rated

pytestmark = pytest.mark.slow

NEEDSD, NEEDS = build_dir() / "daemon" / "needsd", build_dir() / "clients" / "needs" / "needs"
FAULTS, IO, TRY_AGAIN = 1, 74, 75


def sanitized():
    return "asan" in str(build_dir()) or b"__asan_init" in NEEDSD.read_bytes()


def start(daemon, wrap=(), before=None, **more):
    """Until it is ready or ended: (whether it was ready, its exit status, what it said). The configuration is as it was written."""
    said = daemon.dir / "said"
    with open(said, "wb") as err:
        process = subprocess.Popen([*wrap, str(NEEDSD), "--config", str(daemon.config)], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, **{"stderr": err, **more}, preexec_fn=before, env=dict(os.environ, ASAN_OPTIONS="detect_leaks=0"))
    ready, until = False, time.monotonic() + 60
    while process.poll() is None and not ready:
        assert time.monotonic() < until, "neither ready nor ended: " + said.read_text()
        ready = "\nready\n" in "\n" + said.read_text(errors="replace")
        time.sleep(0.01)
    if ready:
        for pid in children(process.pid) if wrap else [process.pid]:
            os.kill(pid, 15)
    return ready, process.wait(60), said.read_text(errors="replace")


def failed(daemon, status, words, **more):
    ready, ended, said = start(daemon, **more)
    assert not ready and ended == status, (ended, said)
    errors = [line for line in said.splitlines() if re.search(r"\berror\b", line)]
    assert errors and re.search(words, said), said
    return said


@pytest.fixture
def daemon(tmp_path):
    daemon = Daemon(tmp_path / "d")
    daemon.configure()
    return daemon


# --- what is not to be had ---

@pytest.mark.parametrize("files", [4, 6, 7, 8, 12, 16, 18, 21, 26, 34, 35, 40][:length(12)] + ([] if length(12) <= 12 else list(range(4, 64))))
def test_start_with_few_descriptors(daemon, files):
    """6 to 8 was an exit with 0 and without a word, 4 and 5 an abort without one."""
    if sanitized() and files < 8:
        pytest.skip("the sanitizer needs descriptors of its own")
    said = failed(daemon, TRY_AGAIN, "raise the limit", before=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (files, files)))
    assert len(said.splitlines()) <= 12, said


@pytest.mark.parametrize("calls,error,when,status,words", [
    ("epoll_create1", "EMFILE", "1", TRY_AGAIN, "no event loop can be made: too many open files"),
    ("epoll_create1", "EMFILE", "2", TRY_AGAIN, "cannot listen .*Too many open files"),
    ("epoll_create1", "EMFILE", "3", TRY_AGAIN, "a library ended this process"),
    ("eventfd2", "ENFILE", "1", TRY_AGAIN, "no event loop can be made: file table overflow"),
    ("pipe2", "ENFILE", "1", TRY_AGAIN, "a library ended this process"),
    ("pipe2", "ENFILE", "2", TRY_AGAIN, "file table overflow"),
    ("epoll_ctl", "ENOMEM", "2", TRY_AGAIN, "a library ended this process"),
    ("socket", "EMFILE", "1", TRY_AGAIN, "cannot listen"),
    ("bind", "EADDRINUSE", "1", TRY_AGAIN, "cannot listen .*Address already in use"),
    ("bind", "EACCES", "1", IO, "cannot listen .*Permission denied"),
    ("memfd_create", "ENFILE", "1+", TRY_AGAIN, "needs-rules could not be started"),
    ("socketpair", "EMFILE", "1+", TRY_AGAIN, "needs-rules could not be started"),
    ("pidfd_open", "EMFILE", "1+", TRY_AGAIN, "needs-rules could not be started"),
    ("clone,clone3", "EAGAIN", "1", TRY_AGAIN, "no thread can be made"),
    ("clone,clone3", "EAGAIN", "2", TRY_AGAIN, "cannot start the writer thread"),
    ("flock", "EIO", "1", IO, "cannot lock"),
    ("getrandom", "ENOSYS", "2", IO, "no random numbers"),
])
def test_start_when_the_system_refuses(daemon, calls, error, when, status, words):
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    if sanitized():
        pytest.skip("which call is which differs in a sanitized program")
    failed(daemon, status, words, wrap=["strace", "-qq", "-o", "/dev/null", "-e", f"trace={calls}", "-e", "signal=none", "-e", f"inject={calls}:error={error}:when={when}"])


def test_start_with_little_memory(daemon):
    """From too little for the program itself to enough: never 0, never without a word."""
    if sanitized():
        pytest.skip("a sanitized program needs all addresses")
    readies = 0
    for mib in (24, 40, 64, 96, 2048):
        ready, ended, said = start(daemon, before=lambda: resource.setrlimit(resource.RLIMIT_AS, (mib << 20, mib << 20)))
        readies += ready
        assert ready or (ended != 0 and said.strip()), (mib, ended, said)
    assert readies >= 1


# --- what is configured wrongly ---

def configured(daemon, old, new):
    text = daemon.config.read_text()
    assert re.search(old, text, re.M)
    daemon.config.write_text(re.sub(old, new, text, flags=re.M))


def test_start_without_what_it_needs(daemon, tmp_path):
    """The configuration's own faults are for somebody to mend: no supervisor need try again."""
    not_a_program, config = tmp_path / "worker", daemon.config.read_text()
    not_a_program.write_text("#!/bin/sh\n")
    not_a_program.chmod(0o644)
    for old, new, status, words in [
            (r"^worker = .*", "worker = /nowhere/needs-rules", FAULTS, "the option 'worker'"),
            (r"^worker = .*", f"worker = {not_a_program}", FAULTS, "Permission denied|is not a program"),
            (r"^share = .*", "share = /nowhere", FAULTS, "/nowhere"),
            (r"^day = .*", "day = never", FAULTS, "day"),
            (r"^data = .*", "data = /nowhere/at/all", FAULTS, "/nowhere/at"),
            (r"^data = .*", f"data = {not_a_program}", FAULTS, "worker"),
            (r"^listen = .*", "listen = ipc:///nowhere/door", IO, "/nowhere/door"),
            (r"^listen = .*", f"listen = ipc:///tmp/{'x' * 120}", FAULTS, "longer than 100 characters"),
            (r"^listen = .*", "listen = ipc:///proc/door", IO, "/proc/door")]:
        daemon.config.write_text(config)
        configured(daemon, old, new)
        failed(daemon, status, words)
    daemon.config.unlink()
    failed(daemon, FAULTS, "No such file")
    daemon.config.mkdir()
    failed(daemon, FAULTS, "not a regular file")


def test_start_in_a_directory_in_use(daemon, tmp_path):
    """A restart may find the old one still stopping."""
    with Daemon(tmp_path / "first") as first:
        configured(daemon, r"^data = .*", f"data = {first.data}")
        failed(daemon, TRY_AGAIN, "in use by another needsd")
        configured(daemon, r"^data = .*", f"data = {tmp_path}/other")
        configured(daemon, r"^listen = .*", f"listen = {first.endpoint}")
        failed(daemon, TRY_AGAIN, "door .*another process listens there|in use")
        assert first.door().request("ping")


def test_start_of_a_plugin_whose_address_is_in_use(tmp_path):
    if not (build_dir() / "plugins" / "metrics" / "metrics.so").exists():
        pytest.skip("the plugin metrics is not built")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        daemon = Daemon(tmp_path / "p", plugins={"metrics": {"listen": "127.0.0.1:%d" % taken.getsockname()[1]}})
        daemon.configure()
        failed(daemon, TRY_AGAIN, "Address already in use")


@pytest.fixture
def small_disk():
    if os.geteuid() != 0:
        pytest.skip("mounting a small tmpfs needs root")
    directory = tempfile.mkdtemp(prefix="needsd-disk-")
    try:
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "needsd-test", directory], capture_output=True).returncode != 0:
            pytest.skip("a small tmpfs cannot be mounted here")
        yield pathlib.Path(directory)
    finally:
        subprocess.run(["umount", "-l", directory], capture_output=True)
        os.rmdir(directory)


def test_start_on_a_file_system_that_is_read_only(daemon, small_disk):
    (small_disk / "data").mkdir(mode=0o700)
    assert subprocess.run(["mount", "-o", "remount,ro", str(small_disk)]).returncode == 0
    configured(daemon, r"^data = .*", f"data = {small_disk}/data")
    failed(daemon, IO, "Read-only file system")


def test_start_on_a_full_disk_gets_its_day_when_there_is_room(small_disk, tmp_path):
    """Not a minute later: the day is tried again every few seconds."""
    with Daemon(tmp_path / "d", day="clock", wrong_clock=True, options={"data": small_disk / "data"}) as daemon:
        first = daemon.door().request("ping")["day"]
        daemon.stop()
        ballast = small_disk / "ballast"
        file = os.open(ballast, os.O_WRONLY | os.O_CREAT)
        try:
            while os.write(file, b"\0" * 4096):
                pass
        except OSError:  # full
            os.close(file)
        daemon.set_clock(days=1)
        try:
            daemon.start()
        except RuntimeError:  # not even the log of the database has room: it says so, and a supervisor tries again
            assert daemon.process.returncode in (IO, TRY_AGAIN)
            ballast.unlink()
            daemon.start()
        door = daemon.door()
        if ballast.exists():
            assert door.request("ping")["day"] == first and "could not be stored; trying again every few seconds" in daemon.new_log()
            ballast.unlink()
        began = time.monotonic()
        while door.request("ping")["day"] == first:
            assert time.monotonic() - began < 30, "there is room, and the day is not tried again"
            time.sleep(0.05)
        assert daemon.new_log().count("could not be stored") <= 1


# --- what a worker says before it ends ---

def with_worker(daemon, text):
    worker = daemon.dir / "worker"
    worker.write_text("#!/bin/sh\n" + text)
    worker.chmod(0o755)
    configured(daemon, r"^worker = .*", f"worker = {worker}")


def test_start_a_workers_last_words_are_in_the_log(daemon):
    """Though standard error is a file and a worker may write none; in plain characters, whatever they are."""
    with_worker(daemon, "ulimit -f 0\nprintf 'first\\033[31mline\\nlast \\342\\200\\256words' >&2\nexit 3\n")
    said = failed(daemon, FAULTS, "ended with status 3, 5 times")
    assert said.count(r'worker said authority=888 text="first\x1b[31mline"') == 5, said
    assert said.count(r'worker said authority=888 text="last \xe2\x80\xaewords"') == 5, said


def test_start_a_worker_that_says_too_much(daemon):
    """It is not kept waiting, its lines are cut, and the log is not filled."""
    with_worker(daemon, "i=0\nwhile [ $i -lt 3000 ]; do echo " + "x" * 600 + "; i=$((i + 1)); done >&2\n"
                        "i=0\nwhile [ $i -lt 2000 ]; do echo line $i; i=$((i + 1)); done >&2\nexit 3\n")
    said = failed(daemon, FAULTS, "ended with status 3, 5 times")
    words = [line for line in said.splitlines() if "worker said" in line]
    assert 1 <= len(words) <= 40 and max(map(len, words)) < 600 and len(said) < 40000


# --- standard input, output and error ---

def test_start_with_closed_descriptors(daemon):
    """Nothing of the daemon's gets the number of standard error, so that the log is never written into its data."""
    closed = subprocess.Popen(["/bin/sh", "-c", 'exec "$0" --config "$1" <&- >&- 2>&-', str(NEEDSD), str(daemon.config)])
    until = time.monotonic() + 60
    while not (daemon.dir / "door").exists():
        assert closed.poll() is None and time.monotonic() < until
        time.sleep(0.01)
    assert {os.readlink(f"/proc/{closed.pid}/fd/{n}") for n in range(3)} == {"/dev/null"}
    closed.terminate()
    assert closed.wait(60) == 0


PRINTS = ["--version", "--help", "--print-errors", "--print-options", "--print-schema person.recorded", "--check --config CONFIG", "--check --json --config CONFIG",
          "--check-catalogue CATALOGUE", "--check-rules RULES --with-catalogue CATALOGUE"]


@pytest.mark.parametrize("where", [">/dev/full", ">&-"])
@pytest.mark.parametrize("command", PRINTS)
def test_needsd_output_that_cannot_be_written(daemon, command, where):
    root = pathlib.Path(__file__).resolve().parents[2]
    command = command.replace("CONFIG", str(daemon.config)).replace("CATALOGUE", str(root / "rules/examples/888/catalogue")).replace("RULES", str(root / "rules/examples/888/rules"))
    env = dict(os.environ, NEEDS_SHARE=str(root / "rules"), NEEDS_WORKER=str(build_dir() / "daemon/needs-rules"))
    done = subprocess.run(["/bin/sh", "-c", f'exec "$0" {command} {where}', str(NEEDSD)], capture_output=True, text=True, timeout=120, env=env)
    assert done.returncode == IO and "the output could not be written" in done.stderr, done


COMMANDS = ["--version", "--help", "help", "help push", "push --help", "help --complete", "ping", "--json ping", "status", "--json status", "show", "show p-1", "--json show p-1",
            "explain p-1", "rules", "--json rules", "rules list", "catalogue", "catalogue find coaching", "titles", "verify", "settled", "ask health", "ask questions",
            "watch --count 1 --since start", "--json watch --count 1 --since start", "outbox", "day 2026-09-01", "push FILE", "check FILE"]


@pytest.fixture(scope="module")
def serving(tmp_path_factory):
    with Daemon(tmp_path_factory.mktemp("start") / "d") as daemon:
        door = daemon.door()
        door.day("2026-09-01")
        door.settle(door.push_good([post("p-1"), rated("p-1", {"STL3": 1}, date="2026-09-01")]))
        yield daemon


@pytest.mark.parametrize("command", COMMANDS)
def test_needs_output_that_cannot_be_written(serving, command, tmp_path):
    """A reader of half a table must not take it for all. What was done is done, so the statuses for refusals keep their meaning."""
    file = tmp_path / "events.json"
    file.write_text("[]")
    env = dict(os.environ, NEEDS_SERVER=serving.endpoint, NEEDS_AUTHORITY="888", NEEDS_SCHOOL="8889901", XDG_STATE_HOME=str(tmp_path), HOME=str(tmp_path))
    command = command.replace("FILE", str(file))

    def run(where):
        return subprocess.run(["/bin/sh", "-c", f'exec "$0" {command} {where}', str(NEEDS)], capture_output=True, text=True, timeout=30, env=env, stdin=subprocess.DEVNULL)

    good = run("")
    for where in (">/dev/full", ">&-"):
        done = run(where)
        if not good.stdout:
            assert done.returncode == good.returncode
        else:
            assert done.returncode == (good.returncode or 74) and "the output could not be written" in done.stderr, done


# --- whose files they are ---

@pytest.fixture
def known(tmp_path):
    """A daemon that ran once, with a worker, rules and a catalogue of its own that may be spoilt."""
    worker, places = tmp_path / "bin" / "needs-rules", {name: tmp_path / name for name in ("rules", "catalogue")}
    worker.parent.mkdir(mode=0o755)
    shutil.copy(build_dir() / "daemon" / "needs-rules", worker)
    worker.chmod(0o755)
    for place in places.values():
        place.mkdir(mode=0o755)
    daemon = Daemon(tmp_path / "d", options={"worker": worker}, authorities={"888": {"name": "Example", **places}})
    with daemon:
        daemon.door().push_good(post("p-1"))
    daemon.files = {"worker": worker, "bin": worker.parent, "head": daemon.data / "head", **places}
    return daemon


def check(daemon):
    done = subprocess.run([NEEDSD, "--config", daemon.config, "--check"], capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("what,mode,words,status", [
    ("worker", 0o757, "everybody can write it (mode 757); the option 'worker' names it: close it with chmod o-w", FAULTS),
    ("bin", 0o757, "everybody can write it (mode 757); the option 'worker' names it: close it with chmod o-w", FAULTS),
    ("rules", 0o777, "everybody can write it (mode 777); the option 'rules' names it: close it with chmod o-w", FAULTS),
    ("catalogue", 0o777, "everybody can write it (mode 777); the option 'catalogue' names it: close it with chmod o-w", FAULTS),
    ("head", 0o644, "others may read or write '{}' (mode 644): make it private with chmod 600", IO),
])
def test_start_is_refused_where_everybody_can_write(known, what, mode, words, status):
    known.files[what].chmod(mode)
    ready, ended, said = start(known)
    assert not ready and ended == status and words.format(known.files[what]) in said, said
    if status == FAULTS:
        ended, said = check(known)
        assert ended == FAULTS and words in said, said
    known.files[what].chmod(0o600 if what == "head" else 0o755)
    assert start(known)[:2] == (True, 0) and check(known)[0] == 0


@pytest.mark.parametrize("what,words,status", [
    ("worker", "belongs to user 65534, and the daemon runs as user 0; what the option 'worker' names must belong to root or to that user", FAULTS),
    ("head", "'{}' belongs to user 65534, the daemon runs as user 0: give it to that user with chown", IO),
])
def test_start_is_refused_where_somebody_else_owns_it(known, what, words, status):
    if os.geteuid() != 0:
        pytest.skip("only root can give a file to somebody else")
    os.chown(known.files[what], 65534, -1)
    ready, ended, said = start(known)
    assert not ready and ended == status and words.format(known.files[what]) in said, said
    os.chown(known.files[what], 0, -1)
    assert start(known)[:2] == (True, 0)


def test_start_warns_where_a_group_can_write_rules(known):
    """Who writes rules may well be a group; a worker is a program, and no group's."""
    if os.geteuid() != 0:
        pytest.skip("only root can give a file to another group")
    for what in ("rules", "worker"):
        os.chown(known.files[what], -1, 65534)
        known.files[what].chmod(0o775)
        words = f"{known.files[what]}: its group 65534 can write it (mode 775); the option '{what}' names it: close it with chmod g-w"
        status, said = check(known)
        assert words in said and status == (FAULTS if what == "worker" else 0), said
        ready, ended, said = start(known)
        assert words in said and ready == (what == "rules") and ended == (FAULTS if what == "worker" else 0), said
        assert " warn config " in said or what == "worker", said


def test_start_of_a_check_by_root_knows_whose_the_directory_is(known):
    """Root checks what the daemon's own user will run."""
    if os.geteuid() != 0:
        pytest.skip("only root can give a directory to somebody else")
    for path in (known.data, *known.data.iterdir(), known.files["worker"]):
        os.chown(path, 65534, -1)
    status, said = check(known)
    assert status == 0 and "belongs to user" not in said, said
    os.chown(known.files["worker"], 65533, -1)
    status, said = check(known)
    assert status == FAULTS and "belongs to user 65533, and the daemon runs as user 65534" in said, said
