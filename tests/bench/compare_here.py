"""proxy-telemetry on the workload: import by the program itself, the store by store_bench, HTTP by the daemon."""
import json
import os
import random
import shutil
import signal
import socket
import statistics
import subprocess
import time
import urllib.request

from compare_workload import Unusable, say

QUERIES_IN_PROCESS = ("b", "c", "e")  # as the live load leaves it, as with the peers
QUERIES_ON_BLOCKS = ("b", "c", "e")   # when all blocks are closed
START_ROUNDS = 5
HTTP_ROUNDS = 3
HTTP_REQUESTS = 500
READY_TIMEOUT_S = 60
# Nothing to scrape, and nothing too old: the data sets are of 2025.
CONFIG = "scrape_configs: []\nstorage:\n  retention: {raw: 100y}\n"


def tree_bytes(folder):
    return sum(os.stat(os.path.join(path, name)).st_size for path, _, names in os.walk(folder) for name in names)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Here:
    def __init__(self, build, workload):
        self.binary = build / "proxy-telemetry"
        self.bench = build / "tests" / "bench" / "store_bench"
        self.workload = workload
        self.config = workload.folder / "run" / "here.yml"
        self.config.write_text(CONFIG)
        for program in (self.binary, self.bench):
            if not program.exists():
                raise Unusable(f"no {program}; build it: cmake --preset release && cmake --build --preset release")

    def _folder(self, name, fresh=True):
        folder = self.workload.folder / "run" / f"here-{name}"
        if fresh:
            shutil.rmtree(folder, ignore_errors=True)
        return folder

    def _operation(self, *arguments, tiers=False):
        """One operation of store_bench; of several lines of output the last, warm one counts."""
        environment = {**os.environ, "PT_BENCH_TIERS": "1"} if tiers else os.environ
        done = subprocess.run([str(self.bench), *map(str, arguments)], capture_output=True, text=True, check=False,
                              env=environment)
        if done.returncode != 0:
            raise RuntimeError(f"store_bench {' '.join(map(str, arguments))}: {done.stderr.strip()[-400:]}")
        return json.loads(done.stdout.strip().splitlines()[-1])

    def bulk(self, data_set):
        text = self.workload.text(data_set)
        folder = self._folder(f"import-{data_set}")
        say("here import", data_set)
        began = time.perf_counter()
        loader = subprocess.Popen([str(self.binary), "import", str(text), f"--storage.path={folder}",
                                   f"--config.file={self.config}"], stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(loader.pid, 0)
        loader.returncode = os.waitstatus_to_exitcode(status)
        if loader.returncode != 0:
            raise RuntimeError(f"import ended with {loader.returncode}")
        wall_s = time.perf_counter() - began
        samples = self._complete(folder, self._lines(text))
        starts = [self._operation("start", folder)["s"] for _ in range(START_ROUNDS)]
        return {
            "samples": samples,
            "import_cpu_s": usage.ru_utime + usage.ru_stime,
            "import_wall_s": wall_s,
            "import_peak_mb": usage.ru_maxrss / 1024,
            "import_bytes_per_sample": tree_bytes(folder) / samples,
            "start_s": statistics.median(starts),
        }

    def live(self, data_set):
        data = self.workload.data_set(data_set)
        say("here live", data_set)
        # With tiers, as the daemon runs: the work of a round, of closing what is open at the end, and memory.
        tiered = self._folder(f"tiered-{data_set}")
        run = self._operation("live", data.path, tiered, tiers=True)
        closing = self._operation("flush", tiered, tiers=True)
        tiered_bytes = tree_bytes(tiered)
        shutil.rmtree(tiered)
        # Without: the peers keep none either.
        folder = self._folder(f"live-{data_set}")
        self._operation("live", data.path, folder)
        queries = {name: self._query(folder, name) for name in QUERIES_IN_PROCESS}
        self._operation("flush", folder)
        queries.update({f"{name}_blocks": self._query(folder, name) for name in QUERIES_ON_BLOCKS})
        result = {
            "samples": run["samples"],
            "live_cpu_s": run["cpu_s_per_msample"] * run["samples"] / 1e6 + closing["cpu_s"],
            "live_samples_per_s": run["samples_per_s"],
            "bytes_per_sample": tree_bytes(folder) / self._complete(folder, run["samples"]),
            "tiered_bytes_per_sample": tiered_bytes / run["samples"],
            "rss_idle_mb": run["rss_mb"],
            "round_p50_ms": run["round_p50_ms"],
            "round_p99_ms": run["round_p99_ms"],
            "decode_msamples_per_s": self._operation("decode", folder)["msamples_per_s"],
            "queries": queries,
        }
        result["queries"].update(self._over_http(data, folder))
        return result

    def _complete(self, folder, samples):
        """`samples`, if the store holds just as many: nothing is quick that is not there."""
        held = self._operation("decode", folder)["samples"]
        if held != samples:
            raise RuntimeError(f"{folder.name} holds {held} samples, not {samples}")
        return samples

    @staticmethod
    def _lines(text):
        return int(subprocess.run(["grep", "-vc", "^#", str(text)], capture_output=True, text=True, check=True).stdout)

    def _query(self, folder, name):
        run = self._operation("query", folder, name)
        return {"p50_ms": run["p50_ms"], "p99_ms": run["p99_ms"], "cpu_ms_per_query": run["cpu_ms"]}

    def killed(self, data_set, live_s):
        folder = self._folder("killed")
        say("here killed", data_set)
        load = subprocess.Popen([str(self.bench), "live", str(self.workload.data_set(data_set).path), str(folder)],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(live_s / 2)
        if load.poll() is not None:
            raise RuntimeError("the load was over before it could be killed")
        load.send_signal(signal.SIGKILL)
        load.wait()
        return {"killed_start_s": self._operation("start", folder)["s"]}

    def _over_http(self, data, folder):
        """a: /history of one host over the whole span in steps of 15 min; d: /hosts. Kept-alive requests."""
        rng = random.Random(7)
        hosts = [rng.choice(data.names) for _ in range(HTTP_REQUESTS + 20)]
        urls = {
            "a": [f"/history?host={host}&start={data.start}&end={data.end}&step=15m" for host in hosts],
            "d": ["/hosts"],
        }
        port = free_port()
        log = self.workload.folder / "run" / "here.log"
        with open(log, "ab") as file:
            daemon = subprocess.Popen([str(self.binary), f"--config.file={self.config}", f"--storage.path={folder}",
                                       f"--web.listen-address=127.0.0.1:{port}"], stdout=file, stderr=file)
        try:
            self._wait_ready(daemon, port, log)
            self._check_answers(port, urls, data)
            return {name: self._latency(port, daemon.pid, paths) for name, paths in urls.items()}
        finally:
            daemon.send_signal(signal.SIGTERM)
            daemon.wait()

    @staticmethod
    def _wait_ready(daemon, port, log):
        deadline = time.monotonic() + READY_TIMEOUT_S
        while time.monotonic() < deadline and daemon.poll() is None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=5):
                    return
            except OSError:
                time.sleep(0.02)
        raise RuntimeError(f"the daemon does not get ready; see {log}")

    @staticmethod
    def _check_answers(port, urls, data):
        """That there is something in them; a host that comes late has fewer points."""
        def answer(path):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as response:
                return json.load(response)
        if not any(answer(path)["samples"] for path in urls["a"][:20]):
            raise RuntimeError("/history answers without samples")
        if len(answer("/hosts")["hosts"]) != data.hosts:
            raise RuntimeError("/hosts does not name all hosts")

    def _latency(self, port, pid, paths):
        file = self.workload.folder / "run" / "here-urls.txt"
        file.write_text("\n".join(paths) + "\n")
        command = [self.workload.program("qbench"), "--port", str(port), "--pid", str(pid), "--urls", str(file),
                   "--n", str(HTTP_REQUESTS), "--warm", "20"]
        rounds = [json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
                  for _ in range(HTTP_ROUNDS)]
        return {key: statistics.median(one[key] for one in rounds) for key in rounds[0]}
