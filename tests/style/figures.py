#!/usr/bin/python3
"""How calm the C code is, in figures: figures.py [TREE ...], one column a tree (default: this one).

Counts the daemon, the clients and the plugins; tests are left out. A function begins with a line at the left margin that ends
in an opening brace after a parameter list, and ends with the closing brace at the left margin; one on a single line counts too.
Ternaries and statements are counted after comments and the contents of strings are blanked. `--words` lists where the words of
words.txt stand, with file and line. `--check` holds the tree against LIMITS and says which it breaks.
"""
import pathlib
import re
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOMS = ("daemon", "clients", "plugins")
READ_BY_PEOPLE = ("*.md", "*.c", "*.h", "*.1", "*.3", "*.5", "*.8", "*.lua", "*.csv", "*.py", "*.json", "*.yml", "*.mjs", "dev")
TOKENS = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def blanked(text):
    """The text with comments and the contents of strings taken out; every line keeps its number."""
    def blank(match):
        found = match[0]
        if found[0] in "\"'":
            return found[0] * 2
        return "\n" * found.count("\n")
    return TOKENS.sub(blank, text)


def comment_lines(text):
    lines = set()
    for match in TOKENS.finditer(text):
        if match[0][0] == "/":
            first = text.count("\n", 0, match.start())
            lines.update(range(first, first + match[0].count("\n") + 1))
    return len(lines)


def functions(code):
    """Line counts of the functions, and how many lines inside them are blank."""
    lengths, blank, start, lines = [], 0, None, code.split("\n")
    for number, line in enumerate(lines):
        if start is None:
            opens = re.match(r"[A-Za-z_].*\)\s*\{", line) or (
                line.endswith("{") and re.match(r"\s+\S.*\)\s*\{$", line) and not lines[number - 1].startswith("}"))
            if not opens:
                continue
            if line.rstrip().endswith("}"):
                lengths.append(1)
            else:
                start = number
        elif line.startswith("}"):
            lengths.append(number - start + 1)
            blank += sum(1 for inside in lines[start:number] if not inside.strip())
            start = None
    return lengths, blank


def ternaries(code):
    """How many there are, and how many statements hold two or more. A statement ends at `;`, `{` or `}`."""
    total = doubled = 0
    code = re.sub(r"^\s*#.*(?:\\\n.*)*$", "", code, flags=re.M)
    for statement in re.split(r"[;{}]", code):
        n = statement.count("?")
        total += n
        doubled += n > 1
    return total, doubled


def self_assignments(code):
    """`x = x;`, which is left where a conditional expression is written out."""
    return len(re.findall(r"(?<![\w.>\])])([a-z_][\w.>\-]*) = \1;", code))


def unformatted(tree, files):
    done = subprocess.run(["clang-format", "--dry-run", "--Werror", *map(str, files)], cwd=tree, capture_output=True, text=True)
    return len({line.split(":")[0] for line in done.stderr.splitlines() if "clang-format-violations" in line})


def words(tree):
    """The words that must not come back, where they stand."""
    listed = [line for line in (HERE / "words.txt").read_text().splitlines() if line and not line.startswith("#")]
    pattern = re.compile(r"\b(?:" + "|".join(listed) + r")\b", re.I)
    files = subprocess.run(["git", "ls-files", "-z", "--", *READ_BY_PEOPLE], cwd=tree, capture_output=True, text=True, check=True).stdout
    for name in filter(None, files.split("\0")):
        if name.startswith("tests/style/"):
            continue
        for number, line in enumerate((tree / name).read_text(errors="replace").splitlines(), 1):
            for match in pattern.finditer(line):
                yield name, number, match[0]


def figures(tree):
    files = [path for room in ROOMS for path in sorted((tree / room).rglob("*.[ch]"))]
    lengths, blank, lines, comments, ternary, doubled, code_lines, wide, inside, itself = [], 0, 0, 0, 0, 0, 0, 0, 0, 0
    for path in files:
        text = path.read_text()
        code = blanked(text)
        own, own_blank = functions(code)
        lengths += own
        inside += sum(own)
        blank += own_blank
        lines += text.count("\n")
        comments += comment_lines(text)
        n, n_doubled = ternaries(code)
        ternary += n
        doubled += n_doubled
        itself += self_assignments(code)
        code_lines += sum(1 for line in code.split("\n") if line.strip())
        wide += sum(1 for line in text.split("\n") if len(line) > 100)
    lengths.sort()
    return {
        "lines": lines,
        "functions": len(lengths),
        "functions per 1000 lines": f"{1000 * len(lengths) / lines:.0f}",
        "function lines, median": f"{statistics.median(lengths):.0f}",
        "function lines, 95th percentile": lengths[int(len(lengths) * 0.95)],
        "function lines, longest": lengths[-1],
        "lines over 100 columns": f"{100 * wide / code_lines:.1f}%",
        "blank lines in functions": f"{100 * blank / inside:.1f}%",
        "ternaries per 1000 lines": f"{1000 * ternary / lines:.1f}",
        "statements with two or more": doubled,
        "assignments to itself": itself,
        "comment lines": f"{100 * comments / lines:.1f}%",
        "files that the formatter would change": unformatted(tree, files),
        "words of the list": sum(1 for _ in words(tree)),
    }


# What this tree keeps to: figure, the bound, and whether it is the least or the most.
LIMITS = (
    ("functions per 1000 lines", "most", 65),
    ("function lines, median", "least", 9),
    ("function lines, median", "most", 14),
    ("function lines, longest", "most", 80),
    ("lines over 100 columns", "most", 1),
    ("blank lines in functions", "least", 8),
    ("ternaries per 1000 lines", "most", 8),
    ("statements with two or more", "most", 0),
    ("assignments to itself", "most", 0),
    ("comment lines", "least", 8),
    ("files that the formatter would change", "most", 0),
    ("words of the list", "most", 0),
)


def broken_limits(tree):
    """A sentence for each limit that the tree does not keep to."""
    found = figures(tree)
    for name, side, bound in LIMITS:
        value = float(str(found[name]).rstrip("%"))
        if (value > bound) if side == "most" else (value < bound):
            yield f"{name}: {found[name]}, at {side} {bound} is wanted"


def main():
    trees = [pathlib.Path(name).resolve() for name in sys.argv[1:] if not name.startswith("--")] or [HERE.parents[1]]
    if "--words" in sys.argv:
        for name, number, word in words(trees[0]):
            print(f"{name}:{number}: {word}")
        return 0
    if "--check" in sys.argv:
        broken = list(broken_limits(trees[0]))
        print("\n".join(broken))
        return 1 if broken else 0
    columns = [figures(tree) for tree in trees]
    for name in columns[0]:
        print(f"{name:40}" + "".join(f"{column[name]:>12}" for column in columns))
    return 0


if __name__ == "__main__":
    sys.exit(main())
