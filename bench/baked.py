"""Prints the share of elements of a baked model that numpy in Float64 rounds otherwise.

Arguments: `sdxl` or `llama`, the base, what was baked, and the adapters, each of which has weight 1.
An element next to a tie may be rounded the other way after sums in Float32. Some tensors are
checked; 1 means that something is wrong by more than a rounding, or that what no adapter changes is
not the same.
"""

from __future__ import annotations

import json
import math
import struct
import sys
from pathlib import Path

import numpy as np

import checkpoints

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


if __name__ == "__main__":
    base, baked, *adapters = map(Path, sys.argv[2:])
    print((check_sdxl if sys.argv[1] == "sdxl" else check_llama)(base, baked, adapters))
