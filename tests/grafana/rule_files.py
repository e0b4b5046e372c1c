"""The files of grafana/rules as Python reads them: rules, their tests, and what an expression asks for."""
import pathlib
import re

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "grafana" / "rules"
FILES = (FOLDER / "recording.yml", FOLDER / "alerts.yml")
TEST_FILES = sorted((FOLDER / "tests").glob("*.yml"))

WORDS = {"and", "or", "unless", "by", "without", "on", "ignoring", "group_left", "group_right", "bool", "offset", "inf"}
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def read(path):
    return yaml.safe_load(path.read_text())


def groups():
    return [group for path in FILES for group in read(path)["groups"]]


def rules(kind):
    """All rules of a kind, `alert` or `record`, by name."""
    found = {}
    for group in groups():
        for rule in group["rules"]:
            if kind in rule:
                found[rule[kind]] = rule
    return found


def seconds(duration):
    """Of a duration as Prometheus writes them, 2h10m say."""
    return sum(int(count) * SECONDS[unit] for count, unit in re.findall(r"(\d+)([smhdw])", str(duration)))


def metrics_of(expr):
    """Names of the metrics that a PromQL expression asks for."""
    bare = re.sub(r'"[^"]*"', "", expr)
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]", "", bare)
    bare = re.sub(r"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", "", bare)
    names = re.findall(r"(?<![\w:.])[a-zA-Z_:][\w:]*(?![\w:]|\s*\()", bare)
    return {name for name in names if name.lower() not in WORDS}


def all_metrics_of(expr, records):
    """The same, with those that its recorded series are made of."""
    found = set()
    waiting = [expr]
    while waiting:
        for name in metrics_of(waiting.pop()) - found:
            found.add(name)
            if name in records:
                waiting.append(records[name]["expr"])
    return found


def test_groups():
    """Of all test files: path, group."""
    for path in TEST_FILES:
        for group in read(path)["tests"]:
            yield path, group
