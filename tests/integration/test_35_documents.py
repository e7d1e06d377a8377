"""What the documents say is true: every --help, every manual page, every example is held against the programs, and run.

Nothing here is listed by hand: commands come from the program, pages and blocks from the tree. A shell block of a document is run as it
stands; one that cannot be is marked ```sh (not run: why)."""
import collections
import fcntl
import json
import os
import pathlib
import pty
import re
import select
import shlex
import shutil
import signal
import struct
import subprocess
import termios
import time

import pytest

from daemon import ROOT, Daemon, build_dir
from documents import examples, fenced, manual_pages, plain, section, tracked
from door import event, post, rated

pytestmark = pytest.mark.slow

NEEDS, NEEDSD = build_dir() / "clients" / "needs" / "needs", build_dir() / "daemon" / "needsd"
PAGE = ROOT / "clients" / "needs" / "needs.1"
COMPLETION = ROOT / "clients" / "needs" / "needs.bash-completion"
POPT = {"--help", "--usage"}
CLEAN = {k: v for k, v in os.environ.items() if not k.startswith("NEEDS_")}


def terminal():
    try:
        return pty.openpty()
    except OSError as why:
        pytest.skip(f"this machine has no terminals: {why}")


def run(*args, **more):
    return subprocess.run([str(a) for a in args], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, env=CLEAN, **more)


def options_in(text):
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text))


def completions(*command):
    """What the program says that a shell may complete."""
    lines = run(NEEDS, "help", "--complete", *command).stdout.splitlines()
    return {line.split("=")[0].split()[0]: line.split()[1:] for line in lines if line.startswith("--")}, [l[2:].split() for l in lines if l.startswith("@")]


def commands():
    """None without a build: the tests then fail, the collection does not."""
    return completions()[1][0] if NEEDS.exists() else []


COMMANDS = commands()


def verbs(command):
    """Words of a command that take options of their own: needs rules check ..."""
    return completions(command)[1][0] if command == "rules" else []


def manual():
    """Command -> its part of needs(1), as plain text."""
    out = collections.defaultdict(str)
    for part in ("\n" + section(PAGE, "COMMAND")).split("\n.SS ")[1:]:
        out[part.split()[0]] += plain(part)
    return out


# --- needs: help and manual page ---

def test_documents_help_lists_every_command():
    listed = run(NEEDS, "help")
    assert listed.returncode == 0 and re.findall(r"^  ([a-z]+)  ", listed.stdout, re.M) == COMMANDS
    assert run(NEEDS, "--help").stdout == listed.stdout
    assert len(COMMANDS) >= 16 and "titles" in COMMANDS


def test_documents_help_of_rules_says_what_each_verb_is_for():
    told = run(NEEDS, "rules", "--help").stdout
    lines = re.findall(r"^  (\S+) {2,}\S.{10,}$", told.split("Options of every command")[0], re.M)
    assert lines == verbs("rules") and "publish" in lines


def test_documents_manual_names_documents_that_are_installed():
    installed = json.loads(subprocess.run(["meson", "introspect", "--installed", build_dir()], stdout=subprocess.PIPE, check=True).stdout)
    named = re.findall(r"\b[a-z]+\.md\b", plain(PAGE.read_text()))
    assert len(set(named)) == 3
    for name in named:
        assert any(to.endswith(f"/share/doc/needsd/{name}") for to in installed.values()), name


def test_documents_manual_has_every_command_and_no_other():
    missing, gone = set(COMMANDS) - set(manual()), set(manual()) - set(COMMANDS)
    assert not missing, f"needs.1 does not have the commands {sorted(missing)}"
    assert not gone, f"needs.1 has commands that the program does not: {sorted(gone)}"


def common():
    return options_in(plain(section(PAGE, "OPTIONS OF EVERY COMMAND"))) | POPT


def test_documents_common_options():
    before = set(completions()[0])
    assert before | {"--help", "--version"} == common() - {"--usage"}
    assert before <= options_in(plain(section(PAGE, "SYNOPSI")))


