#!/usr/bin/env python3
"""Makes grafana/dashboards/*.json from the modules beside this file.

Needs grafana-foundation-sdk of PyPI in the version of scripts/packages.txt, in PYTHONPATH or in build/tools/python, where
./scripts/test puts it. --check writes nothing and tells which files differ; exit code 1 then.
"""
import argparse
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DASHBOARDS = ROOT / "grafana" / "dashboards"
sys.path += [str(ROOT / "build" / "tools" / "python"), str(pathlib.Path(__file__).resolve().parent)]

try:
    from grafana_foundation_sdk.cog.encoder import JSONEncoder
except ImportError:
    sys.exit("error: no grafana_foundation_sdk here; ./scripts/test -N puts it into build/tools/python")

import host
import overview
import program

MADE_BY = {"overview": overview.build, "host": host.build, "self": program.build}


def number_panels(panels, taken):
    """Ids in the order of the page: links to a panel and the renderer need them."""
    for panel in panels:
        panel.id_val = len(taken) + 1
        taken.append(panel.id_val)
        number_panels(getattr(panel, "panels", None) or [], taken)


def text_of(build):
    dashboard = build().build()
    number_panels(dashboard.panels, [])
    # The SDK would put them into a menu of newer Grafanas, out of sight.
    for shown in dashboard.links + dashboard.annotations.list_val:
        shown.placement = None
    return JSONEncoder(sort_keys=True, indent=2).encode(dashboard) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only tell whether the files are as this would write them")
    check = parser.parse_args().check
    differ = []
    for name, build in MADE_BY.items():
        path = DASHBOARDS / f"{name}.json"
        text = text_of(build)
        if path.exists() and path.read_text() == text:
            continue
        differ.append(path.relative_to(ROOT))
        if not check:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
            print(f"written: {path.relative_to(ROOT)}")
    if check and differ:
        sys.exit(f"error: not as grafana/source makes them: {', '.join(map(str, differ))}; run grafana/source/build.py and commit"
                 " what it writes")


if __name__ == "__main__":
    main()
