"""Seeded faults: each breaks one promise in a copy of the tree, and the tests named beside it must see it.

    mutants.py COPY [--applies] [N | NAME...]

COPY is a directory for the copy and its build. For each fault one line: killed, survived, does not build, or no longer applies. N takes so many
of them, spread over the table. --applies only says which faults no longer apply. Exit status 1 where one survived, does not build or no longer applies."""
import pathlib
import re
import shutil
import subprocess
import sys
import time

from table import FAULTS

ROOT = pathlib.Path(__file__).resolve().parents[2]
PYTHON = "/usr/bin/python3"


def pattern(old):
    """Matches the text however it is laid out: white space may stand between any two characters, or not."""
    return re.compile(r"\s*".join(re.escape(c) for c in old if not c.isspace()))


def applied(text, old, new):
    """The text with the fault in it, or None unless the old text is there exactly once."""
    found = list(pattern(old).finditer(text))
    if len(found) != 1:
        return None
    at = found[0]
    return text[:at.start()] + new.strip() + text[at.end():]


def run(command, where, **more):
    return subprocess.run(command, cwd=where, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", **more)


def tree_files():
    names = run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], ROOT).stdout.split("\0")
    return [name for name in names if name and (ROOT / name).is_file()]


def copy_tree(copy):
    """Writes what differs, and only that, so that little is compiled again."""
    names = tree_files()
    for name in names:
        source, target = ROOT / name, copy / name
        if target.exists() and target.read_bytes() == source.read_bytes():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)
    return names


class Copy:
    def __init__(self, place, built=None):
        """`built`: a build of this tree that the copy begins with, so that only what a fault touches is compiled."""
        self.place, self.build = place, place / "build"
        place.mkdir(parents=True, exist_ok=True)
        copy_tree(place)
        if built is not None and not self.build.exists():
            shutil.copytree(built, self.build, symlinks=True, ignore=shutil.ignore_patterns("node", "results*"))
        if not (self.build / "build.ninja").exists():
            done = run(["meson", "setup", str(self.build)], place)
            if done.returncode != 0:
                sys.exit(done.stdout)
        done = run(["ninja", "-C", str(self.build)], place)
        if done.returncode != 0:
            sys.exit(done.stdout[-3000:])

    def units(self, word):
        """The unit tests whose names hold the word."""
        return sorted(path.stem for path in (self.place / "tests" / "unit").glob(f"test_*{word}*.c"))

    def make(self, name):
        """Compiles what one test needs: a unit test alone, or everything. None, or the compiler's first complaint."""
        units = [f"tests/unit/{unit}" for unit in self.units(name[5:])] if name.startswith("unit:") else []
        units += ["daemon/needs-rules"] if units else []
        done = run(["ninja", "-C", str(self.build), *units], self.place)
        return None if done.returncode == 0 else next((line for line in done.stdout.splitlines() if "error" in line), done.stdout[-300:])

    def test(self, name):
        """None: it passes; else the line that says what fails."""
        if name.startswith("unit:"):
            units = self.units(name[5:])
            if not units:
                return f"there is no unit test {name[5:]}"
            command = ["sh", "-ec", "; ".join(f"{self.build}/tests/unit/{unit}" for unit in units)]
        else:
            command = [PYTHON, "-B", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", f"tests/integration/{name}"]
        done = run(["env", f"NEEDS_BUILD_DIR={self.build}", f"NEEDS_WORKER={self.build}/daemon/needs-rules", *command], self.place)
        if done.returncode == 0:
            return None
        said = [line for line in done.stdout.splitlines() if "FAIL" in line or "ERROR" in line]
        return f"{name}: {said[-1].strip() if said else 'status ' + str(done.returncode)}"[:160]


def changed(fault):
    """File -> the text with the fault, or the reason why it no longer applies."""
    texts = {}
    for name, old, new in fault.edits:
        if not (ROOT / name).exists():
            return f"there is no {name}"
        text = applied(texts.get(name) or (ROOT / name).read_text(), old, new)
        if text is None:
            return f"{name} does not hold once: {old.strip()[:60]}"
        texts[name] = text
    return texts


def judged(copy, fault):
    texts = changed(fault)
    if isinstance(texts, str):
        return "no longer applies", texts
    try:
        for name, text in texts.items():
            (copy.place / name).write_text(text)
        for test in sorted(fault.tests, key=lambda test: not test.startswith("unit:")):  # the quick ones first
            said = copy.make(test)
            if said:
                return "does not build", said
            said = copy.test(test)
            if said:
                return "killed", said
        return "survived", fault.promise
    finally:
        for name in texts:
            shutil.copy(ROOT / name, copy.place / name)


def spread(n):
    """`n` faults, or all, evenly from the whole table."""
    n = max(1, min(n, len(FAULTS)))
    return [FAULTS[i * len(FAULTS) // n] for i in range(n)]


def main(place, *arguments):
    names = [a for a in arguments if a != "--applies"]
    if len(names) == 1 and names[0].isdigit():
        names = [fault.name for fault in spread(int(names[0]))]
    unknown = set(names) - {fault.name for fault in FAULTS}
    if unknown:
        sys.exit(f"no such fault: {', '.join(sorted(unknown))}")

    faults = [fault for fault in FAULTS if not names or fault.name in names]
    if "--applies" in arguments:
        gone = [(fault.name, why) for fault in faults if isinstance(why := changed(fault), str)]
        print(*(f"{name}: no longer applies: {why}" for name, why in gone), f"{len(faults) - len(gone)} of {len(faults)} apply", sep="\n")
        return len(gone) > 0

    copy, counts = Copy(pathlib.Path(place).resolve()), {}
    for fault in faults:
        began = time.monotonic()
        verdict, why = judged(copy, fault)
        counts[verdict] = counts.get(verdict, 0) + 1
        print(f"{fault.name}: {verdict} ({time.monotonic() - began:.0f} s): {why}", flush=True)
    print(", ".join(f"{n} {verdict}" for verdict, n in sorted(counts.items())))
    return set(counts) != {"killed"}


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
