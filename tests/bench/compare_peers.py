"""Prometheus and VictoriaMetrics on the workload: measured by the shared peers.py, but for starts after kill -9."""
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time

from compare_workload import ROOT, SHARED, Unusable, say

TOOLS = ROOT / "build" / "tools"
PACKAGES = {"prom": ("prometheus", ("prometheus", "promtool")), "vm": ("victoria-metrics", ("victoria-metrics",))}
NOT_DATA = ("cache",)
NOT_YET_BLOCKS = ("wal", "chunks_head")


def unpack(system):
    """The Debian package's programs below build/tools, nothing installed; their folder goes on PATH."""
    package, programs = PACKAGES[system]
    path = f"{TOOLS / 'bin'}:{os.environ['PATH']}"
    if not all(shutil.which(program, path=path) for program in programs):
        script = '. "$0"; unpack_package "$1"'
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", script, str(ROOT / "scripts" / "lib.sh"), package],
                              stdout=sys.stderr, check=False)
        if done.returncode != 0:
            raise Unusable(f"could not unpack {package}; see above")
    os.environ["PATH"] = path


class Peer:
    def __init__(self, system, workload):
        self.system, self.workload = system, workload
        self.samples = {}  # of each data set, as live load counted them

    def _measured(self, mode, data_set, *options):
        """What peers.py wrote, as a dictionary."""
        self.workload.data_set(data_set)
        say(self.system, mode, data_set)
        what = f"{self.system}-{mode}"
        subprocess.run([sys.executable, "-B", str(SHARED / "scripts" / "peers.py"), what, data_set, *options],
                       env={**os.environ, "BENCH_DIR": str(self.workload.folder)}, stdout=sys.stderr, check=True)
        return json.loads((self.workload.folder / "results" / f"{what}-{data_set}.json").read_text())

    def bulk(self, data_set):
        """Import and clean starts."""
        run = self._measured("bulk", data_set, "--no-queries")
        load = run["load"]
        return {
            "import_cpu_s": load.get("cpu_s_with_background", load["cpu_s"]),
            "import_wall_s": load["wall_s"],
            "import_bytes_per_sample": bytes_per_sample(run, self.samples.get(data_set)),
            "start_s": run["start_s_median"],
        }

    def live(self, data_set):
        """Remote write tick by tick, then memory and queries."""
        # Two connections, as the workload's own readings; with few hosts they drift apart by more than Prometheus takes.
        run = self._measured("live", data_set, "--conns", "1" if self.workload.quick else "2")
        if run["client"]["failed_requests"]:
            say(self.system, "refused", run["client"]["failed_requests"], "of", run["client"]["requests"], "requests")
        self.samples[data_set] = run["client"]["samples"]
        queries = run.get("queries", {})
        return {
            "samples": run["client"]["samples"],
            "live_cpu_s": run["load"]["cpu_s_with_background"],
            "live_samples_per_s": run["client"]["samples_per_s"],
            "bytes_per_sample": bytes_per_sample(run, run["client"]["samples"]),
            "rss_idle_mb": run["idle"]["rss_mb"],
            "queries": {name[0]: queries[name] for name in queries
                        if name in ("a_host_range", "b_host_p99_1h", "c_topk_5m", "d_label_values", "e_total_range")},
        }

    def killed(self, data_set, live_s):
        """Seconds to start after kill -9 in the middle of a live load that takes `live_s` as a whole."""
        peers = self._peers_module()
        folder = self.workload.folder / "run" / f"{self.system}-killed"
        shutil.rmtree(folder, ignore_errors=True)
        say(self.system, "killed", data_set)
        server = peers.Server(self.system, str(folder))
        server.start()
        load = subprocess.Popen([self.workload.program("rwload"), "--in", str(self.workload.data_set(data_set).path),
                                 "--port", str(server.port), "--conns", "1" if self.workload.quick else "2"],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(live_s / 2)
        server.p.send_signal(signal.SIGKILL)
        server.p.wait()
        load.wait()  # it ends by itself: its connections are gone
        again = peers.Server(self.system, str(folder))
        started = again.start()
        again.stop()
        shutil.rmtree(folder, ignore_errors=True)
        return {"killed_start_s": started["s"]}

    def _peers_module(self):
        os.environ["BENCH_DIR"] = str(self.workload.folder)
        spec = importlib.util.spec_from_file_location("peers", SHARED / "scripts" / "peers.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module


def bytes_per_sample(run, samples):
    """All files by all samples; where Prometheus has made blocks, those alone, as its log will go."""
    in_blocks = sum(block["numSamples"] for block in run.get("blocks", ()))
    left_out = NOT_DATA + (NOT_YET_BLOCKS if in_blocks else ())
    size = sum(size for name, size in run["files_final"].items() if name not in left_out)
    count = in_blocks or samples
    return size / count if count else None
