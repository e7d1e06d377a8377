"""A real needsd on a temporary directory, ended by its process id."""
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

from door import Door

ROOT = pathlib.Path(__file__).resolve().parents[2]


def build_dir():
    return pathlib.Path(os.environ.get("NEEDS_BUILD_DIR", ROOT / "build"))


def children(pid):
    try:
        return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


class Daemon:
    def __init__(self, directory=None, day="manual", authorities=None, wrap=(), options=None, plugins=None, wrong_clock=False):
        """`wrong_clock`: set_clock() moves the daemon's wall clock. `authorities`: code -> {option: value}. `options`: more of [daemon]. `wrap`: a command to run it under.
        `plugins`: name -> {option: value}; without a path, the one that was built."""
        self.own = directory is None
        self.dir = pathlib.Path(directory or tempfile.mkdtemp(prefix="needsd-"))
        self.dir.mkdir(exist_ok=True)
        self.data = self.dir / "data"
        self.endpoint = f"ipc://{self.dir}/door"
        self.config, self.log = self.dir / "needsd.conf", self.dir / "log"
        self.day, self.wrap, self.options = day, list(wrap), dict(options or {})
        self.authorities = authorities or {"888": {"name": "Example"}}
        self.plugins = plugins or {}
        self.clock = self.dir / "clock" if wrong_clock else None
        self.process, self.doors = None, []

    def configure(self):
        build = build_dir()
        daemon = {"data": self.data, "listen": self.endpoint, "day": self.day, "share": ROOT / "rules",
                  "worker": build / "daemon" / "needs-rules", "school_pause": 0, **self.options}
        text = "[daemon]\n" + "".join(f"{k} = {v}\n" for k, v in daemon.items())
        for code, options in self.authorities.items():
            text += f"[authority {code}]\n" + "".join(f"{k} = {v}\n" for k, v in options.items())
        for name, options in self.plugins.items():
            options = {"path": build / "plugins" / name / f"{name}.so", **options}
            if build in pathlib.Path(options["path"]).parents:  # a copy, since the tree may lie where others can write, and is refused there
                copy = shutil.copy(options["path"], self.dir / "new.so")
                options["path"] = pathlib.Path(copy).replace(self.dir / f"{name}.so")  # never over a file that is in use
            text += f"[plugin {name}]\n" + "".join(f"{k} = {v}\n" for k, v in options.items())
        self.config.write_text(text)

    def start(self, wait=True, timeout=60):
        self.configure()
        if os.environ.get("NEEDS_VALGRIND") and not self.wrap:
            self.wrap = ["valgrind", "--quiet", "--error-exitcode=9", "--leak-check=full", "--errors-for-leak-kinds=definite", "--child-silent-after-fork=yes"]
        self.started_at = self.log.stat().st_size if self.log.exists() else 0
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([*self.wrap, str(build_dir() / "daemon" / "needsd"), "--config", str(self.config)],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment())
        if wait:
            self.wait_ready(timeout)
        return self

    def set_clock(self, days=0, seconds=0):
        """How far the daemon's wall clock is off, from its next look on."""
        fresh = self.dir / "clock.new"
        fresh.write_text(f"{days * 86400 + seconds}\n")
        fresh.replace(self.clock)

    def environment(self):
        if self.clock is not None:
            return {**os.environ, "LD_PRELOAD": str(build_dir() / "tests" / "clock" / "wrong_clock.so"), "WRONG_CLOCK": str(self.clock),
                    "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}
        if not self.traced():
            return None
        return {**os.environ, "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}  # which needs ptrace for itself

    def traced(self):
        return "strace" in self.wrap[:1]

    def pid(self):
        """The daemon's own: strace is its parent."""
        return children(self.process.pid)[0] if self.traced() and children(self.process.pid) else self.process.pid

    def new_log(self):
        return self.log.read_bytes()[self.started_at:].decode(errors="replace") if self.log.exists() else ""

    def wait_ready(self, timeout=60):
        until = time.monotonic() + timeout
        while time.monotonic() < until:
            if "\nready\n" in "\n" + self.new_log():
                return
            if self.process.poll() is not None:
                raise RuntimeError(f"needsd ended with {self.process.returncode}:\n{self.new_log()[-3000:]}")
            time.sleep(0.01)
        raise TimeoutError(f"needsd is not ready:\n{self.new_log()[-3000:]}")

    def door(self, **more):
        door = Door(self.endpoint, **more)
        self.doors.append(door)
        return door

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def workers(self):
        """Process ids of the rules workers that are this daemon's children."""
        return children(self.pid())

    def kill(self):
        os.kill(self.pid(), signal.SIGKILL)
        self.process.wait()

    def hup(self):
        os.kill(self.pid(), signal.SIGHUP)

    def stop(self, timeout=30):
        """An orderly stop; returns the exit status."""
        if self.process is None:
            return None
        workers = self.workers()
        if self.process.poll() is None:
            os.kill(self.pid(), signal.SIGTERM)
        status = self.process.wait(timeout)
        left = [pid for pid in workers if pathlib.Path(f"/proc/{pid}/exe").exists()]
        assert not left, f"workers outlived the daemon: {left}"
        return status

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *_):
        for door in self.doors:
            door.close()
        try:
            status = self.stop() if self.process and self.process.poll() is None else self.process and self.process.returncode
            if kind is None:
                assert status in (0, None, -9), f"needsd ended with {status}:\n{self.new_log()[-3000:]}"
        finally:
            if self.process and self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            if self.own and (kind is None or not os.environ.get("NEEDS_KEEP")):
                shutil.rmtree(self.dir, ignore_errors=True)
