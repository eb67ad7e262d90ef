"""Times `lorac build` of many small targets against a `lorac merge` for each, and checks the outputs.

1,000 targets over 20 adapters of rank 4 (12 modules, 60 kB), as 50 prompts at 20 strengths, and as 1,000
different prompts: separate merges, a clean build, a build with nothing to do, and one after an adapter
was touched. See README.md beside this file.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from bench import machine

TARGETS = 1000
ADAPTERS = 20
SPEEDUP_GOAL = 20.0
IDLE_GOAL = 0.5


def write_adapters(folder: Path) -> list[Path]:
    """Adapters that say what they are about."""
    folder.mkdir(parents=True)
    paths = []
    for index in range(ADAPTERS):
        random = np.random.default_rng(index)
        tensors = {}
        for module in range(12):
            stem = f"lora_unet_down_blocks_{module % 3}_attentions_{module // 3}_proj_in"
            tensors[f"{stem}.lora_down.weight"] = random.normal(0, 0.02, (4, 320))
            tensors[f"{stem}.lora_up.weight"] = random.normal(0, 0.02, (320, 4))
        paths.append(folder / f"a{index:02}.safetensors")
        about = {"modelspec.title": f"a{index:02}", "modelspec.description": f"thing {index}"}
        half = {name: value.astype(np.float16) for name, value in tensors.items()}
        save_file(half, paths[-1], about)
    return paths


def options(index: int, prompts: int) -> tuple[str, float]:
    """The prompt and the strength of a target, of so many different prompts."""
    number = index % prompts
    text = f"thing {number % ADAPTERS} beside thing {number * 7 % ADAPTERS}, number {number}"
    return text, 1 + index // prompts / 32


def write_recipe(folder: Path, prompts: int) -> None:
    """JSON is YAML too."""
    targets = []
    for index in range(TARGETS):
        text, strength = options(index, prompts)
        name = f"t{index:04}"
        fields = {"name": name, "prompts": [text], "strength": strength}
        targets.append({**fields, "output": f"out/{name}.safetensors"})
    recipe = {"adapters": [{"file": "adapters"}], "targets": targets}
    (folder / "lorac.json").write_text(json.dumps(recipe))


def seconds(command: list[str], folder: Path) -> float:
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def merge_all(lorac: str, folder: Path, prompts: int) -> float:
    """The seconds of a merge for each target, one after the other."""
    shutil.rmtree(folder / "merged", ignore_errors=True)
    (folder / "merged").mkdir()
    start = time.perf_counter()
    for index in range(TARGETS):
        text, strength = options(index, prompts)
        command = [lorac, "merge", "-q", "adapters", "--prompt", text, "--strength", str(strength)]
        output = ["-o", f"merged/t{index:04}.safetensors"]
        subprocess.run([*command, *output], cwd=folder, check=True)
    return time.perf_counter() - start


def compare(folder: Path) -> int:
    """How many targets differ from the merge of the same options."""
    names = [f"t{i:04}.safetensors" for i in range(TARGETS)]
    return sum((folder / "out" / n).read_bytes() != (folder / "merged" / n).read_bytes() for n in names)


def built(lorac: str, folder: Path) -> int:
    output = subprocess.check_output([lorac, "build", "--json"], cwd=folder)
    return json.loads(output)["built"]


def measure(
    lorac: str, folder: Path, adapters: list[Path], prompts: int, runs: int
) -> list[tuple[str, str, str]]:
    """The rows of one recipe."""
    write_recipe(folder, prompts)
    merges = merge_all(lorac, folder, prompts)
    clean, idle, touched = [], [], []
    command = [lorac, "build", "-q"]
    for _ in range(runs):
        shutil.rmtree(folder / "out", ignore_errors=True)
        shutil.rmtree(folder / ".lorac", ignore_errors=True)
        clean.append(seconds(command, folder))
        idle.append(seconds(command, folder))
        os.utime(adapters[3])
        touched.append(seconds(command, folder))
    os.utime(adapters[3])
    different, again = compare(folder), built(lorac, folder)
    speedup = merges / statistics.median(clean)

    def verdict(passes: bool) -> str:
        return "pass" if passes else "FAIL"

    return [
        (f"{prompts} prompts: merges", f"{merges:.2f} s", ""),
        ("clean build", f"{statistics.median(clean):.3f} s", ""),
        ("speed-up", f"{speedup:.1f} x", verdict(speedup >= SPEEDUP_GOAL)),
        ("nothing to do", f"{statistics.median(idle):.3f} s",
         verdict(statistics.median(idle) <= IDLE_GOAL)),
        ("an adapter touched", f"{statistics.median(touched):.3f} s", verdict(again == 0)),
        ("outputs unlike merge", str(different), verdict(different == 0)),
    ]  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lorac", required=True, help="the binary to time")
    parser.add_argument("--data", type=Path, required=True, help="folder for inputs and outputs")
    parser.add_argument("--quick", action="store_true", help="two builds instead of five")
    arguments = parser.parse_args()

    lorac, folder = str(Path(arguments.lorac).resolve()), arguments.data / "build"
    shutil.rmtree(folder, ignore_errors=True)
    adapters = write_adapters(folder / "adapters")
    rows = []
    for prompts in (50, TARGETS):
        print(f"{TARGETS} targets of {prompts} prompts", file=sys.stderr)
        rows += measure(lorac, folder, adapters, prompts, 2 if arguments.quick else 5)
    print(f"# {machine(lorac)}")
    for row in rows:
        print("\t".join(cell.ljust(20) for cell in row))
    shutil.rmtree(folder, ignore_errors=True)
    return int(any(row[-1] == "FAIL" for row in rows))


if __name__ == "__main__":
    sys.exit(main())
