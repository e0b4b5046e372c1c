#!/usr/bin/env python3
"""The project's own rules that no compiler knows: sizes, leftovers, machine paths, modes, parseable files."""
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SKIPPED_FOLDERS = {".git", "build", "data", "fixtures", "corpus", "__pycache__"}
CODE_SUFFIXES = {".h", ".cc", ".c", ".py", ".sh", ".cmake"}
CODE_NAMES = {"CMakeLists.txt", "run", "test", "check"}
LINES_MAX = 400
# Written so that this file does not find itself.
LEFTOVERS = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX)\b")
MACHINE_PATHS = re.compile(r"(?<![\w.])(/wo" r"rk/|/tm" r"p/b-|/ro" r"ot/|/ho" r"me/)")
TEST = re.compile(r"^TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\s*\)", re.MULTILINE)
# A suite and a test as the trap tables write them; neither "README.md" nor "Status.code".
TEST_NAME = re.compile(r"`([A-Z]\w+\.[A-Z]\w+)`")


def own_files():
    for path in sorted(ROOT.rglob("*")):
        inside = path.relative_to(ROOT)
        if path.is_file() and not path.is_symlink() and not SKIPPED_FOLDERS.intersection(inside.parts[:-1]):
            yield path


def is_code(path):
    return path.suffix in CODE_SUFFIXES or path.name in CODE_NAMES


def code_faults(text):
    lines = text.splitlines()
    if len(lines) > LINES_MAX:
        yield 0, f"{len(lines)} lines, at most {LINES_MAX}: split it by noun"
    if text and not text.endswith("\n"):
        yield len(lines), "no newline at the end"
    for number, line in enumerate(lines, 1):
        if LEFTOVERS.search(line):
            yield number, "leftover marker: do it or file an issue"
        if MACHINE_PATHS.search(line):
            yield number, "a path of one machine"
        if line != line.rstrip():
            yield number, "white space at the end"


def parse_fault(path, text):
    """What the file's own language says about it, or None."""
    if path.suffix == ".json":
        try:
            json.loads(text)
        except ValueError as error:
            return f"no valid JSON: {error}"
    elif path.suffix == ".py":
        try:
            compile(text, str(path), "exec")
        except SyntaxError as error:
            return f"no valid Python: {error}"
    elif text.startswith("#!/usr/bin/env bash") or path.suffix == ".sh":
        answer = subprocess.run(["bash", "-n", str(path)], capture_output=True, text=True, check=False)
        if answer.returncode != 0:
            return f"no valid bash: {answer.stderr.strip()}"
    return None


def faults(path):
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        if is_code(path):
            yield 0, "not UTF-8"
        return
    if is_code(path):
        yield from code_faults(text)
    if text.startswith("#!") and not path.stat().st_mode & 0o100:
        yield 1, "starts with #! and is not executable"
    broken = parse_fault(path, text)
    if broken:
        yield 0, broken


def lost_tests():
    """Tests that a trap table names and that there are none of."""
    tests = set()
    for path in (ROOT / "tests" / "unit").rglob("*.cc"):
        tests |= {".".join(names) for names in TEST.findall(path.read_text(encoding="utf-8"))}
    for path in sorted(ROOT.glob("*/*.md")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for name in TEST_NAME.findall(line):
                if name not in tests:
                    yield path, number, f"names the test {name}, which does not exist"


def main():
    count = 0
    for path, line, fault in lost_tests():
        print(f"{path.relative_to(ROOT)}:{line}: {fault}", file=sys.stderr)
        count += 1
    for path in own_files():
        for line, fault in faults(path):
            print(f"{path.relative_to(ROOT)}:{line}: {fault}", file=sys.stderr)
            count += 1
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
