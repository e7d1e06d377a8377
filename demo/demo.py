#!/usr/bin/python3
"""The demo: an imaginary authority, three of its schools, 300 people and a term of reviews, from a first start to a stop.

`demo.py BUILD` runs a daemon on a temporary directory and speaks to it with the command line `needs`, nothing else. Every screen
shows the command before its output and checks that it did what the words say; the exit status is 1 if one did not. Nothing is
left behind: processes are ended by their id, the directory is removed.
"""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
DATA = ROOT / "demo" / "data"
DAY, PERSON, CLOSED = "2026-10-01", "p-0106", "shadowing.STL3"
PATIENCE = 60
CONFIG = """\
[daemon]
data   = {dir}/data
door   = ipc://{dir}/door
day    = manual                  ; the demo sets the day; a real one follows the clock
share  = {root}/rules            ; these two lines: because nothing is installed yet
worker = {build}/daemon/needs-rules

[authority 888]
name      = An imaginary authority
catalogue = {root}/rules/examples/888/catalogue
"""


class Wrong(Exception):
    """Something did not do what the demo says it does."""


def bold(text):
    return f"\033[1m{text}\033[0m" if sys.stdout.isatty() else text


def say(text):
    print(text, flush=True)


def chapter(title, *lines, mark="=="):
    say("")
    say(bold(f"{mark} {title}"))
    for line in lines:
        say(f"   {line}")


def scratch_directory():
    """Short enough for a socket's name."""
    directory = tempfile.mkdtemp(prefix="needsd-demo-")
    if len(directory) > 80:
        os.rmdir(directory)
        directory = tempfile.mkdtemp(prefix="needsd-demo-", dir="/tmp")
    return pathlib.Path(directory)


