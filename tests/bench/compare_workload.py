"""The workload of the comparison: the shared programs, built once, and the data sets, generated once."""
import collections
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SHARED = ROOT.parent / "shared" / "bench"

# Options of the generator; what the shared Makefile has, with fewer hosts for --quick.
Shape = collections.namedtuple("Shape", "hosts quick_hosts hours interval_s start profile")
SHAPES = {
    "A": Shape(1000, 100, 24, 60, None, None),
    "B": Shape(1000, 100, 6, 15, 1748779200, None),
    "Bbusy": Shape(1000, 100, 6, 15, 1748779200, "busy"),
    "C": Shape(10000, 1000, 1, 15, 1748790000, None),
}


def say(*words):
    print(time.strftime("%H:%M:%S"), *words, file=sys.stderr, flush=True)


class Unusable(Exception):
    """Something the comparison needs is not there; the text says what to do."""


class DataSet:
    """One generated file: its header and the names of its hosts."""

    def __init__(self, name, path):
        self.name, self.path = name, path
        with open(path, "rb") as file:
            _, self.hosts, self.ticks, _, interval_ms, start_ms = struct.unpack("<8sIIIIq", file.read(32))
            self.names = [file.read(64).rstrip(b"\0").decode() for _ in range(self.hosts)]
        self.start = start_ms // 1000
        self.end = self.start + (self.ticks - 1) * (interval_ms // 1000)


class Workload:
    """A folder with bin/ data/ run/ results/, laid out as the shared scripts want it."""

    def __init__(self, folder, quick):
        self.folder = pathlib.Path(folder).resolve()
        self.quick = quick
        for name in ("bin", "data", "run", "results"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)

    def build(self):
        if not (SHARED / "Makefile").exists():
            raise Unusable(f"no workload here: {SHARED} is missing; put the shared folder beside the project")
        for program in ("make", "g++", "curl"):
            if not shutil.which(program):
                raise Unusable(f"no {program} here; as root, run: apt-get install {program}")
        # The sources' folder may be read-only: make finds them by VPATH and writes to ours.
        subprocess.run(["make", "-s", "-f", str(SHARED / "Makefile"), f"VPATH={SHARED}", "all"], cwd=self.folder,
                       check=True, stdout=sys.stderr)

    def program(self, name):
        return str(self.folder / "bin" / name)

    def data_set(self, name):
        path = self.folder / "data" / f"{name}.tsd"
        if not path.exists():
            shape = SHAPES[name]
            say("generating data set", name)
            command = [self.program("gen"), "--hosts", str(shape.quick_hosts if self.quick else shape.hosts),
                       "--hours", str(shape.hours), "--interval", str(shape.interval_s)]
            command += ["--start", str(shape.start)] if shape.start else []
            command += ["--profile", shape.profile] if shape.profile else []
            unfinished = path.with_suffix(".unfinished")
            subprocess.run([*command, "--out", str(unfinished)], check=True, stdout=sys.stderr)
            os.rename(unfinished, path)
        return DataSet(name, path)

    def text(self, name):
        """The data set as OpenMetrics, read once, so that all who load it find it in memory."""
        data = self.data_set(name)
        path = self.folder / "run" / f"{name}.openmetrics"
        if not path.exists():
            unfinished = path.with_suffix(".unfinished")
            with open(unfinished, "wb") as file:
                subprocess.run([self.program("export"), "--in", str(data.path), "--format", "openmetrics"],
                               stdout=file, check=True)
            os.rename(unfinished, path)
        with open(path, "rb", buffering=0) as file:
            while file.read(1 << 20):
                pass
        return path
