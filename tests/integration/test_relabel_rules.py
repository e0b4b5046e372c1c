"""Random relabelling rules: check config takes exactly those that promtool takes."""
import json
import pathlib
import random
import re
import subprocess
import tempfile
import unittest

from processes import BINARY, tool

RULES = 600
ACTIONS = ["replace", "Replace", "lowercase", "uppercase", "keep", "DROP", "keepequal", "dropequal", "hashmod",
           "labelmap", "labeldrop", "labelkeep", "repl", ""]
NAMES = ["a", "__x", "a-b", "1a", "", "$1", "${1}", "a$1", "a_${1}_b", "$1x", "1$1", "a$", "$$", "${", "${}", "a.b",
         "__name__", "$-", "x${1}2", "${1}$2", "é"]
EXPRESSIONS = ["(.*)", "", "a(b", "x.*", "[", "(?P<n>x)", "\\d+", "(a)|(b)", "(?i)x", "a{2}", "a**"]
MODULI = [0, 1, 8, -1, "x", 18446744073709551615]
# Later versions of Prometheus refuse $1 in the target of these; Debian's takes it, and writes a label called $1.
PLAIN_TARGET = {"lowercase", "uppercase", "keepequal", "dropequal"}


def random_rule(dice):
    rule = {}
    if dice.random() < .8:
        rule["action"] = dice.choice(ACTIONS)
    if dice.random() < .4:
        rule["source_labels"] = dice.sample(["a", "b", "__c"] + NAMES[:3], dice.randrange(4))
    if dice.random() < .7:
        rule["target_label"] = dice.choice(NAMES + ["ok"] * 10)
    for key, values in (("regex", EXPRESSIONS), ("modulus", MODULI), ("replacement", NAMES + ["$1"] * 9)):
        if dice.random() < .3:
            rule[key] = dice.choice(values)
    if dice.random() < .2:
        rule["separator"] = dice.choice([";", "", "x"])
    return rule


class RelabelRules(unittest.TestCase):
    def test_check_config_takes_the_rules_that_promtool_takes(self):
        promtool = tool("promtool")
        seed = random.randrange(1 << 32)
        dice = random.Random(seed)
        with tempfile.TemporaryDirectory() as folder:
            rules = {}
            for i in range(RULES):
                rule = random_rule(dice)
                if rule.get("action") in PLAIN_TARGET and "$" in rule.get("target_label", ""):
                    continue
                path = pathlib.Path(folder, f"{i}.yml")
                path.write_text("scrape_configs: [" + json.dumps(
                    {"job_name": "j", dice.choice(["relabel_configs", "metric_relabel_configs"]): [rule]}) + "]\n")
                rules[str(path)] = rule
            judged = subprocess.run([promtool, "check", "config", *rules], capture_output=True, text=True, timeout=120,
                                    check=False)
            theirs = set(re.findall(r"SUCCESS: (\S+) is valid", judged.stdout))
            self.assertGreater(len(theirs), RULES // 10, judged.stderr[:2000])
            self.assertLess(len(theirs), len(rules) * 9 // 10)
            for path, rule in rules.items():
                ours = subprocess.run([BINARY, "check", "config", path], capture_output=True, text=True, timeout=60,
                                      check=False)
                self.assertEqual(path in theirs, ours.returncode == 0, f"seed {seed}: {rule}: {ours.stderr}")