class Demo:
    def __init__(self, build):
        self.dir = scratch_directory()
        self.config, self.log = self.dir / "needsd.conf", self.dir / "log"
        self.processes = []  # ours, oldest first
        self.daemon = None
        self.env = {name: value for name, value in os.environ.items() if not name.startswith("NEEDS_")}
        self.env.update(PATH=f"{build}/daemon:{build}/clients/needs:{os.environ.get('PATH', '/usr/bin:/bin')}", HOME=str(self.dir),
                        XDG_STATE_HOME=str(self.dir / "state"), XDG_CONFIG_HOME=str(self.dir / "config"))
        self.config.write_text(CONFIG.format(dir=self.dir, root=ROOT, build=build))

    def settings(self, **values):
        """`export NAME=value`, shown and done."""
        self.env.update(values)
        say(bold("$ export " + " ".join(f"{name}={value}" for name, value in values.items())))

    def run(self, command, status=0, says=(), never=()):
        """Shows the command, runs it in demo/data, shows and checks what it said."""
        say("")
        say(bold(f"$ {command}"))
        done = subprocess.run(["bash", "-c", command], cwd=DATA, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace", timeout=PATIENCE)
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

    def start_process(self, command, **more):
        process = subprocess.Popen(command, cwd=DATA, env=self.env, stdin=subprocess.DEVNULL, **more)
        self.processes.append(process)
        return process

    def start_daemon(self):
        say(bold(f"$ cat {self.config}"))
        say(self.config.read_text())
        say(bold(f"$ needsd --config {self.config} &"))
        with open(self.log, "wb") as log:
            self.daemon = self.start_process(["needsd", "--config", str(self.config)], stdout=log, stderr=log)
        self.until(lambda: "\nready\n" in self.log.read_text(), "needsd did not say 'ready'", self.daemon)
        say("ready")

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
        return '"follows":1' in said.stdout.replace(" ", "")

    def workers(self):
        pid = self.daemon.pid
        return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

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


class Watch:
    """`needs watch` in the background; its lines appear as they come."""

    def __init__(self, demo, command):
        say("")
        say(bold(f"$ {command} &"))
        self.lines = []
        self.process = demo.start_process(command.split(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        demo.until(demo.follows, "the watch did not begin", self.process)

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line)
            say(f"   watch | {line.rstrip()}")

    def said(self, text):
        return text in "".join(self.lines)

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        if self.process.wait(PATIENCE) != 0:
            raise Wrong(f"the watch ended with {self.process.returncode}")
        self.reader.join(PATIENCE)


# --- the story ---

def start(demo):
    chapter("1. Start", "One daemon, one authority, one configuration file. Nobody is known yet.")
    demo.start_daemon()
    say("")
    demo.settings(NEEDS_DOOR=f"ipc://{demo.dir}/door", NEEDS_AUTHORITY="888", NEEDS_SCHOOL="8889901")
    demo.run(f"needs day {DAY}", says=[DAY])


def people(demo):
    chapter("2. Who works where", "Three schools' information systems export their staff: 300 people, one line each, pseudonymous ids only.")
    demo.run("sed -n 2p hillside-people.ndjson")
    demo.run("needs push hillside-people.ndjson oakmere-people.ndjson larch-people.ndjson", says=["303 accepted", "0 rejected"])


def reviews(demo):
    chapter("3. A term of reviews, as a spreadsheet", "Hillside's office saved it with semicolons, dates with the day first, and five mistakes in it.",
            "Every mistake is named by row and column; the good rows are taken all the same.")
    demo.run("head -n 4 hillside-reviews.csv")
    demo.run("needs push hillside-reviews.csv", status=1, says=[
        "row 14, column C (competence): unknown-competence", "row 42, column D (level): out-of-range", "row 79, column B (date): out-of-range",
        "row 120, column A (person): missing", "row 152, column D (level): repeated", "5 rejected"])
    chapter("The same file again", "Nothing is taken twice.", mark="--")
    demo.run("needs push hillside-reviews.csv", status=1, says=["0 accepted", "5 rejected"])
    chapter("The corrected file", "Only what was wrong before is new.", mark="--")
    demo.run("needs push hillside-reviews-corrected.csv", says=["4 accepted", "0 rejected"])
    chapter("The other schools", "One file in an old Windows character set, with a column that nobody asked for; one with tabs, in UTF-16.",
            mark="--")
    demo.run("needs --school 8889908 push oakmere-reviews.csv", says=["2298 accepted", "0 rejected", "'room' is left out"])
    demo.run("needs --school 8889910 push larch-reviews.csv", says=["1816 accepted", "0 rejected"])
    demo.run("needs settled", says=["has been worked out"])


def read(demo):
    chapter("4. The school at a glance")
    demo.run("needs show | head -n 14", says=[PERSON])
    chapter("5. One person", "What the post asks for, what is missing, what would help, and why. Advice, never a decision.")
    demo.run(f"needs show {PERSON}", says=["STL3", f"[{CLOSED}]", "[mentoring.STL4]", "rule shadow-one-level", "by law"])
    chapter("6. Why?", "Which rating counts, which rules fired, which did not and why not: worked out again, not looked up.")
    demo.run(f"needs explain {PERSON} {CLOSED}", says=["this one decides", "yes: shadow-one-level", "no, you are not new in the school"])
    chapter("The person answers", "What was accepted stays, whatever the rules say tomorrow.", mark="--")
    demo.run(f"needs respond {PERSON} mentoring.STL4 accepted --date {DAY}")


def withdrawal(demo):
    chapter("7. The gap closes", "Somebody watches the school. An observer has seen the person do it alone, and sends that:")
    watch = Watch(demo, f"needs watch 888/8889901/{PERSON}")
    demo.run("cat hillside-observation.csv")
    demo.run("needs push hillside-observation.csv", says=["1 accepted"])
    demo.until(lambda: watch.said("withdrawn") and watch.said(CLOSED), "the withdrawal did not appear", watch.process)
    demo.run("needs settled")
    watch.stop()
    chapter("And so it stands now", mark="--")
    demo.run(f"needs show {PERSON} | grep -o '\\[.*\\..*\\]'", says=["[mentoring.STL4]"], never=[CLOSED])


def end(demo):
    chapter("8. Is it well?", "`verify` works out the whole journal again and compares the result with what stands.")
    demo.run("needs status", says=["1 October 2026"])
    demo.run("needs verify", says=["all the same", "300 persons"])
    chapter("9. Stop")
    demo.stop_daemon()


def tell(demo):
    for part in (start, people, reviews, read, withdrawal, end):
        part(demo)


def on_signal(number, _):
    raise KeyboardInterrupt(number)


def main():
    if len(sys.argv) != 2:
        print("usage: demo.py BUILD   (the directory that ./dev build made)", file=sys.stderr)
        return 2
    build = pathlib.Path(sys.argv[1]).resolve()
    for program in ("daemon/needsd", "daemon/needs-rules", "clients/needs/needs"):
        if not (build / program).exists():
            print(f"demo.py: there is no {build / program}; run ./dev build first", file=sys.stderr)
            return 2
    signal.signal(signal.SIGTERM, on_signal)
    sys.stdout.reconfigure(errors="replace")
    began = time.monotonic()
    demo = Demo(build)
    try:
        tell(demo)
    except (Wrong, subprocess.TimeoutExpired) as why:
        say("")
        say(bold(f"The demo did not go as it should: {why}"))
        return 1
    except KeyboardInterrupt:
        say("\nstopped")
        return 130
    finally:
        demo.finish()
    say("")
    say(f"All of it did what it says, in {time.monotonic() - began:.1f} s. Nothing was left behind. README.md goes on from here.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