@pytest.mark.parametrize("command", COMMANDS)
def test_documents_help_and_manual_name_the_same_options(command):
    shown = run(NEEDS, command, "--help")
    assert shown.returncode == 0 and not shown.stderr
    assert run(NEEDS, "help", command).stdout == shown.stdout
    if command == "help":
        return
    assert shown.stdout.startswith(f"Usage: needs {command} [OPTION...]")
    taken = set(completions(command)[0])
    assert options_in(shown.stdout) == taken | POPT
    for verb in verbs(command):
        shown = run(NEEDS, command, verb, "--help")
        assert shown.returncode == 0 and shown.stdout.startswith(f"Usage: needs {command} {verb} [OPTION...]")
        own = set(completions(command, verb)[0])
        assert options_in(shown.stdout) == own | POPT
        assert re.search(rf"^\.SS {command} {verb}\b", PAGE.read_text(), re.M), f"needs.1 does not have {command} {verb}"
        taken |= own
    own, said = taken - common(), options_in(manual()[command])
    if re.match(r"(?s).*\nThe same as\s", manual()[command]):  # another name for a command with an option of it
        other = re.search(r'The same as\n\.BR? "?([a-z]+)', manual()[command])[1]
        said |= options_in(manual()[other])
    assert not own - said, f"needs.1 does not say of {command}: {sorted(own - said)}"
    assert not said - taken - {"--check"} - common(), f"needs.1 gives {command} options that it does not take: {sorted(said - taken)}"


@pytest.mark.parametrize("typed, meant", [("shwo", "show"), ("titel", "titles"), ("expl", "explain"), ("resopnd", "respond"), ("statsu", "status")])
def test_documents_a_misspelt_command(typed, meant):
    done = run(NEEDS, typed)
    assert done.returncode == 2 and f"there is no command '{typed}'; did you mean {meant}?" in done.stderr


def test_documents_nothing_is_like_it():
    assert "did you mean" not in run(NEEDS, "xyzzy").stderr and "did you mean" not in run(NEEDS, "show", "--bananas").stderr
    for typed, meant in (("--ful", "--full"), ("--josn", "--json")):
        done = run(NEEDS, "show", typed)
        assert done.returncode == 2 and f"did you mean {meant}?" in done.stderr


# --- needsd ---

def test_documents_needsd_options():
    page = (ROOT / "daemon" / "needsd.8").read_text()
    said = {"--" + option for option in re.findall(r"Fl -([a-z-]+)", page)}
    helped = run(NEEDSD, "--help")
    assert helped.returncode == 0 and options_in(helped.stdout) == said
    for option in said:  # a word after it, so that none starts a daemon
        assert "unrecognized" not in run(NEEDSD, option, "/nonexistent").stderr, option
    assert "unrecognized" in run(NEEDSD, "--nonesuch").stderr


def test_documents_configuration_rows():
    """test_config compares the text of needsd.conf(5) with the table; here the rows by name, both ways."""
    rows = set(re.findall(r"^\.It Ic (\S+) No =", run(NEEDSD, "--print-options").stdout, re.M))
    said = set(re.findall(r"^\.It Ic (\S+) No =", (ROOT / "daemon" / "needsd.conf.5").read_text(), re.M))
    assert rows and rows == said


# --- manual pages ---

def test_documents_manual_pages_are_found():
    assert {"needs.1", "needsd.8", "needsd.conf.5"} <= {page.name for page in manual_pages()}


@pytest.mark.parametrize("page", manual_pages(), ids=lambda page: page.name)
def test_documents_manual_page_is_clean(page):
    done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", page], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
                          env={**CLEAN, "MANWIDTH": "80", "LC_ALL": "C.UTF-8"})
    assert done.returncode == 0 and not done.stderr and "NAME" in done.stdout


# --- a place to run examples in ---

