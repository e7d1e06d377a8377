"""Reading what the project says of itself: manual pages and Markdown."""
import pathlib
import re

from daemon import ROOT


def tracked(pattern):
    """Files of the tree, those of build directories left out."""
    return sorted(path for path in ROOT.glob(pattern) if not any(part.startswith(("build", ".")) for part in path.relative_to(ROOT).parts[:-1]))


def manual_pages():
    return [page for section in "1358" for page in tracked(f"**/*.{section}")]


def plain(text):
    """roff's escapes and fonts as the characters that are printed."""
    text = re.sub(r"\\f(\[\w*\]|\(..|.)", "", text)
    text = text.replace("\\(dq", '"').replace("\\(aq", "'").replace("\\e", "\\\\")
    return re.sub(r"\\([-&])", lambda m: m[1].replace("&", ""), text).replace("\\\\", "\\")


def section(page, name):
    """A section of a manual page with its macros, "" if there is none."""
    found = re.search(rf"^\.S[hH] {name}S?\n(.*?)(?=^\.S[hH] |\Z)", page.read_text(), re.M | re.S)
    return found[1] if found else ""


def examples(page):
    """The literal blocks of a page's examples."""
    text = section(page, "EXAMPLE")
    blocks = re.findall(r"^\.(?:nf|EX)\n(.*?)^\.(?:fi|EE)$", text, re.M | re.S) + re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed$", text, re.M | re.S)
    return [plain(block) for block in blocks] + [plain(line) + "\n" for line in re.findall(r"^\.D[1l] (.*)$", text, re.M)]


def fenced(path):
    """(language and what follows it, text, line) of each fenced block of a Markdown page."""
    out, opened = [], None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if opened is None and line.startswith("```"):
            opened = (line[3:].strip(), [], number)
        elif opened is not None and line.startswith("```"):
            out.append((opened[0], "".join(text + "\n" for text in opened[1]), opened[2]))
            opened = None
        elif opened is not None:
            opened[1].append(line)
    return out
