#!/usr/bin/env python3
"""Draws the pictures of grafana/README.md: runs the demo for some time, then draws each dashboard at its end.

PT_BINARY and PT_TOOLS as for the tests; tools as ./scripts/test leaves them. Writes grafana/pictures/*.png.
"""
import argparse
import shutil
import time
import unittest

from dashboards import NAMES, ROOT
from live import SCRAPE_INTERVAL_S, Demo, PrometheusWithRules
from processes import wait_for
from rendering import draw, skip_without_renderer


class Owner:
    """Of the programs: ends them."""

    def __init__(self):
        self._cleanups = []

    def addCleanup(self, function, *arguments):
        self._cleanups.append((function, arguments))

    def clean_up(self):
        for function, arguments in reversed(self._cleanups):
            function(*arguments)


def draw_all(minutes, owner):
    folder = ROOT / "grafana" / "pictures"
    scratch = ROOT / "build" / "pictures"
    for needed in (folder, scratch):
        needed.mkdir(parents=True, exist_ok=True)
    prometheus = PrometheusWithRules(owner, Demo(owner).start().port, rules_interval_s=SCRAPE_INTERVAL_S).start()
    time.sleep(minutes * 60)
    # The moment at which one of the demo's backends goes down, so that the overview has something to show.
    down = "sum(job_instance:proxy_backends:sum) - sum(job_instance:proxy_backends_up:sum)"
    for state in ("== 0", "> 0"):
        wait_for(f"{down} {state}", lambda: prometheus.api("query", query=f"{down} {state}")["result"], timeout_s=90, pause_s=1)
    lacking = []
    for name in NAMES:
        code, words, _ = draw(name, prometheus.port, scratch / f"{name}.png", SCRAPE_INTERVAL_S, minutes)
        print(words, end="")
        if code:
            lacking.append(name)
        picture = folder / f"{name}.png"
        shutil.copy(scratch / f"{name}.png", picture)
        print(f"written: {picture.relative_to(ROOT)}, {picture.stat().st_size // 1024} KB")
    if lacking:
        raise SystemExit(f"error: panels of {', '.join(lacking)} have no data, see above. Below 20 minutes no block of samples"
                         " is closed: try more --minutes")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=int, default=30, help="how long the demo runs before; the pictures show all of it")
    minutes = parser.parse_args().minutes
    owner = Owner()
    try:
        skip_without_renderer()
        draw_all(minutes, owner)
    except unittest.SkipTest as missing:
        raise SystemExit(f"error: {missing}")
    finally:
        owner.clean_up()


if __name__ == "__main__":
    main()