class World:
    """A daemon that serves an example authority as the documents tell it, and a directory with the files that examples name."""

    def __init__(self, tmp):
        self.tmp, self.etc = tmp, tmp / "etc"
        self.rules, self.catalogue = self.etc / "888" / "rules", self.etc / "888" / "catalogue"
        self.rules.mkdir(parents=True)
        shutil.copytree(ROOT / "rules" / "examples" / "888" / "catalogue", self.catalogue)
        shutil.copy(ROOT / "rules" / "examples" / "888" / "rules" / "10-caretakers.lua", self.rules)
        self.daemon = Daemon(authorities={"888": {"name": "Example", "rules": self.rules, "catalogue": self.catalogue}})
        self.work = tmp / "work"
        self.work.mkdir()
        for name in ("demo", "docs", "rules", "clients", "plugins", "README.md"):
            if (ROOT / name).exists():
                (self.work / name).symlink_to(ROOT / name)
        (self.work / "build").symlink_to(build_dir().resolve())

    def start(self):
        self.daemon.start()
        (self.etc / "needsd.conf").write_text(self.daemon.config.read_text())
        door = self.daemon.door()
        door.day("2026-10-01")
        helps = [{"as": "shadow-host", "for": ["STL19"], "capacity": 2, "from": "2026-01-01", "consent": True}]
        duty = [{"competence": "STL19", "from": "2026-01-05"}]
        door.settle(door.push_good([post("p-0193", data={"duties": duty}), rated("p-0193", {"STL19": 2, "STL3": 2}), post("p-0194", data={"helps": helps}),
                                    rated("p-0194", {"STL19": 4}, evidence="observer", by="o-1")]))
        self.env = {**CLEAN, "HOME": str(self.tmp), "XDG_STATE_HOME": str(self.tmp / "state"), "XDG_CONFIG_HOME": str(self.tmp / "config"),
                    "PATH": f"{NEEDS.parent}:{NEEDSD.parent}:{os.environ['PATH']}", "NEEDS_SERVER": self.daemon.endpoint, "NEEDS_AUTHORITY": "888",
                    "NEEDS_SCHOOL": "8889901", "NEEDS_SHARE": str(ROOT / "rules"), "NEEDS_WORKER": str(build_dir() / "daemon" / "needs-rules")}
        return self

    def provide(self, text):
        """Files that an example names and that are nowhere are one of the demo's."""
        like = {".csv": "hillside-reviews-corrected.csv", ".ndjson": "hillside-people.ndjson", ".json": "hillside-people.ndjson"}
        for word in re.findall(r"(?<![\w/.<>*-])[\w][\w.-]*\.(?:csv|ndjson|json)\b", text):
            if not (self.work / word).exists():
                shutil.copy(ROOT / "demo" / "data" / like[pathlib.Path(word).suffix], self.work / word)

    def script(self, text):
        self.provide(text)
        text = text.replace("/etc/needsd", str(self.etc))
        return subprocess.run(["bash", "-e", "-o", "pipefail", "-c", text], cwd=self.work, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=120)

    def watch(self, line):
        """A command that goes on until it is interrupted: it says something first, and ends well."""
        process = subprocess.Popen(["bash", "-c", "exec " + line], cwd=self.work, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True)
        try:
            said = process.stdout.readline() if select.select([process.stdout], [], [], 20)[0] else ""
            process.send_signal(signal.SIGINT)
            return subprocess.CompletedProcess(line, process.wait(20), said + process.stdout.read())
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path)
    with world.daemon:  # starts it
        world.daemon.stop()
        yield world.start()


def endless(line):
    return re.match(r"needs .*\bwatch\b", line) and "--count" not in line and "|" not in line


def example_blocks():
    return [pytest.param(page, block, id=f"{page.name}-{i}") for page in manual_pages() for i, block in enumerate(examples(page))]


@pytest.mark.parametrize("page, block", example_blocks())
def test_documents_manual_examples_run(world, page, block):
    if "#include" in block:
        source = world.work / "example.c"
        source.write_text(block)
        flags = [f"-I{header.parent}" for header in tracked("clients/**/*.h") + tracked("daemon/plugin*/*.h") + tracked("plugins/**/*.h")]
        done = run("cc", "-std=c17", "-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE", "-fsyntax-only", *dict.fromkeys(flags), source)
        assert done.returncode == 0, done.stderr
        return
    if page.suffix in (".3", ".5"):  # calls and configuration, not commands
        return
    for line in block.replace("\\\n", " ").splitlines():
        done = world.watch(line) if endless(line) else world.script(line)
        assert done.returncode == 0 and done.stdout, f"{line}\n{done.stdout}"


# --- the manual page of the library is enough alone ---

LIBRARY = ROOT / "clients" / "libneeds"


def squeezed(text):
    return " ".join(text.split())


def test_documents_name_one_version_and_one_date():
    """What is built, what the news, the state and the examples of the protocol say; the date of the release is the earliest that a clock may say."""
    version = re.search(r"version: '([^']+)'", (ROOT / "meson.build").read_text())[1]
    newest, released = re.search(r"^## (\S+) \((\d{4}-\d\d-\d\d)\)$", (ROOT / "NEWS.md").read_text(), re.M).groups()
    state = re.search(r"^## Status: (\S+?),", (ROOT / "README.md").read_text(), re.M)[1]
    examples = set(re.findall(r'"version":"([^"]+)","protocol"', (ROOT / "docs/protocol.md").read_text()))
    assert (newest, state, examples) == (version, version, {version})
    assert re.search(r'#define RELEASED "([^"]+)"', (ROOT / "daemon/base/clock_guard.c").read_text())[1] == released


