"""What every dashboard must have. One function a rule; each yields what is wrong."""
import re

from dashboards import panels_of, rows_of, selectors_of, targets_of, unit_of, variables_of
from series_limits import is_limited

UNITS = {"reqps", "percentunit", "s", "short", "bytes", "Bps", "ops", "cps"}
UID_LENGTH_MAX = 40
GRID_WIDTH = 24
RATE = re.compile(r"\bi?rate\((?:\w+(?:\{[^}]*\})?\[([^\]]*)\])?")
PER_HOST = re.compile(r"proxy_(?:http_|backend|request_bytes|response_bytes)|job_instance_host:|job_host:|host:")
TOP = re.compile(r"\b(?:top|bottom)k\(")


def model(dashboard):
    if not 39 <= dashboard["schemaVersion"] <= 42:
        yield f"schemaVersion {dashboard['schemaVersion']}, not 39 to 42"
    if not dashboard.get("uid") or len(dashboard["uid"]) > UID_LENGTH_MAX:
        yield f"uid {dashboard.get('uid')!r} is not 1 to {UID_LENGTH_MAX} characters"
    for key in ("id", "__inputs", "__requires"):
        if key in dashboard:
            yield f"{key} is for imports by hand, not for files"
    if dashboard["editable"]:
        yield "editable"
    if dashboard["graphTooltip"] not in (1, 2):
        yield "graphTooltip is not shared"
    if not dashboard.get("description"):
        yield "no description"


def variables(dashboard):
    found = variables_of(dashboard)
    if found.get("datasource", {}).get("query") != "prometheus":
        yield "no variable datasource"
    for name in ("job", "instance", "host"):
        variable = found.get(name, {})
        if not variable.get("multi") or variable.get("allValue") != ".+":
            yield f"variable {name} is not multi with allValue .+"


def panel_words(dashboard):
    for panel in panels_of(dashboard):
        for key in ("title", "description"):
            if not panel.get(key):
                yield f"panel {panel.get('title')!r}: no {key}"
        if panel.get("description") and not panel["description"].endswith("."):
            yield f"panel {panel['title']!r}: the description is no sentence"


def units(dashboard):
    """Mappings excuse nothing here."""
    for panel, target in targets_of(dashboard):
        if unit_of(panel, target) not in UNITS:
            yield f"panel {panel['title']!r} {target['refId']}: unit {unit_of(panel, target)!r}"


def minima(dashboard):
    for panel in panels_of(dashboard):
        if panel["type"] in ("timeseries", "stat", "gauge") and panel["fieldConfig"]["defaults"].get("min") != 0:
            yield f"panel {panel['title']!r}: no min"


def sources(dashboard):
    for panel, target in targets_of(dashboard):
        if panel["datasource"]["uid"] != "${datasource}" or target["datasource"]["uid"] != "${datasource}":
            yield f"panel {panel['title']!r}: a data source that is not the variable's"


def choices(dashboard):
    """What is chosen above is what is shown, marks included: the linter does not look at hosts, nor at annotations."""
    exprs = [target["expr"] for _, target in targets_of(dashboard)]
    for expr in exprs + [annotation["expr"] for annotation in dashboard["annotations"]["list"]]:
        for metric, matchers in selectors_of(expr):
            for label in ("job", "instance", "host") if PER_HOST.match(metric) else ("job", "instance"):
                if f'{label}=~"${label}"' not in matchers.split(", "):
                    yield f"{metric}{{{matchers}}}: does not follow the variable {label}"


def rate_ranges(dashboard):
    for panel, target in targets_of(dashboard):
        for window in RATE.findall(target["expr"]):
            if window != "$__rate_interval":
                yield f"panel {panel['title']!r}: rate over {window or 'what is no window of a counter'}"


def limits(dashboard):
    """No panel draws a line, or a row, for each of any number of hosts; and what is picked does not change along a graph."""
    for panel, target in targets_of(dashboard):
        expr = target["expr"]
        if not is_limited(expr):
            yield f"panel {panel['title']!r} {target['refId']}: no limit to its series: {expr}"
        if TOP.search(expr) and not target["instant"] and "@ end()" not in expr:
            yield f"panel {panel['title']!r} {target['refId']}: topk along a graph flickers without @ end(): {expr}"


def places(dashboard):
    ids = [panel["id"] for panel in [*panels_of(dashboard), *rows_of(dashboard)]]
    if len(ids) != len(set(ids)):
        yield "two panels with one id"
    taken = {}
    for panel in panels_of(dashboard):
        grid = panel["gridPos"]
        if grid["x"] + grid["w"] > GRID_WIDTH:
            yield f"panel {panel['title']!r} is wider than the page"
        for x in range(grid["x"], grid["x"] + grid["w"]):
            for y in range(grid["y"], grid["y"] + grid["h"]):
                other = taken.setdefault((x, y), panel)
                if other is not panel:
                    yield f"panel {panel['title']!r} lies over {other['title']!r}"
                    return


def rows(dashboard):
    for row in rows_of(dashboard):
        if not row["collapsed"]:
            yield f"row {row['title']!r} is not collapsed"


def links(dashboard):
    if not any(link["keepTime"] and link["includeVars"] for link in dashboard["links"]):
        yield "no link to the other dashboards that keeps time and variables"
    for panel in panels_of(dashboard):
        defaults = panel["fieldConfig"]["defaults"].get("links") or []
        overrides = [link for override in panel["fieldConfig"]["overrides"] for prop in override["properties"]
                     if prop["id"] == "links" for link in prop["value"]]
        for link in defaults + overrides:
            missing = [part for part in ("${__url_time_range}", "${job:queryparam}", "${instance:queryparam}",
                                         "${datasource:queryparam}") if part not in link["url"]]
            if missing:
                yield f"panel {panel['title']!r}: a link drops {missing}"


RULES = (model, variables, panel_words, units, minima, sources, choices, rate_ranges, limits, places, rows, links)
