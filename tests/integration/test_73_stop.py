"""A stop is heard at once, and a limit on the size of files is an error like any other."""
import os
import pathlib
import signal
import subprocess

from daemon import Daemon, build_dir
from door import post, rated


def test_a_stop_does_not_wait_for_all_that_was_asked():
    """Many long questions in one go, then SIGTERM: the daemon ends before it has answered them all."""
    with Daemon() as daemon:
        door = daemon.door()
        door.day("2026-09-01")
        door.settle(door.push_good([e for n in range(120) for e in (post(f"p-{n}"), rated(f"p-{n}", {"STL3": 1}))]))
        os.kill(daemon.pid(), signal.SIGSTOP)  # so that all of them wait together
        for n in range(60):
            door.send("ask", {"question": "school", "authority": "888", "school": "8889901"}, b"q%d" % n)
        os.kill(daemon.pid(), signal.SIGTERM)
        os.kill(daemon.pid(), signal.SIGCONT)
        assert daemon.process.wait(60) == 0
        answered = 0
        while door.socket.poll(200):
            door.receive()
            answered += 1
        assert answered < 60


def test_a_limit_on_the_size_of_files_is_said(tmp_path):
    daemon = Daemon(tmp_path / "d")
    daemon.configure()
    done = subprocess.run(["prlimit", "--fsize=1000", str(build_dir() / "daemon" / "needsd"), "--config", str(daemon.config)],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode in (74, 75) and "error" in done.stderr, done
    assert not pathlib.Path(f"{daemon.dir}/door").exists()
