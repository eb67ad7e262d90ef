"""Times whole lorac commands on adapters of real size, and compares with goals.

A goal is an upper limit for the median, often relative to what a plain tool takes for the same
bytes: `cat` of the inputs, `zstd -3` of the output. All jobs take turns, so that a slow minute of
the machine hits them all. Inputs are in the page cache; outputs are deleted as soon as they are
measured, before the system has to write them back. See README.md beside this file.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
DISK_NEED = 10 * 10**9
MEMORY_GOAL = 600.0
LIBRARY_COUNT = 2000
PROMPT = "a watercolor fox in a misty forest"
PAPER = ["--attention", "softmax", "--temperature", "1", "--prompt", PROMPT]

Medians = dict[str, float]


@dataclass
class Job:
    """A command, timed as a process, and what it is measured against."""

    name: str
    command: list[str]
    output: Path | None = None  # deleted after every run
    goal: Callable[[Medians], float] | None = None  # seconds
    memory_goal: float | None = None  # MB
    needs: list[str] = field(default_factory=list)  # jobs that the goal speaks of
    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    peak: float = 0.0  # MB

    def run(self, stdout: Path) -> None:
        """One run; standard output goes to the file `stdout`."""
        os.sync()  # nothing that earlier runs left to write should slow this one
        environment = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")}
        with open(stdout, "wb") as sink:
            start = time.perf_counter()
            process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=sink, env=environment
            )
            _, status, usage = os.wait4(process.pid, 0)
            self.seconds.append(time.perf_counter() - start)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise SystemExit(f"{self.name}: exit {process.returncode} of {' '.join(self.command)}")
        self.cpu.append(usage.ru_utime + usage.ru_stime)
        self.peak = max(self.peak, usage.ru_maxrss * 1024 / 1e6)

    def forget(self) -> None:
        self.seconds, self.cpu, self.peak = [], [], 0.0

    def row(self, medians: Medians) -> list[str]:
        limit = self.goal(medians) if self.goal else None
        late = limit is not None and medians[self.name] > limit
        large = self.memory_goal is not None and self.peak > self.memory_goal
        goals = [f"{limit:.3f} s"] if limit is not None else []
        goals += [f"{self.memory_goal:.0f} MB"] if self.memory_goal is not None else []
        verdict = "" if not goals else "FAIL" if late or large else "pass"
        return [
            *(self.name, ", ".join(goals) or "-", f"{medians[self.name]:.3f}"),
            *(f"{min(self.seconds):.3f}", f"{max(self.seconds):.3f}"),
            *(f"{statistics.median(self.cpu):.2f}", f"{self.peak:.0f}", verdict),
        ]


HEADER = ["job", "goal", "median s", "min", "max", "CPU s", "peak MB", "verdict"]


def jobs(lorac: str, data: Path) -> list[Job]:
    """All jobs, in the order in which they take turns."""
    eight = [str(p) for p in sorted((data / "rank-32").glob("*.safetensors"))]
    many = str(data / "rank-4")
    plain, packed = str(data / "merged.safetensors"), str(data / "adapter.safetensors.zst")
    out = data / "out"
    one_file = out / "merged.safetensors"
    made: list[Job] = []

    def merge(name: str, inputs: list[str], file: str, *options: str, **more: object) -> None:
        output = out / file
        command = [lorac, "merge", "-q", *inputs, *PAPER, *options, "-o", str(output)]
        made.append(Job(name, command, output, memory_goal=MEMORY_GOAL, **more))

    def lorac_job(name: str, *arguments: str, **more: object) -> None:
        made.append(Job(name, [lorac, *arguments], **more))

    script = 'output=$1; shift; cat "$@" > "$output"'
    made.append(Job("cat", ["sh", "-c", script, "sh", str(one_file), *eight], one_file))
    merge("exact", eight, "exact.safetensors", goal=lambda m: 1.5 * m["cat"], needs=["cat"])
    script += ' && sync "$output"'
    made.append(Job("cat+sync", ["sh", "-c", script, "sh", str(one_file), *eight], one_file))
    merge("rank-32", eight, "rank.safetensors", "--rank", "32", "--json", goal=lambda m: 12.0)
    limit: dict = {}
    if zstd := shutil.which("zstd"):
        stored = out / "merged.safetensors.zst"
        command = [zstd, "-3", "-T2", "-q", "-f", plain, "-o", str(stored)]
        made.append(Job("zstd", command, stored))
        limit = {"goal": lambda m: 1.3 * m["zstd"] + m["exact"], "needs": ["zstd", "exact"]}
    merge("exact-zst", eight, "exact.safetensors.zst", "--level", "3", **limit)
    merge("64-adapters", [many], "many.safetensors")

    prompts = ["--prompts", str(HERE / "prompts.txt")]
    softmax = ["--attention", "softmax"]
    lorac_job("weights", "weights", *eight, *prompts, *softmax, "--json", goal=lambda m: 1.0)
    lorac_job("weights-sparse", "weights", *eight, *prompts, "--attention", "sparse", "--json")
    lorac_job("inspect", "inspect", eight[0], goal=lambda m: 0.06)
    lorac_job("inspect-zst", "inspect", packed, goal=lambda m: 0.06)
    lorac_job("inspect-stats", "inspect", eight[0], "--stats", goal=lambda m: 1.5)
    checkpoint = str(data / "sdxl-hollow.safetensors")
    lorac_job("inspect-checkpoint", "inspect", checkpoint, goal=lambda m: 0.08)
    # 1.5 GB/s, and 400 files a second.
    gigabytes = sum(Path(p).stat().st_size for p in eight[:1]) / 1e9
    lorac_job("validate", "validate", eight[0], goal=lambda m: gigabytes / 1.5)
    library = str(data / "library")
    lorac_job("validate-quick", "validate", "--quick", library, goal=lambda m: LIBRARY_COUNT / 400)
    lorac_job("version", "--version", goal=lambda m: 0.06)
    opening = "import sys, safetensors as s; print(len(s.safe_open(sys.argv[1], 'np').keys()))"
    made.append(Job("python-open", [sys.executable, "-c", opening, eight[0]]))
    return made


def choose(everything: list[Job], names: list[str]) -> list[Job]:
    """The jobs of these names, and those that their goals speak of."""
    by_name = {job.name: job for job in everything}
    if unknown := [n for n in names if n not in by_name]:
        raise SystemExit(f"no job {', '.join(unknown)}; there are {', '.join(by_name)}")
    wanted = set(names or by_name)
    pending = list(wanted)
    while pending:
        more = set(by_name[pending.pop()].needs) - wanted
        wanted |= more
        pending += more
    return [job for job in everything if job.name in wanted]


def generate(data: Path) -> None:
    """Makes the adapters that are not there yet."""
    data.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(data / "out", ignore_errors=True)
    present = sum(512 * p.stat().st_blocks for p in data.rglob("*") if p.is_file())
    free = shutil.disk_usage(data).free + present
    if free < DISK_NEED:
        raise SystemExit(f"{data}: {free / 1e9:.1f} GB free, {DISK_NEED / 1e9:.0f} GB needed")
    (data / "out").mkdir()
    for rank, count in ((32, 8), (4, 64)):
        print(f"Preparing {count} adapters of rank {rank}", file=sys.stderr)
        script = [sys.executable, str(HERE / "generate.py"), str(data / f"rank-{rank}")]
        subprocess.run([*script, "--count", str(count), "--rank", str(rank)], check=True)
    script = [sys.executable, str(HERE / "checkpoints.py"), "sdxl-hollow"]
    subprocess.run([*script, str(data / "sdxl-hollow.safetensors")], check=True)
    if not (data / "library").exists():
        print(f"Preparing {LIBRARY_COUNT} adapters of holes", file=sys.stderr)
        script = [sys.executable, str(HERE / "library.py"), str(data / "library")]
        subprocess.run([*script, "--count", str(LIBRARY_COUNT)], check=True)


def prepare(lorac: str, data: Path, names: set[str]) -> None:
    """Makes the inputs that lorac itself writes, every time anew, for lorac changes."""
    eight = [str(p) for p in sorted((data / "rank-32").glob("*.safetensors"))]
    if "zstd" in names:
        merged = ["-o", str(data / "merged.safetensors")]
        subprocess.run([lorac, "merge", "-q", *eight, *PAPER, *merged], check=True)
    if "inspect-zst" in names:
        packed = ["-o", str(data / "adapter.safetensors.zst")]
        subprocess.run([lorac, "merge", "-q", eight[0], "--method", "linear", *packed], check=True)


def measure(chosen: list[Job], runs: int, data: Path, keep: Path | None) -> str | None:
    """Runs the jobs in turns. Returns how far `rank-32` is from the optimum, when it ran."""
    printed = data / "out/stdout"
    ratio = None
    for turn in range(runs + 1):
        print(f"Turn {turn} of {runs}" if turn else "Warming up", file=sys.stderr)
        for job in chosen:
            job.run(printed)
            if turn == runs and job.name == "rank-32":
                script = [sys.executable, str(HERE / "optimum.py")]
                ratio = subprocess.check_output([*script, printed, job.output], text=True)
            if turn == runs and keep and job.output:
                shutil.move(job.output, keep / f"{job.name}-{job.output.name}")
            elif job.output:
                job.output.unlink()
            if turn == 0:
                job.forget()
    return ratio.strip() if ratio else None


def machine(lorac: str) -> str:
    version = subprocess.run([lorac, "--version"], capture_output=True, text=True).stdout.strip()
    model = platform.machine()
    if (info := Path("/proc/cpuinfo")).exists():
        names = [x.split(":")[1] for x in info.read_text().splitlines() if x[:10] == "model name"]
        model = names[0].strip() if names else model
    return f"lorac {version}, {os.cpu_count()} cores of {model}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lorac", required=True, help="the binary to time")
    parser.add_argument("--data", type=Path, required=True, help="folder for inputs and outputs")
    parser.add_argument("--quick", action="store_true", help="two runs of each instead of five")
    parser.add_argument("--only", action="append", default=[], metavar="JOB", help="repeatable")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the last outputs there")
    arguments = parser.parse_args()

    generate(arguments.data)
    chosen = choose(jobs(arguments.lorac, arguments.data), arguments.only)
    prepare(arguments.lorac, arguments.data, {job.name for job in chosen})
    if arguments.keep:
        arguments.keep.mkdir(parents=True, exist_ok=True)
    ratio = measure(chosen, 2 if arguments.quick else 5, arguments.data, arguments.keep)

    medians = {job.name: statistics.median(job.seconds) for job in chosen}
    rows = [HEADER, *(job.row(medians) for job in chosen)]
    if ratio:
        verdict = "pass" if float(ratio) <= 1.0001 else "FAIL"
        rows.append(["rank-32 error", "1.0001 x optimum", ratio, "", "", "", "", verdict])
    print(f"# {machine(arguments.lorac)}")
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEADER))]
    for row in rows:
        print("\t".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)))
    return int(any(row[-1] == "FAIL" for row in rows))


if __name__ == "__main__":
    sys.exit(main())
