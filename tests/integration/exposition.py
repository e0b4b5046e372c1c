"""Reads a page of /metrics, strictly: Prometheus text 0.0.4 or OpenMetrics 1.0 without exemplars."""
import re

_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"')
_ESCAPES = {r"\\": "\\", r"\"": '"', r"\n": "\n"}


class Page(dict):
    """{(name, frozenset of (label, value)): value as float}."""

    def select(self, name, **labels):
        """{labels: value} of the series of that name that carry these labels."""
        wanted = set(labels.items())
        return {key[1]: value for key, value in self.items() if key[0] == name and wanted <= key[1]}

    def one(self, name, **labels):
        found = self.select(name, **labels)
        if len(found) != 1:
            raise AssertionError(f"one series {name}{labels} expected, there are {len(found)}: {found}")
        return next(iter(found.values()))

    def sum(self, name, **labels):
        return sum(self.select(name, **labels).values())

    def names(self):
        return {key[0] for key in self}


def _parse_sample(line):
    name = _NAME.match(line)
    if not name:
        raise AssertionError(f"no metric name: {line!r}")
    position, labels = name.end(), {}
    if line[position:position + 1] == "{":
        position += 1
        while line[position] != "}":
            label = _LABEL.match(line, position)
            if not label or label.group(1) in labels:
                raise AssertionError(f"bad label: {line!r}")
            labels[label.group(1)] = re.sub(r'\\[\\"n]', lambda found: _ESCAPES[found.group()], label.group(2))
            position = label.end()
            if line[position] == ",":
                position += 1
        position += 1
    fields = line[position:].split(" ")
    if fields[0] != "" or len(fields) not in (2, 3):
        raise AssertionError(f"bad value: {line!r}")
    return (name.group(), frozenset(labels.items())), float(fields[1])


def parse_exposition(text):
    """Fails on anything that is not well formed, on a series or a TYPE that comes twice."""
    if text and not text.endswith("\n"):
        raise AssertionError("the page does not end in a newline")
    page, types = Page(), set()
    for line in text.split("\n")[:-1]:
        if line.startswith("# TYPE "):
            name = line.split(" ")[2]
            if name in types:
                raise AssertionError(f"TYPE of {name} comes twice")
            types.add(name)
        elif line and not line.startswith("#"):
            key, value = _parse_sample(line)
            if key in page:
                raise AssertionError(f"series comes twice: {line!r}")
            page[key] = value
    return page
