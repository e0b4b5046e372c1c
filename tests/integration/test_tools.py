"""import, export, inspect and verify, end to end with the program."""
import gzip
import json
import os
import pathlib
import pty
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from processes import BINARY, Daemon

NOW_S = int(time.time())
START_S = NOW_S - 7200
CONFIG = "scrape_configs: []\nstorage:\n  retention: {raw: 30d, 5m: 60d}\n"
STALE = "# HELP {name} proxy-telemetry:value-bits 0x{bits:016x}\n"


def files_of(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def sample_text(hosts=3, ticks=100, step_s=60, value=lambda host, tick: host * 1000 + tick):
    lines = ["# TYPE proxy_http_requests counter"]
    for host in range(hosts):
        for tick in range(ticks):
            lines.append(f'proxy_http_requests_total{{code="2xx",host="h{host}.example",instance="i:1",job="j"}} '
                         f"{value(host, tick)} {START_S + tick * step_s}.000")
    return "\n".join(lines) + "\n# EOF\n"


class ToolsTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="pt-tools-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.store = self.folder / "data"
        self.config = self.folder / "config.yml"
        self.config.write_text(CONFIG)

    def run_tool(self, *words, store=None, code=0, stdin=None):
        done = subprocess.run([str(BINARY), *map(str, words), f"--storage.path={store or self.store}"], input=stdin,
                              capture_output=True, check=False, timeout=60)
        self.assertEqual(done.returncode, code, done.stderr.decode())
        return done

    def bring_in(self, text, **options):
        return self.run_tool("import", "-", stdin=text if isinstance(text, bytes) else text.encode(), **options)

    def export(self, *words, **options):
        return self.run_tool("export", *words, **options).stdout.decode()

    def test_import_says_what_it_did_and_export_gives_it_back(self):
        text = sample_text()
        file = self.folder / "samples.txt"
        file.write_text(text)
        done = self.run_tool("import", file, f"--config.file={self.config}")
        self.assertRegex(done.stdout.decode(), r"^imported 3 series: 300 samples new, 0 known, 0 in conflict \(kept the "
                                               r"first\); \d+ partitions; [\d.]+ s, \d+ samples/s\n$")
        self.assertEqual(done.stderr, b"")
        self.assertEqual(self.export(), text)
        again = self.bring_in(sample_text(hosts=4, value=lambda host, tick: host * 1000 + tick + (tick == 7)))
        self.assertIn("imported 4 series: 100 samples new, 297 known, 3 in conflict", again.stdout.decode())
        kept = self.export('--match={host!="h3.example"}')
        self.assertEqual(kept, text)

    def test_export_and_import_lose_no_bit(self):
        values = ["0", "-0", "+Inf", "-Inf", "NaN", "5e-324", "1.7976931348623157e+308", "0.1", "9007199254740993",
                  "-1234.5678"]
        lines = []
        for index, value in enumerate(values):
            lines.append(f'm{{host="h{index % 3}",quote="a\\"b\\\\c\\nd"}} {value} {START_S + 60 * index}.123\n')
        for index, bits in enumerate((0x7ff0000000000002, 0x7ff8000000000001, 0xfff8000000000000, 0x7fffffffffffffff)):
            lines.append(STALE.format(name="m", bits=bits) + f'm{{host="h0"}} NaN {START_S + 60 * index}.000\n')
        lines.append(f'{{host="nameless"}} 1 {START_S}.000\n')
        self.bring_in("".join(lines) + "# EOF\n")
        first = self.export()
        self.assertEqual(first.count("value-bits"), 4)
        self.assertEqual(sum(not line.startswith("#") for line in first.splitlines()), len(values) + 5)
        other = self.folder / "other"
        self.bring_in(first, store=other)
        self.assertEqual(self.export(store=other), first)

    def test_export_takes_selectors_and_times(self):
        self.bring_in(sample_text())
        self.assertEqual(self.export("--match", "up").splitlines(), ["# EOF"])
        both = self.export("--match", '{host="h1.example"}', "--match", '{host=~"h[12].*"}')
        self.assertEqual(both.count('host="h1.'), 100)
        self.assertEqual(both.count('host="h2.'), 100)
        part = self.export(f"--start={START_S + 60}", f"--end={START_S + 180}", "--match={host='h0.example'}")
        self.assertEqual(part.count('host="h0.'), 3)
        self.assertEqual(self.export("--end", "-1d").splitlines(), ["# EOF"])
        for words in (["--match={"], ["--start=yesterday"], ["--start=2", "--end=1"]):
            self.assertIn(b"proxy-telemetry: --", self.run_tool("export", *words, code=1).stderr)

    def test_import_takes_compressed_files_and_other_formats(self):
        text = sample_text()
        file = self.folder / "samples.gz"
        file.write_bytes(gzip.compress(text.encode()))
        self.run_tool("import", file)
        dump = "".join(f'{{__name__="dumped", host="d"}} {tick} {(START_S + tick) * 1000}\n' for tick in range(5))
        self.bring_in(dump)
        self.run_tool("import", "-", "--format=dump", stdin=dump.encode())
        self.assertEqual(self.export("--match=dumped").count("dumped{"), 5)

    def test_a_broken_file_imports_nothing_and_names_the_line(self):
        self.bring_in(sample_text())
        before = files_of(self.store)
        good = sample_text(hosts=5)
        for text, what in ((good.replace("# EOF\n", ""), "EOF"), (good.replace(" 4001 ", " x "), "standard input:403:"),
                           (good[:1000], "standard input:")):
            done = self.bring_in(text, code=1)
            self.assertIn("nothing is imported", done.stderr.decode())
            self.assertIn(what, done.stderr.decode())
            self.assertEqual(done.stdout, b"")
        self.assertEqual(files_of(self.store), before)
        self.assertIn(b"No such file", self.run_tool("import", self.folder / "absent", code=1).stderr)
        self.assertIn(b"bad.yml:1:", self.run_tool("import", "-", f"--config.file={self.bad_config()}", code=1).stderr)

    def bad_config(self):
        bad = self.folder / "bad.yml"
        bad.write_text("scrape_config: []\n")
        return bad

    def test_an_import_that_is_killed_leaves_nothing(self):
        self.bring_in(sample_text())
        before = self.export()
        with subprocess.Popen([str(BINARY), "import", "-", f"--storage.path={self.store}"],
                              stdin=subprocess.PIPE) as importing:
            importing.stdin.write(sample_text(hosts=2000).removesuffix("# EOF\n").encode())
            importing.stdin.flush()
            importing.send_signal(signal.SIGKILL)
        self.assertTrue((self.store / "import").exists())
        self.assertIn("rest of an import", self.run_tool("inspect").stdout.decode())
        self.run_tool("verify")
        self.assertEqual(self.export(), before)
        self.assertFalse((self.store / "import").exists())

    def test_old_samples_are_imported_with_a_warning(self):
        old = f'm{{host="h"}} 1 {NOW_S - 86400 * 400}.000\nm{{host="h"}} 2 {NOW_S - 60}.000\n# EOF\n'
        done = self.bring_in(old)
        self.assertRegex(done.stderr.decode(), r"warning: 1 of 2 samples are older .*30d.*storage.retention.raw")
        self.assertIn("2 samples new", done.stdout.decode())
        self.assertEqual(self.export().count("m{"), 2)

    def test_inspect_tells_what_there_is(self):
        self.run_tool("import", "-", f"--config.file={self.config}", stdin=sample_text().encode())
        before = files_of(self.store)
        text = self.run_tool("inspect").stdout.decode()
        facts = json.loads(self.run_tool("inspect", "--json").stdout)
        self.assertEqual(files_of(self.store), before)
        self.assertEqual((facts["series"], facts["samples"]), (3, 300))
        self.assertEqual(facts["bytes"], sum(map(len, before.values())))
        self.assertEqual((facts["min_ts_ms"], facts["max_ts_ms"]), (START_S * 1000, (START_S + 99 * 60) * 1000))
        self.assertEqual([tier["tier"] for tier in facts["tiers"]], ["raw", "5m"])
        self.assertEqual(facts["tiers"][0]["samples"], 300)
        self.assertEqual(facts["findings"] + facts["quarantine"], [])
        self.assertIn(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(START_S)), text)
        self.assertIn("samples   300\n", text)
        self.assertEqual(self.run_tool("inspect", store=self.folder / "none", code=1).stdout, b"")

    def test_verify_finds_damage_and_repairs_it(self):
        self.bring_in(sample_text(hosts=40))
        before = files_of(self.store)
        self.assertIn(b": ok; ", self.run_tool("verify").stdout)
        self.assertEqual(files_of(self.store), before)
        whole = set(self.export().splitlines())
        table = max(self.store.glob("raw/*/*.ldb"), key=os.path.getsize)
        content = bytearray(table.read_bytes())
        content[100] ^= 1  # in the first of LevelDB's blocks; the labels are behind them
        table.write_bytes(content)
        damaged = files_of(self.store)
        done = self.run_tool("verify", code=1)
        self.assertIn(table.name, done.stderr.decode())
        self.assertIn("--repair", done.stderr.decode())
        self.assertIn(b"damages found", done.stdout)
        self.assertEqual(files_of(self.store), damaged)
        self.run_tool("verify", "--repair", code=1)
        self.assertIn(b": ok; ", self.run_tool("verify").stdout)
        left = set(self.export().splitlines())
        self.assertLess(left, whole)
        self.assertGreater(len(left), len(whole) // 4)
        self.assertEqual(len(json.loads(self.run_tool("inspect", "--json").stdout)["quarantine"]), 1)

    def test_verify_says_when_it_cannot_look(self):
        self.run_tool("verify", store=self.folder / "none", code=2)
        self.run_tool("verify", f"--config.file={self.bad_config()}", code=2)
        (self.folder / "empty").mkdir()
        self.run_tool("verify", store=self.folder / "empty", code=2)
        self.assertEqual(list((self.folder / "empty").iterdir()), [])

    def test_a_running_daemon_has_the_store_for_itself(self):
        daemon = Daemon(self, CONFIG).start()
        for words, code in ((["import", "-"], 1), (["export"], 1), (["inspect"], 1), (["verify"], 2)):
            done = self.run_tool(*words, store=daemon.storage_path, code=code, stdin=sample_text().encode())
            self.assertIn("stop it", done.stderr.decode())
        daemon.stop()
        self.bring_in(sample_text(), store=daemon.storage_path)
        daemon.start()
        hosts = json.loads(daemon.get("/hosts").body)["hosts"]
        self.assertEqual(hosts, ["h0.example", "h1.example", "h2.example"])

    def test_a_terminal_gets_a_progress_bar(self):
        leader, follower = pty.openpty()
        try:
            with subprocess.Popen([str(BINARY), "import", "-", f"--storage.path={self.store}"], stdin=subprocess.PIPE,
                                  stderr=follower, stdout=subprocess.DEVNULL,
                                  env={**os.environ, "TERM": "xterm"}) as importing:
                text = sample_text(hosts=200).encode()
                importing.stdin.write(text[:len(text) // 2])
                importing.stdin.flush()
                time.sleep(0.3)  # it is drawn ten times a second
                importing.stdin.write(text[len(text) // 2:])
                importing.stdin.close()
                self.assertEqual(importing.wait(60), 0)
            os.set_blocking(leader, False)
            drawn = os.read(leader, 1 << 16)
            self.assertIn(b"import, reading  ", drawn)
            self.assertTrue(drawn.endswith(b"\r\x1b[K"), drawn)  # and taken away
        finally:
            os.close(follower)
            os.close(leader)


if __name__ == "__main__":
    unittest.main()
