"""The hostile rules of tests/rules/hostile, as rule files; what their first lines mean is said in tests/unit/test_rules_hostile.c."""
import pathlib
import re

HOSTILE = pathlib.Path(__file__).resolve().parents[1] / "rules" / "hostile"


def copies(match):
    count, text = int(match[1]), match[2].replace(b"\\n", b"\n")
    return b"".join(text.replace(b"@", b"%d" % i) for i in range(1, count + 1))


def corpus():
    """name -> (the file's bytes with the rule named like the file, what is expected of it)"""
    out = {}
    for path in sorted(HOSTILE.glob("*.lua")):
        raw = path.read_bytes()
        expected = re.search(rb"-- expect: ([^\r\n]*)", raw)[1].decode()
        raw = re.sub(rb"(?m)^--\* (\d+) ([^\n]*)\n", copies, raw)
        out[path.stem] = raw.replace(b'rule "hostile"', b'rule "%s"' % path.stem.encode()), expected
    return out


def running(files):
    """Of a corpus, what is loaded and runs as one rule of ordinary size."""
    return {name: expected for name, (_, expected) in files.items() if not expected.startswith("fault") and not name.startswith("load-")}
