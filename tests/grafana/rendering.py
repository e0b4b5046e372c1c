"""Draws a dashboard with the renderer that lies beside the project, and reads its report."""
import json
import os
import pathlib
import shutil
import subprocess
import unittest

from dashboards import FOLDER
from live import ROOT

TOOLS = pathlib.Path(os.environ.get("PT_TOOLS", ROOT / "build" / "tools"))
RENDERER = TOOLS / "npm" / "grafana-render" / "render.mjs"
TIMEOUT_S = 120


def skip_without_renderer():
    if not RENDERER.exists() or not shutil.which("node") or not (RENDERER.parent / "node_modules").is_dir():
        raise unittest.SkipTest("no renderer here: ./scripts/test installs it where shared/tools lies beside the project")
    if not shutil.which("chromium"):
        raise unittest.SkipTest("no chromium here: ./scripts/test installs it where shared/tools lies beside the project")


def draw(name, prometheus_port, picture, interval_s, minutes, empty_ids=(), choices=()):
    """The report of one dashboard. `empty_ids`: panels that may be without data. `choices`: (variable, value) each."""
    report = picture.with_suffix(".json")
    # Of a run before.
    for old in (picture, report):
        old.unlink(missing_ok=True)
    command = ["node", RENDERER, "--dashboard", FOLDER / f"{name}.json", "--prometheus", f"http://127.0.0.1:{prometheus_port}",
               "--out", picture, "--report", report, "--from", f"now-{minutes}m", "--to", "now", "--interval", f"{interval_s}s"]
    if empty_ids:
        command += ["--allow-empty", ",".join(map(str, empty_ids))]
    for variable, value in choices:
        command += ["--var", f"{variable}={value}"]
    drawn = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    if not report.exists():
        raise AssertionError(f"{name} was not drawn:\n{drawn.stdout}{drawn.stderr}")
    return drawn.returncode, drawn.stdout + drawn.stderr, json.loads(report.read_text())
