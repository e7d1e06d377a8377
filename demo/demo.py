#!/usr/bin/python3
"""The demo: an imaginary authority with eight schools and some 370 people, told in three chapters.

`demo.py BUILD [school|authority|client]` tells one chapter, or all. A chapter runs a daemon on a temporary directory and speaks to it
with the command line `needs` (the third one with the clients that are there to be copied), nothing else. Every screen shows the
command before its output and checks that it did what the words say; the exit status is 1 if one did not. Nothing is left behind:
processes are ended by their id, the directory is removed.
"""
import pathlib
import signal
import subprocess
import sys
import time

import authority
import client
import school
from stage import Wrong, bold, say

CHAPTERS = {"school": school, "authority": authority, "client": client}
USAGE = "usage: demo.py BUILD [school|authority|client]   (BUILD: the directory that ./dev build made)"


def on_signal(number, _):
    raise KeyboardInterrupt(number)


def tell(build, names):
    for number, name in enumerate(CHAPTERS, 1):
        if name in names:
            say("")
            say(bold(f"#### Chapter {number}: {CHAPTERS[name].TITLE}"))
            CHAPTERS[name].tell(build)


def main():
    names = sys.argv[2:] or list(CHAPTERS)
    if len(sys.argv) < 2 or not set(names) <= set(CHAPTERS):
        print(USAGE, file=sys.stderr)
        return 2
    build = pathlib.Path(sys.argv[1]).resolve()
    for program in ("daemon/needsd", "daemon/needs-rules", "clients/needs/needs"):
        if not (build / program).exists():
            print(f"demo.py: there is no {build / program}; run ./dev build first", file=sys.stderr)
            return 2
    signal.signal(signal.SIGTERM, on_signal)
    sys.stdout.reconfigure(errors="replace")
    began = time.monotonic()
    try:
        tell(build, names)
    except (Wrong, subprocess.TimeoutExpired) as why:
        say("")
        say(bold(f"The demo did not go as it should: {why}"))
        return 1
    except KeyboardInterrupt:
        say("\nstopped")
        return 130
    say("")
    say(f"All of it did what it says, in {time.monotonic() - began:.1f} s. Nothing was left behind. README.md goes on from here.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
