"""Events one a line: a line that is not exactly one event is refused by its number, and no part of it is sent."""
import json
import subprocess

import pytest

from door import rated
from test_31_needs import NEEDS, needs  # noqa: F401

WRONG = {"half of another": "{", "another": json.dumps(rated("p-2", {"STL3": 1})), "a comma": ",", "words": " as agreed", "a mark": "\ufeff"}


@pytest.mark.parametrize("command", ["push", "check"])
@pytest.mark.parametrize("through", ["file", "standard input"])
def test_a_line_with_something_behind_its_event_is_refused_whole(needs, tmp_path, through, command):  # noqa: F811
    """Its neighbours are taken, the exit status is that of a rejected row, and the same event alone is new afterwards."""
    lines, first = [json.dumps(rated("p-0", {"STL3": 1}))], rated("p-1", {"STL3": 1})
    lines += [json.dumps(first) + tail for tail in WRONG.values()]
    lines += [json.dumps(rated("p-3", {"STL3": 1}), indent=2)]
    path = tmp_path / "a.ndjson"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    name, stdin = ("-", path.read_text(encoding="utf-8")) if through == "standard input" else (str(path), None)

    done = subprocess.run([NEEDS, command, name], env=needs.env, input=stdin, capture_output=True, text=True, timeout=60)

    assert done.returncode == 1 and done.stdout.startswith(f"2 {'accepted' if command == 'push' else 'good'}, 0 already known, 5 rejected"), done
    said = done.stderr.splitlines()
    assert len(said) == len(WRONG), said
    for line, text in enumerate(said, 2):
        assert text.startswith(f"{through if name == '-' else path}: line {line}: not-json: "), said
        assert text.endswith("a line must be exactly one event: nothing of this line was sent"), said
    assert needs.door.push([first])["results"][0]["status"] == "accepted"
