"""The tree keeps to its own limits of style: layout, calm code, plain words (tests/style/figures.py)."""
import pathlib

import figures
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="the tree is not under git, which lists what is the project's")
def test_the_code_is_calm_and_its_words_are_plain():
    broken = list(figures.broken_limits(ROOT))
    assert not broken, "\n".join([*broken, "see tests/style/figures.py, with --words for where the words stand"])


def test_a_limit_that_is_broken_is_seen(tmp_path):
    """A tree of one file that breaks every limit that a file can break."""
    room = tmp_path / "daemon"
    room.mkdir()
    line = "  x = a ? b ? 1 : 2 : 3; // " + "x" * 90 + "\n"
    (room / "dense.c").write_text("int f(int a, int b) {\n  int x;\n" + line * 90 + "  x = x;\n  return x;\n}\n")
    (tmp_path / "README.md").write_text("It is told whoever stands for it.\n")
    figures.subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    figures.subprocess.run(["git", "-C", str(tmp_path), "add", "-A"], check=True)
    broken = " ".join(figures.broken_limits(tmp_path))
    for name in ("longest", "over 100 columns", "blank lines", "ternaries", "two or more", "to itself", "formatter", "words of the list"):
        assert name in broken
