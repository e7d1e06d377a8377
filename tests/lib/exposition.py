"""The text format of Prometheus (0.0.4), read strictly, and the habits that its own checker (promtool) demands."""
import math
import re

NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*\Z")
LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*\Z")
NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\Z|[+-]?Inf\Z|NaN\Z")
SAMPLE = re.compile(r"([^\s{]+)(?:\{(.*)\})? (\S+)\Z")
ONE_LABEL = re.compile(r'([^=,{}"]+)="((?:[^"\\\n]|\\["\\n])*)"(?:,|\Z)')
TYPES = {"counter", "gauge", "histogram", "summary", "untyped"}
PARTS = {"histogram": ("_bucket", "_sum", "_count")}
NOT_BASE = {"ms", "us", "ns", "milliseconds", "microseconds", "nanoseconds", "minutes", "hours", "days", "kb", "mb", "gb", "kilobytes",
            "megabytes", "percent", "bits"}
UNITS = ("seconds", "bytes")


class Family:
    def __init__(self, name):
        self.name, self.help, self.type, self.samples = name, None, None, {}

    def value(self, **labels):
        """The one sample with exactly these labels."""
        return self.samples[self.name, tuple(sorted(labels.items()))]

    def by(self, label):
        """label's value -> sample, for families that differ in it alone."""
        out = {dict(labels)[label]: v for (_, labels), v in self.samples.items()}
        assert len(out) == len(self.samples), f"{self.name} differs in more than {label}"
        return out


def labels_of(text, complaints, line):
    labels, at = [], 0
    while at < len(text):
        m = ONE_LABEL.match(text, at)
        if not m:
            complaints.append(f"line {line}: labels cannot be read at '{text[at:at + 30]}'")
            break
        name = m.group(1)
        if not LABEL.match(name) or name.startswith("__"):
            complaints.append(f"line {line}: '{name}' is no label's name")
        labels.append((name, re.sub(r"\\(.)", lambda e: {"n": "\n"}.get(e.group(1), e.group(1)), m.group(2))))
        at = m.end()
    if len({n for n, _ in labels}) != len(labels):
        complaints.append(f"line {line}: a label twice")
    return tuple(sorted(labels))


def comment(line, number, families, complaints):
    _, what, name, text = (line.split(" ", 3) + ["", "", ""])[:4]
    if what not in ("HELP", "TYPE"):
        return None
    family = families.get(name)
    if family is None:
        family = families[name] = Family(name)
        if not NAME.match(name):
            complaints.append(f"line {number}: '{name}' is no metric's name")
    attribute = what.lower()
    if getattr(family, attribute) is not None:
        complaints.append(f"line {number}: {what} of {name} twice")
    if family.samples:
        complaints.append(f"line {number}: {what} of {name} after its samples")
    if what == "TYPE" and text not in TYPES:
        complaints.append(f"line {number}: no type '{text}'")
    setattr(family, attribute, text)
    return family


def sample(line, number, family, families, complaints):
    m = SAMPLE.match(line)
    if not m:
        complaints.append(f"line {number}: no sample: '{line[:60]}'")
        return
    name, labels, value = m.group(1), labels_of(m.group(2) or "", complaints, number), m.group(3)
    if not NUMBER.match(value):
        complaints.append(f"line {number}: '{value}' is no number")
        return
    allowed = [family.name + part for part in PARTS.get(family.type, ("",))] if family else []
    if name not in allowed:
        complaints.append(f"line {number}: {name} stands below {family.name if family else 'nothing'}")
        return
    if (name, labels) in family.samples:
        complaints.append(f"line {number}: {name} with the same labels twice")
    family.samples[name, labels] = float(value.replace("Inf", "inf"))


def parse(text):
    """(families by name, complaints about the syntax)."""
    families, complaints, family = {}, [], None
    if not text.endswith("\n"):
        complaints.append("the last line has no end")
    for number, line in enumerate(text.split("\n")[:-1] if text.endswith("\n") else text.split("\n"), 1):
        if line.startswith("#"):
            began = comment(line, number, families, complaints)
            family = began or family
        elif line:
            sample(line, number, family, families, complaints)
    return families, complaints


def check_name(family):
    words = family.name.split("_")
    counter = family.type == "counter"
    if not family.help:
        yield "has no help"
    elif not family.help.endswith("."):
        yield "has a help that is no sentence"
    if family.type is None:
        yield "has no type"
    if counter and not family.name.endswith("_total"):
        yield "is a counter and does not end in _total"
    if not counter and "total" in words:
        yield "is no counter and says total"
    if family.type != "histogram" and words[-1] in ("bucket", "sum", "count"):
        yield "ends as a part of a histogram does"
    if family.type in words:
        yield "has its type in its name"
    if NOT_BASE & set(words):
        yield "is not in a base unit"
    if family.name != family.name.lower():
        yield "has capitals"
    last = ([""] + words)[-2] if counter else words[-1]
    if set(UNITS) & set(words) and last not in UNITS:
        yield "does not end in its unit"
    if family.type == "histogram" and last not in UNITS:
        yield "is a histogram without a unit"


def check_values(family):
    for (name, labels), value in family.samples.items():
        if family.type == "counter" and not (value >= 0 and math.isfinite(value)):
            yield f"counts {value}"
        if family.type != "histogram" and dict(labels).get("le") is not None:
            yield "uses the label le"
    if family.type == "histogram":
        yield from check_histogram(family)


def check_histogram(family):
    series = {}
    for (name, labels), value in family.samples.items():
        rest = tuple(pair for pair in labels if pair[0] != "le")
        one = series.setdefault(rest, {"buckets": []})
        if name.endswith("_bucket"):
            one["buckets"].append((dict(labels).get("le"), value))
        else:
            one[name[len(family.name):]] = value
    for one in series.values():
        bounds = [float(le.replace("Inf", "inf")) for le, _ in one["buckets"] if le is not None and NUMBER.match(le)]
        counts = [n for _, n in one["buckets"]]
        if len(bounds) != len(counts) or bounds != sorted(set(bounds)):
            yield "has bounds that do not grow"
        if counts != sorted(counts):
            yield "has buckets that are not cumulative"
        if not bounds or bounds[-1] != math.inf:
            yield "has no bucket +Inf"
        elif counts[-1] != one.get("_count"):
            yield "has a bucket +Inf that is not its count"
        if "_sum" not in one:
            yield "has no sum"
        elif one.get("_count") == 0 and one["_sum"] != 0:
            yield "has a sum of nothing"


def read(text):
    """The families of a page without fault."""
    families, complaints = parse(text)
    for family in families.values():
        complaints += [f"{family.name} {what}" for what in [*check_name(family), *check_values(family)]]
    assert not complaints, complaints
    return families
