"""Times baking adapters into a base model against `cp` of the model, and checks the result.

Two models: one file of the shape of SDXL, with eight adapters of rank 32, and a folder of the
shape of Llama 3.2 1B, with four. Jobs of a model take turns; outputs are deleted as soon as they
are measured, and the models when all is done, for they are large. See README.md beside this file.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import statistics
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

import checkpoints
from bench import HEADER, HERE, Job, Medians, machine

# The largest model, its copy, and the adapters.
DISK_NEED = 17 * 10**9
MEMORY_GOAL = 800.0
TIME_GOAL = 1.5
# An element next to a tie may be rounded the other way after sums in Float32.
ROUNDING_GOAL = 1e-3
CHECKED_SDXL = [
    ("model.diffusion_model.input_blocks.4.1.transformer_blocks.0.attn2.to_k.weight", None,
     "lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_k"),
    ("model.diffusion_model.output_blocks.5.1.proj_out.weight", None,
     "lora_unet_output_blocks_5_1_proj_out"),
    ("conditioner.embedders.1.model.transformer.resblocks.7.attn.in_proj_weight", (1280, 2560),
     "lora_te2_text_model_encoder_layers_7_self_attn_k_proj"),
]  # fmt: skip
CHECKED_LLAMA = ["model.layers.0.self_attn.k_proj", "model.layers.15.mlp.down_proj"]


class TensorFile:
    """A safetensors file, read one tensor at a time into Float64."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with open(path, "rb") as file:
            (size,) = struct.unpack("<Q", file.read(8))
            self.header = json.loads(file.read(size))
        self.start = 8 + size

    def __contains__(self, name: str) -> bool:
        return name in self.header

    def bits(self, name: str) -> np.ndarray:
        entry = self.header[name]
        start, _ = entry["data_offsets"]
        count = math.prod(entry["shape"])
        values = np.fromfile(self.path, dtype="<u2", count=count, offset=self.start + start)
        return values.reshape(entry["shape"])

    def __getitem__(self, name: str) -> np.ndarray:
        bits = self.bits(name)
        if self.header[name]["dtype"] == "F16":
            return bits.view(np.float16).astype(np.float64)
        return (bits.astype(np.uint32) << 16).view(np.float32).astype(np.float64)


def share_off(found: np.ndarray, exact: np.ndarray, rounded: np.ndarray) -> float:
    """The share of elements that are not the exact ones rounded, and nearer than a rounding away."""
    distance = np.abs(found - rounded)
    if (distance > 2 * np.abs(rounded - exact).max()).any():
        return 1.0
    return float((distance > 0).mean())


def rounded_to(exact: np.ndarray, dtype: str) -> np.ndarray:
    if dtype == "F16":
        return exact.astype(np.float16).astype(np.float64)
    # From Float64 in one rounding: to odd in Float32 first, which no tie of BF16 survives.
    near = exact.astype(np.float32)
    bits = near.view(np.uint32)
    inexact = near.astype(np.float64) != exact
    beyond = np.abs(near.astype(np.float64)) > np.abs(exact)
    odd = np.where(inexact, (bits - beyond.astype(np.uint32)) | 1, bits).astype(np.uint32)
    encoded = checkpoints.bfloat16(odd.view(np.float32)).astype(np.uint32) << 16
    return encoded.view(np.float32).astype(np.float64)


def check_sdxl(base: Path, baked: Path, adapters: list[Path]) -> float:
    before, after = TensorFile(base), TensorFile(baked)
    files = [TensorFile(path) for path in adapters]
    worst = 0.0
    for name, rows, module in CHECKED_SDXL:
        part = slice(*rows) if rows else slice(None)
        exact = before[name][part]
        for file in files:
            down, up = file[f"{module}.lora_down.weight"], file[f"{module}.lora_up.weight"]
            exact = exact + up @ down * (float(file[f"{module}.alpha"]) / len(down))
        rounded = rounded_to(exact, "F16")
        worst = max(worst, share_off(after[name][part], exact, rounded))
    untouched = "first_stage_model.decoder.mid.attn_1.q.weight"
    return worst if (before.bits(untouched) == after.bits(untouched)).all() else 1.0


def check_llama(base: Path, baked: Path, adapters: list[Path]) -> float:
    index = json.loads((base / "model.safetensors.index.json").read_text())["weight_map"]
    files = [TensorFile(path / "adapter_model.safetensors") for path in adapters]
    shards = [TensorFile(path) for path in sorted(baked.glob("*.safetensors"))]
    worst = 0.0
    for module in CHECKED_LLAMA:
        name = f"{module}.weight"
        exact = TensorFile(base / index[name])[name]
        for file in files:
            path = f"base_model.model.{module}"
            exact = exact + file[f"{path}.lora_B.weight"] @ file[f"{path}.lora_A.weight"] * 2.0
        after = next(shard for shard in shards if name in shard)[name]
        worst = max(worst, share_off(after, exact, rounded_to(exact, "BF16")))
    return worst if (baked / "config.json").exists() else 1.0


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


def sdxl_adapters(data: Path) -> list[Path]:
    script = [sys.executable, str(HERE / "generate.py"), str(data / "rank-32")]
    subprocess.run([*script, "--count", "8", "--rank", "32"], check=True)
    return sorted((data / "rank-32").glob("*.safetensors"))


def llama_adapters(data: Path) -> list[Path]:
    folders = [data / f"llama-adapters/{seed}" for seed in range(4)]
    for seed, folder in enumerate(folders):
        if not (folder / "adapter_config.json").exists():
            checkpoints.write_llama_adapter(folder, seed)
    return folders


def bake(name: str, lorac: str, data: Path, runs: int, keeps: bool) -> list[list[str]]:
    """The rows of one model."""
    out = data / "out"
    print(f"Preparing {name}", file=sys.stderr)
    if name == "sdxl":
        base, output, adapters = data / "sdxl.safetensors", out / "baked", sdxl_adapters(data)
        output = output.with_suffix(".safetensors")
        make, check = checkpoints.write_sdxl, check_sdxl
    else:
        base, output, adapters = data / "llama", out / "baked", llama_adapters(data)
        make, check = checkpoints.write_llama, check_llama
    try:
        if not (base / "config.json" if name == "llama" else base).exists():
            make(base)
        chosen = jobs(name, lorac, base, output, adapters)
        share = measure(chosen, runs, lambda: check(base, output, adapters))
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
