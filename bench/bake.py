"""Times baking adapters into a base model against `cp` of the model, and checks the result.

Two models: one file of the shape of SDXL, with eight adapters of rank 32, and a folder of the
shape of Llama 3.2 1B, with four. Jobs of a model take turns; outputs are deleted as soon as they
are measured, and the models when all is done, for they are large. See README.md beside this file.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bench import HEADER, HERE, Job, Medians, machine

# The largest model, its copy, and the adapters.
DISK_NEED = 17 * 10**9
MEMORY_GOAL = 800.0
TIME_GOAL = 1.5
ROUNDING_GOAL = 1e-3


def remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def jobs(
    name: str, lorac: str, base: Path, output: Path, adapters: list[Path]
) -> tuple[Job, Job, Job]:
    """`cp`, `cp` and waiting for the disk, and the bake."""
    def goal(medians: Medians) -> float:
        return TIME_GOAL * medians[f"{name}-cp"]

    flush = 'cp -r "$1" "$2" && sync "$2" && find "$2" -type f -exec sync {} +'
    target = f"{output}/" if base.is_dir() else str(output)
    bake = [lorac, "merge", "-q", *map(str, adapters), "--method", "linear"]
    return (
        Job(f"{name}-cp", ["cp", "-r", str(base), str(output)], output),
        Job(f"{name}-cp+sync", ["sh", "-c", flush, "sh", str(base), str(output)], output),
        Job(
            f"{name}-bake", [*bake, "--base", str(base), "-o", target], output, goal=goal,
            memory_goal=MEMORY_GOAL,
        ),
    )  # fmt: skip


def measure(chosen: tuple[Job, ...], runs: int, check: Callable[[], float]) -> float:
    """Runs the jobs in turns. Returns the share of elements that the last bake has wrong."""
    share = 1.0
    for turn in range(runs + 1):
        print(f"Turn {turn} of {runs}" if turn else "Warming up", file=sys.stderr)
        for job in chosen:
            try:
                job.run(job.output.with_name("stdout"))
                if turn == runs and job is chosen[-1]:
                    share = check()
            finally:
                remove(job.output)
            if turn == 0:
                job.forget()
    return share


def script(name: str, *arguments: object) -> str:
    """What a script of this folder prints.

    What takes memory has a process of its own: the peak that `wait4` reports of a command is at least
    that of the process which started it.
    """
    command = [sys.executable, str(HERE / name), *map(str, arguments)]
    return subprocess.check_output(command, text=True)


def adapters_for(name: str, data: Path) -> list[Path]:
    if name == "sdxl":
        script("generate.py", data / "rank-32", "--count", 8, "--rank", 32)
        return sorted((data / "rank-32").glob("*.safetensors"))
    script("checkpoints.py", "llama-adapters", data / "llama-adapters")
    return sorted((data / "llama-adapters").iterdir())


def bake(name: str, lorac: str, data: Path, runs: int, keeps: bool) -> list[list[str]]:
    """The rows of one model."""
    print(f"Preparing {name}", file=sys.stderr)
    suffix = ".safetensors" if name == "sdxl" else ""
    base, output = data / f"{name}{suffix}", data / f"out/baked{suffix}"
    adapters = adapters_for(name, data)
    try:
        script("checkpoints.py", name, base)
        chosen = jobs(name, lorac, base, output, adapters)
        check = partial(script, "baked.py", name, base, output, *adapters)
        share = measure(chosen, runs, lambda: float(check()))
    finally:
        if not keeps:
            remove(base)
    medians = {job.name: statistics.median(job.seconds) for job in chosen}
    verdict = "pass" if share <= ROUNDING_GOAL else "FAIL"
    rounding = [f"{name} roundings", f"{ROUNDING_GOAL:g} off", f"{share:.1e}", *[""] * 4, verdict]
    return [*(job.row(medians) for job in chosen), rounding]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lorac", required=True, help="the binary to time")
    parser.add_argument("--data", type=Path, required=True, help="folder for inputs and outputs")
    parser.add_argument("--quick", action="store_true", help="two runs of each instead of five")
    parser.add_argument("--model", choices=["sdxl", "llama"], help="only this one")
    parser.add_argument("--keep-models", action="store_true", help="do not delete the models")
    arguments = parser.parse_args()

    data = arguments.data
    shutil.rmtree(data / "out", ignore_errors=True)
    (data / "out").mkdir(parents=True)
    present = sum(p.stat().st_size for p in data.rglob("*") if p.is_file())
    if (free := shutil.disk_usage(data).free + present) < DISK_NEED:
        raise SystemExit(f"{data}: {free / 1e9:.1f} GB free, {DISK_NEED / 1e9:.0f} GB needed")
    rows = [HEADER]
    runs = 2 if arguments.quick else 5
    for name in [arguments.model] if arguments.model else ["sdxl", "llama"]:
        rows += bake(name, arguments.lorac, data, runs, arguments.keep_models)
    print(f"# {machine(arguments.lorac)}")
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEADER))]
    for row in rows:
        print("\t".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)))
    return int(any(row[-1] == "FAIL" for row in rows))


if __name__ == "__main__":
    sys.exit(main())
