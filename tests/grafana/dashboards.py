"""Dashboard files as Grafana reads them: panels, the unit of each query, variables put into expressions."""
import json
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "grafana" / "dashboards"
NAMES = ("overview", "host", "self")


def load(name):
    return json.loads((FOLDER / f"{name}.json").read_text())


def panels_of(dashboard):
    """All but rows, those of collapsed rows too."""
    for panel in dashboard["panels"]:
        if panel["type"] != "row":
            yield panel
        yield from panel.get("panels", [])


def rows_of(dashboard):
    return [panel for panel in dashboard["panels"] if panel["type"] == "row"]


def targets_of(dashboard):
    for panel in panels_of(dashboard):
        for target in panel["targets"]:
            yield panel, target


def selectors_of(expr):
    """(metric, matchers) of each."""
    return re.findall(r"([\w:]+)\{([^}]*)\}", expr)


def key_of(name, panel):
    """Names a panel: two of one dashboard may have one title."""
    return name, panel["title"], panel["type"]


def variables_of(dashboard):
    return {variable["name"]: variable for variable in dashboard["templating"]["list"]}


def unit_of(panel, target):
    """That of the table's column which shows the query, else the panel's."""
    unit = panel["fieldConfig"]["defaults"]["unit"]
    for transformation in panel.get("transformations", []):
        renamed = transformation["options"].get("renameByName", {})
        column = renamed.get(f"Value #{target['refId']}", renamed.get("Value"))
        for override in panel["fieldConfig"]["overrides"]:
            if override["matcher"]["options"] == column:
                unit = next((prop["value"] for prop in override["properties"] if prop["id"] == "unit"), unit)
    return unit


def escaped(value):
    """As Grafana puts one of several values into a regular expression that stands in a string of PromQL."""
    return re.sub(r"[$^*{}\[\]+?.()|]", r"\\\\\g<0>", value.replace("\\", "\\" * 4))


def chosen(values):
    """`values` of a variable, or None for all of them."""
    if values is None:
        return ".+"
    return escaped(values[0]) if len(values) == 1 else "(" + "|".join(escaped(value) for value in values) + ")"


class Variables:
    """What stands for $names in expressions. `choices`: values by variable, None for all."""

    def __init__(self, choices, interval_s, step_s, range_s):
        self._values = {name: chosen(values) for name, values in choices.items()}
        self._values.update({
            "top": "100", "__interval": f"{step_s}s", "__range": f"{range_s}s",
            "__rate_interval": f"{max(step_s + interval_s, 4 * interval_s)}s"})

    def put_into(self, text):
        return re.sub(r"\$\{?(\w+)\}?", self._named, text)

    def _named(self, found):
        # ${1} is label_replace's; Grafana leaves alone what is no variable.
        return found.group() if found.group(1).isdigit() else self._values[found.group(1)]


LABEL_VALUES = re.compile(r"^label_values\((\{.*\}), (\w+)\)$")


def label_values(query):
    """(selector, label) of a variable's query."""
    return LABEL_VALUES.match(query).groups()
