"""What is JSON, by tests/json/cases.txt and by second readers: Python's json with strict hooks, and node's JSON.parse."""
import base64
import json
import pathlib
import re
import shutil
import subprocess

CASES = pathlib.Path(__file__).resolve().parents[1] / "json" / "cases.txt"

NODE = """
const lines = require("fs").readFileSync(0, "utf8").trim().split("\\n");
for (const line of lines) {
  let good = 1;
  try { JSON.parse(new TextDecoder("utf-8", {fatal: true, ignoreBOM: true}).decode(Buffer.from(line, "base64"))) } catch { good = 0 }
  console.log(good);
}
"""


def cases():
    """(verdict, name, bytes) of every case."""
    out = []
    for line in CASES.read_text(encoding="ascii").splitlines():
        if line and not line.startswith("#"):
            verdict, name, text = (line.split(" ", 2) + [""])[:3]
            out.append((verdict, name, re.sub(rb"\\x([0-9a-f]{2})|\\\\", lambda m: bytes([int(m[1], 16)]) if m[1] else b"\\", text.encode())))
    return out


def no_constant(word):
    raise ValueError(word)


def lone(value):
    """Is there half a surrogate pair, anywhere?"""
    if isinstance(value, str):
        return any(0xD800 <= ord(c) <= 0xDFFF for c in value)
    if isinstance(value, list):
        return any(lone(v) for v in value)
    return isinstance(value, dict) and any(lone(k) or lone(v) for k, v in value.items())


def python_says(text):
    """`accept`, `strict` (a member twice, a lone surrogate) or `reject`."""
    twice = []

    def unique(pairs):
        found = dict(pairs)
        twice.extend(["twice"] * (len(pairs) - len(found)))
        return found

    try:
        value = json.loads(text.decode("utf-8"), parse_constant=no_constant, parse_int=str, parse_float=str, object_pairs_hook=unique)
    except ValueError:
        return "reject"
    return "strict" if twice or lone(value) else "accept"


def node_says(texts):
    """True for each that node reads; None where there is no node."""
    if shutil.which("node") is None:
        return None
    lines = "\n".join(base64.b64encode(t).decode() or "=" for t in texts)
    said = subprocess.run(["node", "-e", NODE], input=lines, capture_output=True, text=True, timeout=600, check=True).stdout.split()
    return [s == "1" for s in said]
