"""A limit on the size of files is an error like any other."""
import pathlib
import subprocess

from daemon import Daemon, build_dir


def test_a_limit_on_the_size_of_files_is_said(tmp_path):
    daemon = Daemon(tmp_path / "d")
    daemon.configure()
    done = subprocess.run(["prlimit", "--fsize=1000", str(build_dir() / "daemon" / "needsd"), "--config", str(daemon.config)],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode in (74, 75) and "error" in done.stderr, done
    assert not pathlib.Path(f"{daemon.dir}/door").exists()
