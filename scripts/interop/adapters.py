"""Reads LoRA adapters with numpy alone, and computes with their deltas in Float64.

Shares no code with lorac on purpose: it is what lorac's output is compared with.
"""

from __future__ import annotations

import json
import re
import struct
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

# Half the distance from 1 to the next number: the relative error of one rounding.
ROUNDING = {"F32": 2.0**-24, "F16": 2.0**-11, "BF16": 2.0**-8}

# The last part of a tensor's name -> which part of its module it is.
ROLES = {
    ".lora_down.weight": "down",
    ".lora_up.weight": "up",
    ".lora_A.weight": "down",
    ".lora_B.weight": "up",
    ".lora.down.weight": "down",  # attention in files of diffusers before 0.22, and of some after
    ".lora.up.weight": "up",
    ".lora_embedding_A": "down",
    ".lora_embedding_B": "up",
    ".alpha": "alpha",
}


class TensorFile:
    """A safetensors file; tensors are read from the disk when asked for."""

    def __init__(self, path: Path) -> None:
        with open(path, "rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            header: dict = json.loads(file.read(length))
        self.metadata: dict[str, str] = header.pop("__metadata__", {})
        self.entries: dict[str, dict] = header
        self._data = np.memmap(path, dtype=np.uint8, mode="r", offset=8 + length)

    def tensor(self, name: str) -> np.ndarray:
        """The tensor as Float64."""
        entry = self.entries[name]
        start, end = entry["data_offsets"]
        raw = np.ascontiguousarray(self._data[start:end])
        if entry["dtype"] == "BF16":  # the upper half of a Float32
            values = (raw.view("<u2").astype(np.uint32) << 16).view(np.float32)
        else:
            values = raw.view({"F16": "<f2", "F32": "<f4", "F64": "<f8"}[entry["dtype"]])
        return values.astype(np.float64).reshape(entry["shape"])


@dataclass(frozen=True)
class LowRank:
    """`scale * up @ down`, with `up` [out, rank] and `down` [rank, in]."""

    up: np.ndarray
    down: np.ndarray
    scale: float

    @property
    def rank(self) -> int:
        return self.down.shape[0]

    def delta(self) -> np.ndarray:
        return self.scale * (self.up @ self.down)

    def magnitude(self) -> np.ndarray:
        """What `delta` would be with no cancellation: the scale of its rounding errors."""
        return abs(self.scale) * (np.abs(self.up) @ np.abs(self.down))


class Adapter:
    """An adapter in kohya, diffusers or PEFT names; modules go by one name for all of them."""

    def __init__(self, path: Path | str) -> None:
        path = Path(path)
        self.config: dict = {}
        if path.is_dir():
            self.config = json.loads((path / "adapter_config.json").read_text())
            path = path / "adapter_model.safetensors"
        self.file = TensorFile(path)
        if stored := self.file.metadata.get("lora_adapter_metadata"):
            fields = json.loads(stored)
            self.config = {k.removeprefix("unet."): v for k, v in fields.items()}
        self.dialects: set[str] = set()
        self.paths: dict[str, str] = {}  # one name for all dialects -> the name in this file
        self.parts: dict[str, dict[str, str]] = {}
        for name in self.file.entries:
            ending = next((e for e in ROLES if name.endswith(e)), None)
            if ending is None:
                raise ValueError(f"tensor '{name}' is not part of a LoRA module")
            module = self._canonical(name.removesuffix(ending))
            self.parts.setdefault(module, {})[ROLES[ending]] = name

    def _canonical(self, path: str) -> str:
        if path.startswith("lora_"):
            dialect, name = "kohya", path.removeprefix("lora_")
        elif path.startswith("base_model.model."):
            dialect, name = "peft", "unet_" + path.removeprefix("base_model.model.")
        else:
            dialect, name = "diffusers", path
        self.dialects.add(dialect)
        name = name.replace(".", "_")
        self.paths[name] = path
        return name

    @cached_property
    def dtypes(self) -> set[str]:
        """The dtypes of the factors."""
        return {e["dtype"] for n, e in self.file.entries.items() if not n.endswith(".alpha")}

    def module(self, name: str) -> LowRank:
        parts = self.parts[name]
        up = self.file.tensor(parts["up"])
        down = self.file.tensor(parts["down"])
        down = down.reshape(down.shape[0], -1)
        return LowRank(up.reshape(up.shape[0], -1), down, self._scale(name, down.shape[0]))

    def _scale(self, name: str, rank: int) -> float:
        if "alpha" in self.parts[name]:
            return float(self.file.tensor(self.parts[name]["alpha"]).reshape(())) / rank
        if not self.config:
            return 1.0
        path = re.sub(r"^(base_model\.model|unet)\.", "", self.paths[name])
        alpha = self.config.get("lora_alpha", 8)
        for pattern, value in (self.config.get("alpha_pattern") or {}).items():
            if re.match(rf"(.*\.)?({pattern})$", path):
                alpha = value
                break
        return alpha / (rank**0.5 if self.config.get("use_rslora") else rank)


def fused(module: str, adapters: dict[str, Adapter], weights: dict[str, float]) -> LowRank:
    """The weighted sum of the adapters' deltas for one module, as stacked factors."""
    ups, downs = [], []
    for name, weight in weights.items():
        if weight == 0 or module not in adapters[name].parts:
            continue
        part = adapters[name].module(module)
        ups.append(weight * part.scale * part.up)
        downs.append(part.down)
    return LowRank(np.hstack(ups), np.vstack(downs), 1.0)


def singular_values(delta: LowRank) -> np.ndarray:
    """Of the dense matrix, by the factors' QR: no more than `rank` are not zero."""
    _, left = np.linalg.qr(delta.up)
    _, right = np.linalg.qr(delta.down.T)
    return abs(delta.scale) * np.linalg.svd(left @ right.T, compute_uv=False)


def distance(a: LowRank, b: LowRank) -> float:
    """The Frobenius norm of the difference of two deltas, from their factors."""
    up = np.hstack([a.scale * a.up, -b.scale * b.up])
    return float(np.linalg.norm(singular_values(LowRank(up, np.vstack([a.down, b.down]), 1.0))))