def test_documents_footers_say_this_version():
    version = re.search(r"version: '([^']+)'", (ROOT / "meson.build").read_text())[1]
    said = {page.name: re.search(r'^\.TH .*"needsd ([^"]+)"', page.read_text(), re.M) for page in manual_pages()}
    assert {name: m[1] for name, m in said.items() if m and m[1] != version} == {} and said["libneeds.3"]


def test_documents_library_page_shows_every_type_and_function():
    header, page = (LIBRARY / "libneeds.h").read_text(), LIBRARY / "libneeds.3"
    shown, synopsis = squeezed(plain(section(page, "TYPES"))), plain(section(page, "SYNOPSIS"))
    types = re.findall(r"^enum \w+ \{.*\};|^(?:enum|struct) \w+ \{\n(?:[ }].*\n)*?\};$|^typedef [^;\n]*;$", header, re.M)
    functions = re.findall(r"^NEEDS_API .*?(needs_\w+)\(", header, re.M)
    assert len(types) == 8 and len(functions) > 25
    assert [t for t in types if squeezed(t) not in shown] == [] and [f for f in functions if f"{f}(" not in synopsis] == []


def test_documents_library_page_has_a_program_that_runs(needsd, tmp_path):
    """The whole example, compiled with nothing but the header and the library: it answers and delivers."""
    block, = [b for b in examples(LIBRARY / "libneeds.3") if "int main(" in b]
    (tmp_path / "program.c").write_text(block)
    uv = shlex.split(run("pkg-config", "--cflags", "--libs", "libuv").stdout)
    library = build_dir().resolve() / "clients" / "libneeds"
    done = run("cc", "-Wall", "-Wextra", "-Werror", "-fsanitize=address,undefined" if sanitized(library) else "-O1", tmp_path / "program.c",
               "-o", tmp_path / "program", f"-I{LIBRARY}", f"-L{library}", f"-Wl,-rpath,{library}", "-lneeds", *uv)
    assert done.returncode == 0, done.stderr
    door = needsd.door()
    door.day("2026-09-01")
    door.settle(door.push_good([post("p-1"), rated("p-1", {"STL3": 1})]))
    told = door.publications()
    with subprocess.Popen([tmp_path / "program", needsd.endpoint], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        try:
            assert [json.loads(program.stdout.readline()) for _ in told] == told
            assert json.loads(program.stderr.readline())["day"] == "2026-09-01"
        finally:
            program.kill()


def sanitized(library):
    return b"__asan_init" in (library / "libneeds.so").resolve().read_bytes()


def test_documents_programs_have_examples():
    assert examples(PAGE)
    for block in examples(PAGE):
        assert all(line.startswith(("needs ", "#")) for line in block.splitlines()), block


# --- Markdown ---

PAGES = [ROOT / "README.md", *tracked("docs/*.md"), *tracked("rules/examples/*/README.md")]


def shell_blocks():
    return [(path, info, text, line) for path in PAGES for info, text, line in fenced(path) if info.split() and info.split()[0] in ("sh", "bash", "shell")]


def test_documents_shell_blocks_are_marked():
    for path, info, _, line in shell_blocks():
        assert info in ("sh", "sh tour") or re.fullmatch(r"sh \(not run: \S.{5,}\)", info), f"{path}:{line}: ```{info}"
    assert any(info == "sh" for _, info, _, _ in shell_blocks())


def test_documents_commands_stand_in_shell_blocks():
    """A command in a block of another kind would not be run."""
    for path in PAGES:
        inside = None  # the kind of the block
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if line.startswith("```"):
                inside = (line[3:].split() or [""])[0] if inside is None else None
            elif inside != "sh":
                indented = r"(    |\t)\s*" if inside is None else r"\s*"
                assert not re.match(indented + r"needsd? [a-z-]", line), f"{path}:{number}: put it into a ```sh block: {line}"


@pytest.mark.parametrize("path, text", [pytest.param(path, text, id=f"{path.name}-{line}") for path, info, text, line in shell_blocks() if info == "sh"])
def test_documents_shell_blocks_run(world, path, text):
    done = world.script(text)
    assert done.returncode == 0 and done.stdout, f"{text}\n{done.stdout}"


def test_documents_configurations_are_good(world):
    """Every ini block with a [daemon] section is a whole configuration."""
    blocks = [(path, text, line) for path in PAGES for info, text, line in fenced(path) if info == "ini" and "[daemon]" in text]
    assert blocks
    for path, text, line in blocks:
        text = re.sub(r"^(data|listen) *=.*$", lambda m: m[0].replace("/var/lib/needsd", str(world.tmp / "data")).replace("/run/needsd", str(world.tmp)), text, flags=re.M)
        text = text.replace("/etc/needsd", str(world.etc)).replace("[daemon]", f"[daemon]\nshare = {ROOT / 'rules'}\nworker = {build_dir() / 'daemon' / 'needs-rules'}")
        (world.tmp / "example.conf").write_text(text)
        done = run(NEEDSD, "--config", world.tmp / "example.conf", "--check")
        assert done.returncode == 0, f"{path}:{line}\n{done.stdout}{done.stderr}"


# --- links ---

def anchors(path):
    """The anchors that a forge gives the headings of a page."""
    text = re.sub(r"^```.*?^```$", "", path.read_text(), flags=re.S | re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in re.findall(r"^#+ (.*?)\s*$", text, re.M)}


def broken_links(page):
    """The relative links of a page whose file or heading does not exist."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.S | re.M)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        name, _, heading = link.partition("#")
        target = page.parent / name if name else page
        if not re.match(r"[a-z]+:", link) and (not target.exists() or (heading and heading not in anchors(target))):
            yield f"{page.name}: {link}"


def test_documents_links_resolve_in_the_tree():
    assert not [link for page in tracked("*.md") for link in broken_links(page)]


def test_documents_links_resolve_where_installed(tmp_path):
    subprocess.run(["meson", "install", "-C", build_dir(), "--no-rebuild", "--destdir", tmp_path], stdout=subprocess.DEVNULL, check=True, timeout=60)
    place, = tmp_path.glob("**/share/doc/needsd")
    pages = list(place.rglob("*.md"))
    assert {"rules.md", "operations.md", "protocol.md", "errors.md"} <= {page.name for page in pages}
    assert list((place / "schema").glob("needs.*.json"))
    assert not [link for page in pages for link in broken_links(page)]


# --- completion ---

def complete(*words, cwd=None, **env):
    """What the shell would offer for the last word."""
    script = f'source {shlex.quote(str(COMPLETION))}; COMP_WORDS=({" ".join(shlex.quote(w) for w in words)}); COMP_CWORD={len(words) - 1}; _needs; printf "%s\\n" "${{COMPREPLY[@]}}"'
    done = subprocess.run(["bash", "--norc", "-c", script], cwd=cwd, env={**CLEAN, "PATH": f"{NEEDS.parent}:{os.environ['PATH']}", **env}, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=30)
    assert done.returncode == 0 and not done.stderr, done
    return done.stdout.split()


def test_documents_complete_commands_and_options():
    assert complete("needs", "") == COMMANDS
    assert complete("needs", "help", "") == COMMANDS
    assert complete("needs", "ti") == ["titles"]
    for command in COMMANDS:
        if command == "help":
            continue
        taken = {o[:-1] if o.endswith("=") else o for o in complete("needs", command, "--")}
        assert taken == options_in(run(NEEDS, command, "--help").stdout) - POPT
    assert complete("needs", "show", "--fu") == ["--full"]
    assert complete("needs", "--server", "ipc:///x", "--authority", "=", "888", "--json", "sho") == ["show"]
    assert complete("needs", "--server", "tcp", ":", "//h", ":", "5570", "sho") == ["show"]  # as readline breaks it


def test_documents_complete_values():
    schema = json.loads(run(NEEDSD, "--print-schema", "response.recorded").stdout)

    def words(member):
        found = re.search(rf'"{member}":\{{[^{{}}]*"enum":(\[[^\]]*\])', json.dumps(schema, separators=(",", ":")))
        return json.loads(found[1])

    assert complete("needs", "respond", "p-1", "x.y", "") == words("response")
    assert complete("needs", "respond", "--by", "") == complete("needs", "respond", "--by", "=") == words("by")
    assert complete("needs", "respond", "--by", "=", "ma") == ["manager"]
    assert complete("needs", "respond", "--by=ma") == ["--by=manager"]
    assert complete("needs", "respond", "p-1", "x.y", "--by", "person", "dec") == ["declined"]
    assert complete("needs", "watch", "--since", "s") == ["start", "standing"]
    assert {"check", "test", "publish", "rollback"} <= set(complete("needs", "rules", "")) and complete("needs", "status", "") == []
    assert complete("needs", "nonesuch", "") == []


def test_documents_complete_saved_mappings(tmp_path):
    (tmp_path / "needs" / "maps").mkdir(parents=True)
    for name in ("spring.map", "staff.map", "autumn.map"):
        (tmp_path / "needs" / "maps" / name).write_text("")
    here = {"cwd": tmp_path, "XDG_CONFIG_HOME": str(tmp_path)}
    assert complete("needs", "push", "--map", "", **here) == complete("needs", "map", "--remove", "", **here) == ["autumn", "spring", "staff"]
    assert complete("needs", "check", "--map=st", **here) == ["--map=staff"]
    assert complete("needs", "push", "--map", "./n", **here) == ["./needs"]


def test_documents_complete_files(tmp_path):
    for name in ("a-reviews.csv", "a-people.ndjson", "b.csv"):
        (tmp_path / name).write_text("")
    (tmp_path / "a-directory").mkdir()
    assert sorted(complete("needs", "push", "a-", cwd=tmp_path)) == ["a-directory", "a-people.ndjson", "a-reviews.csv"]
    assert complete("needs", "push", "b.csv", "a-r", cwd=tmp_path) == ["a-reviews.csv"]  # any number of them
    assert complete("needs", "rules", "check", "a-", cwd=tmp_path) == ["a-directory"]
    assert complete("needs", "rules", "check", ".", "--catalogue", "a-", cwd=tmp_path) == ["a-directory"]


def test_documents_complete_in_a_real_shell(tmp_path):
    """A tab in an interactive bash, on a terminal."""
    master, slave = terminal()
    shell = subprocess.Popen(["bash", "--norc", "--noprofile", "-i"], stdin=slave, stdout=slave, stderr=slave, cwd=tmp_path, start_new_session=True,
                             env={**CLEAN, "PATH": f"{NEEDS.parent}:{os.environ['PATH']}", "PS1": "$ ", "TERM": "dumb", "HOME": str(tmp_path)})
    os.close(slave)
    said = b""

    def until(text, seconds=20):
        nonlocal said
        end = time.monotonic() + seconds
        while text not in said:
            assert time.monotonic() < end, said
            if select.select([master], [], [], 0.2)[0]:
                said += os.read(master, 65536)

    try:
        os.write(master, f"source {shlex.quote(str(COMPLETION))}; echo loa''ded\n".encode())
        until(b"loaded\r\n")
        said = b""
        os.write(master, b"needs resp\tp-1 x.y --by man\tdecl\t")
        until(b"needs respond p-1 x.y --by manager declined")
    finally:
        shell.kill()
        shell.wait()
        os.close(master)


# --- tables that fit ---

def on_terminal(args, columns, env):
    master, slave = terminal()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    process = subprocess.Popen([str(a) for a in args], stdin=subprocess.DEVNULL, stdout=slave, stderr=slave, env={**env, "TERM": "xterm", "LC_ALL": "C.UTF-8"})
    os.close(slave)
    out = b""
    while True:
        try:
            chunk = os.read(master, 65536)
        except OSError:
            break
        if not chunk:
            break
        out += chunk
    os.close(master)
    assert process.wait(20) == 0
    return re.sub(r"\x1b\[[0-9;]*m", "", out.decode()).replace("\r\n", "\n")


def letters(text):
    return collections.Counter(c for c in text if c.isalpha())


def test_documents_tables_fit(world):
    door = world.daemon.main = world.daemon.door()
    for name in ("hillside-people.ndjson", "hillside-reviews-corrected.csv"):
        assert world.script(f"needs push demo/data/{name}").returncode == 0
    titles = ["Academic mentor", "Keeper of the owls and of every other bird that comes", "Assistant of Donaudampfschifffahrtsgesellschaftskapitän"]
    door.settle(door.push_good([event("person.recorded", {"roles": [], "title": title}, f"p-{i}") for i, title in enumerate(titles)]))
    for command in (["show"], ["show", "p-0106"], ["show", "p-0106", "--full"], ["explain", "p-0106"], ["rules"], ["catalogue"], ["titles"], ["status"]):
        whole = letters(subprocess.run([NEEDS, *command], env=world.env, capture_output=True, text=True, timeout=30).stdout)
        assert sum(whole.values()) > 50
        for columns in (60, 80, 120):
            for env in (world.env, {**world.env, "COLUMNS": str(columns)}):
                text = on_terminal([NEEDS, *command], columns, env)
                wide = [line for line in text.split("\n") if len(line) > columns]
                assert not wide, (command, columns, wide[:3])
                assert not whole - letters(text), (command, columns)  # headings may be there again, nothing is lost
