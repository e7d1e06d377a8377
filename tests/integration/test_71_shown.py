"""What comes from elsewhere cannot move a cursor, turn a line around or break a table, no matter what prints it."""
import json
import os
import re
import subprocess

import pytest
import zmq

from daemon import ROOT, Daemon, build_dir
from test_31_needs import HEAD, needs  # noqa: F401

pytestmark = pytest.mark.slow

HARMFUL = {"an escape": "\x1b[2J", "a carriage return": "\r", "a bell": "\a", "a C1 control": "\x9b", "delete": "\x7f", "an override": "\u202e",
           "an isolate": "\u2066", "a mark of direction": "\u200f", "a line separator": "\u2028", "an invisible space": "\u200b",
           "a joiner": "\u200d", "a byte-order mark": "\ufeff"}
UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


@pytest.mark.parametrize("what", HARMFUL)
def test_a_file_name_is_shown_harmlessly(needs, tmp_path, what):  # noqa: F811
    path = tmp_path / f"a{HARMFUL[what]}b.csv"
    path.write_text(HEAD + "p-1,not a date,STL3,1,manager,\n")
    said = needs("push", str(path), status=1)
    assert f"a\\u{ord(HARMFUL[what][0]):04x}" in said and not UNPRINTABLE.search(said), said


@pytest.mark.parametrize("what", HARMFUL)
def test_an_argument_is_shown_harmlessly(needs, what):  # noqa: F811
    for args in (["show", f"p{HARMFUL[what]}"], [f"sh{HARMFUL[what]}ow"], ["rules", "check", f"no{HARMFUL[what]}where"]):
        done = subprocess.run([build_dir() / "clients/needs/needs", *args], env=needs.env, capture_output=True, text=True, timeout=60)
        assert done.returncode != 0 and not UNPRINTABLE.search(done.stdout + done.stderr), done


def test_bytes_that_are_no_characters_are_shown_as_bytes(needs, tmp_path):  # noqa: F811
    done = subprocess.run([build_dir() / "clients/needs/needs", "push", b"no-such-\xff\xc3.csv"], env=needs.env, capture_output=True, timeout=60)
    assert rb"no-such-\xff\xc3.csv" in done.stderr, done


def test_json_stays_json(needs):  # noqa: F811
    """An answer that repeats a question's text: escaped for the terminal, and the same text for a program."""
    done = subprocess.run([build_dir() / "clients/needs/needs", "ask", "person", "person=p\u202e", "--json"], env=needs.env,
                          capture_output=True, text=True, timeout=60)
    said = done.stdout or done.stderr
    assert not UNPRINTABLE.search(said), said
    if done.stdout:
        assert json.loads(done.stdout)


def test_letters_of_every_language_stay_as_they_are(needs):  # noqa: F811
    assert "Zoë-Łukasz-李-عمر.csv" in needs("push", "Zoë-Łukasz-李-عمر.csv", status=2)


def test_the_log_is_shown_harmlessly(tmp_path):
    daemon = Daemon(tmp_path / "d", authorities={"888": {"name": "Example", "rules": "/no\u202ewhere\x1b[1m"}})
    with pytest.raises(RuntimeError):
        daemon.start()
    said = daemon.log.read_text()
    assert "where" in said and not UNPRINTABLE.search(said), said


LUA = """rule "watch" {
  about = "Watch a colleague", source = "guide-2010/step-3", owner = "An author", competences = "STL3", roles = "TASS", needs = "gap",
  when = function(need, person, school) return given(need.gap == 1, otherwise "the gap is EVIL more than one level") end,
  recommend = function() return peer_observation { because = "one step is missing" } end,
}
"""
SHEET = "rule,competences,recommend,about,source,owner\nwatch,STL3,peer observation,Watch EVIL a colleague,guide-2010/step-3,An author\n"
TEST = 'test "one EVIL step" { role = "TASS", ratings = { STL3 = 2 }, expect = { { recommends = "coaching.STL3" } } }\n'
TESTS = "test,role,recommends\none EVIL step,TASS,coaching.STL3\n"
FILES = {"a rule": ("rules.lua", LUA, "authority/rules.lua:3: "), "a row": ("rules.csv", SHEET, "authority/rules.csv:2:"),
         "a test": ("tests/a.lua", TEST, "tests/a.lua:1: "), "a row of tests": ("tests/a.csv", TESTS, "tests/a.csv:2:")}


def on_rules(*args):
    """What the command says of rules, with the daemon's own checker in its place: all of it, from both streams."""
    daemon = build_dir() / "daemon"
    env = {**os.environ, "NEEDS_SHARE": str(ROOT / "rules"), "NEEDS_WORKER": str(daemon / "needs-rules"), "PATH": f"{daemon}:{os.environ['PATH']}"}
    done = subprocess.run([build_dir() / "clients/needs/needs", "rules", *args], env=env, capture_output=True, timeout=120)
    return done.returncode, (done.stdout + done.stderr).decode()


@pytest.mark.parametrize("what", ["an override", "a line separator", "a joiner", "a C1 control"])
@pytest.mark.parametrize("where", FILES)
def test_a_text_of_rules_is_a_fault_by_file_and_row(tmp_path, where, what):
    name, text, place = FILES[where]
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text.replace("EVIL", HARMFUL[what]))
    status, said = on_rules("test", str(tmp_path))
    assert status == 1 and place in said and f"U+{ord(HARMFUL[what]):04X}, a character that does not print" in said, said
    assert not UNPRINTABLE.search(said), said


@pytest.mark.parametrize("to", ["a file", "-"])
def test_a_page_is_shown_harmlessly(needs, tmp_path, to):  # noqa: F811
    """A daemon of another version may serve texts that this one would refuse."""
    path, endpoint = str(tmp_path / "page.html") if to == "a file" else "-", f"ipc://{tmp_path}/door"
    rule = {"rule": "a<b", "about": "".join(HARMFUL.values()), "now": {"people": 0}}
    with zmq.Context.instance().socket(zmq.ROUTER) as router:
        router.linger = 0
        router.bind(endpoint)
        done = subprocess.Popen([build_dir() / "clients/needs/needs", "rules", "list", "--page", path], env=needs.env | {"NEEDS_SERVER": endpoint},
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        while done.poll() is None:
            if not router.poll(200):
                continue
            *way, _, number, body = router.recv_multipart()
            answer = {"authority": "888", "rules": [rule], "few": 5} if json.loads(body or b"{}").get("question") == "register" else {}
            router.send_multipart([*way, b"ok", number, json.dumps(answer).encode()])
        out, err = done.communicate(timeout=60)
    assert done.returncode == 0, err
    page = open(path, encoding="utf-8", newline="").read() if to == "a file" else out.decode()
    assert "\\u202e" in page and "\\u001b[2J" in page and "a&lt;b" in page and not UNPRINTABLE.search(page), page
