"""What comes from elsewhere cannot move a cursor, turn a line around or break a table, whoever prints it."""
import json
import re
import subprocess

import pytest

from daemon import Daemon, build_dir
from test_31_needs import HEAD, needs  # noqa: F401

pytestmark = pytest.mark.slow

HARMFUL = {"an escape": "\x1b[2J", "a carriage return": "\r", "a bell": "\a", "a C1 control": "\x9b", "delete": "\x7f", "an override": "\u202e",
           "an isolate": "\u2066", "a mark of direction": "\u200f", "a line separator": "\u2028", "an invisible space": "\u200b",
           "a byte-order mark": "\ufeff"}
UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


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
