"""`make check`: everything a machine can judge without running the tests. Two at a time; says what to do."""

import filecmp
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HOUSE = Path(__file__).resolve().parent.parent
BIN = HOUSE / ".venv" / "bin"
CODE = ("takatuf", "config", "tests", "tools", "conftest.py")
CONCISE = ("--output-format", "concise")

# name, command, what to do when it fails. The slowest first: two run at a time.
CHECKS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("types", ("mypy",), "mend the types it names"),
    ("floors and rooms", ("lint-imports", "--no-cache"), "let the import point down: docs/adr/0004"),
    ("translations", ("takatuf", "messages", "check"), "takatuf messages extract, then write the Arabic"),
    ("generated pages", ("takatuf", "docs", "check"), "takatuf docs build"),
    ("migrations", ("django-admin", "makemigrations", "--check", "--dry-run"), "takatuf db makemigrations"),
    (
        "lint",
        ("ruff", "check", "--quiet", *CONCISE, *CODE),
        "make fix, then mend the rest",
    ),
    ("format", ("ruff", "format", "--check", "--quiet", *CONCISE, *CODE), "make fix"),
)


def main() -> int:
    os.chdir(HOUSE)
    with ThreadPoolExecutor(max_workers=2) as pool:
        outcomes = [pool.submit(run, *check) for check in CHECKS]
        outcomes.append(pool.submit(lock_is_current))
        failed = sum(not outcome.result() for outcome in outcomes)
    print(f"{failed} of {len(outcomes)} checks failed." if failed else f"All {len(outcomes)} checks passed.")
    return 1 if failed else 0


def run(name: str, command: tuple[str, ...], advice: str) -> bool:
    begun = time.monotonic()
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "config.testing", "PYTHONPATH": str(HOUSE)}
    done = subprocess.run(
        [str(BIN / command[0]), *command[1:]], capture_output=True, text=True, env=environment, check=False
    )
    return report(name, done.returncode == 0, done.stdout + done.stderr, advice, time.monotonic() - begun)


def lock_is_current() -> bool:
    """Whether `make lock` without upgrades would change nothing. Without a network: said, and not failed.

    (tests/test_house.py compares the lock with pyproject.toml and needs no network.)
    """
    begun = time.monotonic()
    uv = shutil.which("uv") or str(HOUSE / ".tools" / "bin" / "uv")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copy("requirements.lock", folder))
        how = ("--universal", "--generate-hashes", "--no-emit-index-url", "--python-version", "3.11")
        command = [
            uv,
            "pip",
            "compile",
            "--quiet",
            *how,
            "--extra",
            "dev",
            "--custom-compile-command",
            "make lock",
            "pyproject.toml",
        ]
        done = subprocess.run([*command, "--output-file", copy], capture_output=True, text=True, check=False)
        same = done.returncode == 0 and filecmp.cmp(copy, "requirements.lock", shallow=False)
    if done.returncode and ("Failed to fetch" in done.stderr or "dns error" in done.stderr):
        return report("lock (registry not reached, not compared)", True, "", "", time.monotonic() - begun)
    return report("lock", same, done.stderr, "make lock", time.monotonic() - begun)


def report(name: str, well: bool, output: str, advice: str, seconds: float) -> bool:
    lines = [f"{'✓' if well else '✗'} {name} ({seconds:.1f} s)"]
    if not well:
        lines += [*output.strip().splitlines(), f"  → {advice}"]
    print("\n".join(lines), flush=True)
    return well


if __name__ == "__main__":
    sys.exit(main())
