#!/usr/bin/env python3
"""Store and peers on the same workload in one go; prints one table of ratios. Needs the shared workload beside the
project; downloads prometheus and victoria-metrics from Debian where they are not unpacked yet. Asserts nothing.

  PT_BENCH_DIR=/some/where tests/bench/compare.py [--quick] [--datasets A,B,Bbusy,C] [--only prom,vm,here]

Ends with 0 when everything was measured, 1 when something failed, 2 when it could not begin.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys

import compare_table
from compare_here import Here
from compare_peers import Peer, unpack
from compare_workload import ROOT, SHAPES, Unusable, Workload, say

FOLDER_DEFAULT = ROOT / "build" / "bench"
BULK_AND_KILLED = "A"  # the data set that is imported, and killed in the middle


def names(text, known):
    chosen = text.split(",")
    unknown = [name for name in chosen if name not in known]
    if unknown:
        raise argparse.ArgumentTypeError(f"{unknown[0]} is none of {', '.join(known)}")
    return chosen


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the hosts; in a folder of its own")
    parser.add_argument("--datasets", type=lambda text: names(text, SHAPES), default=list(SHAPES))
    parser.add_argument("--only", type=lambda text: names(text, compare_table.SYSTEMS),
                        default=list(compare_table.SYSTEMS), help="measure these; the others as measured before")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "release", help="where here is built")
    return parser.parse_args()


class Comparison:
    def __init__(self, workload):
        self.file = workload.folder / "results" / "compare.json"
        self.results = json.loads(self.file.read_text()) if self.file.exists() else {}
        self.failures = []

    def measure(self, name, system, data_sets):
        """All of one system. What fails is reported and left out; the rest goes on."""
        for data_set in data_sets:
            found = {}
            self._step(found, name, data_set, "live", lambda ds=data_set: system.live(ds))
            if data_set == BULK_AND_KILLED:
                self._step(found, name, data_set, "import", lambda ds=data_set: system.bulk(ds))
            if data_set == BULK_AND_KILLED and found.get("live_samples_per_s"):
                live_s = found["samples"] / found["live_samples_per_s"]
                self._step(found, name, data_set, "kill", lambda ds=data_set, s=live_s: system.killed(ds, s))
            self.results.setdefault(name, {})[data_set] = found
            self.file.write_text(json.dumps(self.results, indent=1))

    def _step(self, found, name, data_set, step, run):
        try:
            found.update(run())
        except (RuntimeError, OSError, ValueError, KeyError, SystemExit, subprocess.CalledProcessError) as error:
            self.failures.append(f"{name} {step} {data_set}: {error}")
            say("FAILED:", self.failures[-1])


def main():
    options = parse_arguments()
    folder = pathlib.Path(os.environ.get("PT_BENCH_DIR", FOLDER_DEFAULT))
    workload = Workload(folder / "quick" if options.quick else folder, options.quick)
    try:
        workload.build()
        systems = {}
        for name in options.only:
            if name != "here":
                unpack(name)
            systems[name] = Here(options.build, workload) if name == "here" else Peer(name, workload)
    except Unusable as error:
        print(f"compare.py: {error}", file=sys.stderr)
        return 2
    comparison = Comparison(workload)
    earlier = [compare_table.SYSTEMS[name] for name in comparison.results if name not in options.only]
    for name, system in systems.items():
        comparison.measure(name, system, options.datasets)
    if options.quick:
        print("A tenth of the hosts: the goals are not meant for this.\n")
    if earlier:
        print(f"As measured earlier, not in this run: {', '.join(earlier)}.\n")
    print(compare_table.render(comparison.results, options.datasets))
    for failure in comparison.failures:
        print(f"\nfailed: {failure}")
    return 1 if comparison.failures else 0


if __name__ == "__main__":
    sys.exit(main())
