"""What the panels of these three dashboards are for, beyond their form: what they read, where they lead, how they look."""
import copy
import re
import unittest

from dashboards import NAMES, load, panels_of, targets_of
from rule_files import metrics_of

# Beside recorded series: what is one for each target, and, in tables with a limit, for each host or backend.
OVERVIEW_READS = {"proxy_up", "proxy_scrape_duration_seconds", "proxy_scrape_samples", "proxy_last_scrape_timestamp_seconds"}
OVERVIEW_TABLES_READ = {"proxy_backends", "proxy_backends_up", "proxy_backend_up"}
CLASSES = {"1xx", "2xx", "3xx", "4xx", "5xx", "other", "unknown"}
LINK = re.compile(r"/d/([\w-]+)/")


def overrides_of(panel, key):
    """(name, value) of each column or line that has the property."""
    for override in panel["fieldConfig"]["overrides"]:
        for prop in override["properties"]:
            if prop["id"] == key:
                yield override["matcher"]["options"], prop["value"]


def reads(dashboards):
    """The overview costs the same at 10 and at 10,000 hosts."""
    for panel, target in targets_of(dashboards["overview"]):
        allowed = OVERVIEW_READS | (OVERVIEW_TABLES_READ if panel["type"] == "table" else set())
        raw = {metric for metric in metrics_of(re.sub(r"\$\w+", "1", target["expr"])) if ":" not in metric}
        if raw - allowed:
            yield f"{panel['title']} {target['refId']} reads {sorted(raw - allowed)}"


def colours(dashboards):
    """Each class has one colour, the same on every dashboard."""
    seen = {}
    for name in ("overview", "host"):
        panel, = (panel for panel in panels_of(dashboards[name]) if panel["title"] == "Requests by status")
        fixed = {line: value["fixedColor"] for line, value in overrides_of(panel, "color") if value["mode"] == "fixed"}
        if set(fixed) != CLASSES:
            yield f"{name}: {sorted(CLASSES ^ set(fixed))}"
        for line, colour in fixed.items():
            if seen.setdefault(line, colour) != colour:
                yield f"{name}: {line} is {colour}, elsewhere {seen[line]}"
    if len(set(seen.values())) != len(seen):
        yield "two classes of one colour"


def destinations(dashboards):
    """Hosts lead to their own dashboard, and no link leads nowhere."""
    uids = {dashboard["uid"] for dashboard in dashboards.values()}
    urls = {(name, panel["title"], column): links[0]["url"] for name, dashboard in dashboards.items()
            for panel in panels_of(dashboard) for column, links in overrides_of(panel, "links")}
    for place, url in urls.items():
        if not LINK.match(url) or LINK.match(url)[1] not in uids:
            yield f"{place}: {url}"
    to_host = urls.get(("overview", "Hosts", "Host"), "")
    if "/d/proxy-telemetry-host/" not in to_host or "var-host=${__value.text:percentencode}" not in to_host:
        yield "the table of hosts does not lead to the host"


def columns(dashboards):
    """Each query of a table of several is a column with a unit of its own."""
    for name, dashboard in dashboards.items():
        for panel, target in targets_of(dashboard):
            if target.get("hide"):
                yield f"{name}: {panel['title']} {target['refId']} is hidden"
            if panel["type"] != "table" or len(panel["targets"]) == 1:
                continue
            titles = {old: new for change in panel["transformations"]
                      for old, new in change["options"].get("renameByName", {}).items()}
            if titles.get(f"Value #{target['refId']}") not in dict(overrides_of(panel, "unit")):
                yield f"{name}: {panel['title']} {target['refId']} has no unit of its own"


def panel_named(dashboard, title):
    return next(panel for panel in panels_of(dashboard) if panel["title"] == title)


def without(panel, key):
    for override in panel["fieldConfig"]["overrides"]:
        override["properties"] = [prop for prop in override["properties"] if prop["id"] != key]


def recoloured(dashboards):
    next(value for line, value in overrides_of(panel_named(dashboards["host"], "Requests by status"), "color")
         if line == "5xx")["fixedColor"] = "green"


def misled(dashboards):
    for _, links in overrides_of(panel_named(dashboards["overview"], "Hosts"), "links"):
        links[0]["url"] = links[0]["url"].replace("proxy-telemetry-host", "gone")


# What each rule must see.
BREAKS = {
    reads: [lambda boards: panel_named(boards["overview"], "In flight")["targets"][0].update(
                expr="sum(proxy_http_requests_in_flight)"),
            lambda boards: panel_named(boards["overview"], "Requests by job")["targets"][0].update(
                expr="sum by (job) (rate(proxy_http_requests_total[$__rate_interval]))")],
    colours: [recoloured, lambda boards: without(panel_named(boards["overview"], "Requests by status"), "color")],
    destinations: [misled, lambda boards: without(panel_named(boards["overview"], "Hosts"), "links")],
    columns: [lambda boards: without(panel_named(boards["overview"], "Hosts"), "unit"),
              lambda boards: panel_named(boards["host"], "In flight")["targets"][0].update(hide=True)]}


class PanelsTest(unittest.TestCase):
    def setUp(self):
        self.dashboards = {name: load(name) for name in NAMES}

    def test_every_rule_holds(self):
        for rule in BREAKS:
            with self.subTest(rule.__name__):
                self.assertEqual([], list(rule(self.dashboards)))

    def test_every_rule_sees_what_breaks_it(self):
        for rule, changes in BREAKS.items():
            for number, change in enumerate(changes):
                with self.subTest(rule.__name__, change=number):
                    broken = copy.deepcopy(self.dashboards)
                    change(broken)
                    self.assertNotEqual([], list(rule(broken)))


if __name__ == "__main__":
    unittest.main()
