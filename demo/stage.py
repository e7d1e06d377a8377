"""The stage of the demo: a daemon in a temporary directory, commands that are shown, run and checked, and an end that leaves nothing.

Used by the chapters (school.py, authority.py, client.py); told by demo.py.
"""
import contextlib
import json
import os
import pathlib
import pty
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
DATA = ROOT / "demo" / "data"
DAY = "2026-10-01"
PATIENCE = 60
CONFIG = """\
[daemon]
data   = {dir}/data
listen = ipc://{dir}/door
day    = manual                  ; the demo sets the day; a real one follows the clock
share  = {root}/rules            ; these two lines: because nothing is installed yet
worker = {build}/daemon/needs-rules

[authority 888]
name      = An imaginary authority
"""


class Wrong(Exception):
    """Something did not do what the demo says it does."""


def bold(text):
    return f"\033[1m{text}\033[0m" if sys.stdout.isatty() else text


def say(text):
    print(text, flush=True)


def heading(title, *lines, mark="=="):
    say("")
    say(bold(f"{mark} {title}"))
    for line in lines:
        say(f"   {line}")


def aside(title, *lines):
    heading(title, *lines, mark="--")


def columns():
    """As wide as the terminal, within reason."""
    return str(min(140, max(80, shutil.get_terminal_size((110, 24)).columns)))


def scratch_directory():
    """Short enough for a socket's name."""
    directory = tempfile.mkdtemp(prefix="needsd-demo-")
    if len(directory) > 80:
        os.rmdir(directory)
        directory = tempfile.mkdtemp(prefix="needsd-demo-", dir="/tmp")
    return pathlib.Path(directory)


class Stage:
    """One chapter's daemon, shell and processes. `config`: what the chapter adds to its configuration."""

    def __init__(self, build, config=""):
        self.build, self.dir = build, scratch_directory()
        self.config, self.log = self.dir / "needsd.conf", self.dir / "log"
        self.processes = []  # ours, oldest first
        self.daemon = None
        self.env = {name: value for name, value in os.environ.items() if not name.startswith("NEEDS_")}
        self.env.update(PATH=f"{build}/daemon:{build}/clients/needs:{os.environ.get('PATH', '/usr/bin:/bin')}", HOME=str(self.dir),
                        XDG_STATE_HOME=str(self.dir / "state"), XDG_CONFIG_HOME=str(self.dir / "config"), COLUMNS=columns(), TERM="dumb", TMP=str(self.dir))
        self.config.write_text((CONFIG + config).format(dir=self.dir, root=ROOT, build=build))

    # --- commands ---

    def settings(self, **values):
        """`export NAME=value`, shown and done."""
        self.env.update(values)
        say(bold("$ export " + " ".join(f"{name}={value}" for name, value in values.items())))

    def shell(self, command, terminal=False):
        """Its output; `terminal`: as it looks on a terminal, so that tables fit."""
        if not terminal:
            return subprocess.run(["bash", "-c", command], cwd=DATA, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, errors="replace", timeout=PATIENCE)
        try:
            ours, theirs = pty.openpty()
        except OSError:  # a machine without terminals
            return self.shell(command)
        process = self.start_process(["bash", "-c", command], stdout=theirs, stderr=subprocess.STDOUT)
        os.close(theirs)
        watchdog = threading.Timer(PATIENCE, process.kill)
        watchdog.daemon = True  # a demo that is stopped half-way does not wait for it
        watchdog.start()
        said = b""
        with contextlib.suppress(OSError):  # which is how a terminal ends
            while piece := os.read(ours, 65536):
                said += piece
        os.close(ours)
        process.wait()
        watchdog.cancel()
        self.processes.remove(process)
        lines = said.decode(errors="replace").replace("\r\n", "\n").split("\n")
        return subprocess.CompletedProcess(command, process.returncode, "\n".join(line.rstrip("\r").rpartition("\r")[2].removeprefix("\033[K") for line in lines))  # no progress bars

    def run(self, command, status=0, says=(), never=()):
        """Shows the command, runs it in demo/data, shows and checks what it said."""
        say("")
        say(bold(f"$ {command}"))
        done = self.shell(command, terminal=True)
        say(done.stdout.rstrip("\n"))
        if done.returncode != status:
            raise Wrong(f"`{command}` ended with {done.returncode}, not {status}")
        for text in says:
            if text not in " ".join(done.stdout.split()):
                raise Wrong(f"`{command}` did not say '{text}'")
        for text in never:
            if text in done.stdout:
                raise Wrong(f"`{command}` still says '{text}'")
        return done.stdout

    def quiet(self, command):
        """Runs without showing: to compare what was with what is."""
        done = self.shell(command)
        if done.returncode != 0:
            raise Wrong(f"`{command}` ended with {done.returncode}: {done.stdout}")
        return done.stdout

    # --- processes ---

    def start_process(self, command, **more):
        process = subprocess.Popen(command, cwd=DATA, env=self.env, stdin=subprocess.DEVNULL, **more)
        self.processes.append(process)
        return process

    def start_daemon(self, show=True):
        if show:
            say(bold(f"$ cat {self.config}"))
            say(self.config.read_text())
        say(bold(f"$ needsd --config {self.config} &"))
        began = self.log.stat().st_size if self.log.exists() else 0
        with open(self.log, "ab") as log:
            self.daemon = self.start_process(["needsd", "--config", str(self.config)], stdout=log, stderr=log)
        self.until(lambda: b"\nready\n" in self.log.read_bytes()[began:], "needsd did not say 'ready'", self.daemon)
        say("ready")

    def begin(self, school="8889901"):
        self.start_daemon()
        say("")
        self.settings(NEEDS_SERVER=f"ipc://{self.dir}/door", NEEDS_AUTHORITY="888", **({"NEEDS_SCHOOL": school} if school else {}))
        self.run(f"needs day {DAY}", says=[DAY])

    def reload(self):
        say("")
        say(bold(f"$ kill -HUP {self.daemon.pid}        # the daemon reads its rules and catalogue again"))
        self.daemon.send_signal(signal.SIGHUP)

    def logged(self, pattern):
        """The first group of the pattern in the daemon's log."""
        found = re.search(pattern, self.log.read_text(errors="replace"))
        return found and found.group(1)

    def until(self, true, otherwise, process=None):
        end = time.monotonic() + PATIENCE
        while not true():
            if process is not None and process.poll() is not None:
                raise Wrong(f"{otherwise}; it ended with {process.returncode}:\n{self.log.read_text()[-2000:]}")
            if time.monotonic() > end:
                raise Wrong(f"{otherwise} within {PATIENCE} s")
            time.sleep(0.05)

    def follows(self):
        said = subprocess.run(["needs", "--json", "status"], env=self.env, stdout=subprocess.PIPE, text=True, timeout=PATIENCE)
        return said.returncode == 0 and json.loads(said.stdout)["follows"] > 0

    def workers(self):
        pid = self.daemon.pid
        return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def kill_daemon(self):
        say("")
        say(bold(f"$ kill -9 {self.daemon.pid}          # the daemon"))
        self.daemon.kill()
        self.daemon.wait(PATIENCE)

    def stop_daemon(self):
        workers = self.workers()
        say("")
        say(bold(f"$ kill -TERM {self.daemon.pid}       # the daemon, by its process id"))
        self.daemon.send_signal(signal.SIGTERM)
        if self.daemon.wait(PATIENCE) != 0:
            raise Wrong(f"needsd ended with {self.daemon.returncode}")
        self.until(lambda: not any(pathlib.Path(f"/proc/{pid}/exe").exists() for pid in workers), "a worker outlived the daemon")
        say(f"needsd ended with status 0, its {len(workers)} rules worker{'s' if len(workers) > 1 else ''} with it.")

    def finish(self):
        for process in reversed(self.processes):
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(15)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)


class Background:
    """A command in the background; its lines appear as they come. `live`: it must hear what comes from here on."""

    def __init__(self, stage, command, name, live=False):
        say("")
        say(bold(f"$ {command} &"))
        self.stage, self.name, self.lines = stage, name, []
        self.process = stage.start_process(command.split(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        if live:
            stage.until(stage.follows, f"{name} did not begin", self.process)

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line)
            say(f"   {self.name} | {line.rstrip()}")

    def said(self, text):
        return text in "".join(self.lines)

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        if self.process.wait(PATIENCE) != 0:
            raise Wrong(f"{self.name} ended with {self.process.returncode}")
        self.reader.join(PATIENCE)

    def kill(self):
        say("")
        say(bold(f"$ kill -9 {self.process.pid}          # {self.name}, in the middle of its work"))
        self.process.kill()
        self.process.wait(PATIENCE)
        self.reader.join(PATIENCE)
