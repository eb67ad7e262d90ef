"""Writes LoRA adapters of the shape of real SDXL ones, filled with noise.

Names, shapes and metadata are those of a LoRA that kohya's sd-scripts trains on SDXL's UNet and
both text encoders: 986 modules, at rank 32 in F16 about 228 MB. Values have the spread of a trained
one but no structure, the worst case for zstd and for rank reduction. Same arguments, same bytes.
"""

from __future__ import annotations

import argparse
import json
import math
import struct
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np

MEDIA = ["watercolor", "charcoal", "neon", "pixel art", "origami", "stained glass", "clay", "ink"]
SUBJECTS = ["fox", "castle", "robot", "orchid", "harbor", "dragon", "teapot", "mountain"]


def clip(prefix: str, layers: int, width: int) -> Iterator[tuple[str, int, int]]:
    for layer in range(layers):
        path = f"{prefix}_text_model_encoder_layers_{layer}"
        for name in ("k_proj", "v_proj", "q_proj", "out_proj"):
            yield f"{path}_self_attn_{name}", width, width
        yield f"{path}_mlp_fc1", 4 * width, width
        yield f"{path}_mlp_fc2", width, 4 * width


def transformer(path: str, depth: int, width: int) -> Iterator[tuple[str, int, int]]:
    yield f"{path}_proj_in", width, width
    for block in range(depth):
        inner = f"{path}_transformer_blocks_{block}"
        for attention, context in (("attn1", width), ("attn2", 2048)):
            yield f"{inner}_{attention}_to_q", width, width
            yield f"{inner}_{attention}_to_k", width, context
            yield f"{inner}_{attention}_to_v", width, context
            yield f"{inner}_{attention}_to_out_0", width, width
        yield f"{inner}_ff_net_0_proj", 8 * width, width
        yield f"{inner}_ff_net_2", width, 4 * width
    yield f"{path}_proj_out", width, width


def sdxl_modules() -> Iterator[tuple[str, int, int]]:
    """The name, outputs and inputs of every module."""
    yield from clip("lora_te1", layers=12, width=768)
    yield from clip("lora_te2", layers=32, width=1280)
    for block in (4, 5):
        yield from transformer(f"lora_unet_input_blocks_{block}_1", depth=2, width=640)
    for block in (7, 8):
        yield from transformer(f"lora_unet_input_blocks_{block}_1", depth=10, width=1280)
    yield from transformer("lora_unet_middle_block_1", depth=10, width=1280)
    for block in (0, 1, 2):
        yield from transformer(f"lora_unet_output_blocks_{block}_1", depth=10, width=1280)
    for block in (3, 4, 5):
        yield from transformer(f"lora_unet_output_blocks_{block}_1", depth=2, width=640)


def noise(seed: int, name: str, shape: tuple[int, int], deviation: float) -> bytes:
    generator = np.random.Generator(np.random.SFC64([seed, zlib.crc32(name.encode())]))
    values = generator.standard_normal(size=shape, dtype=np.float32)
    return (values * np.float32(deviation)).astype("<f2").tobytes()


def metadata(seed: int, rank: int) -> dict[str, str]:
    medium, subject = MEDIA[seed % 8], SUBJECTS[seed // 8 % 8]
    title = f"{medium} {subject}"
    tags = {f"{title} {n}": 1 + n % 40 for n in range(300)}
    return {
        "modelspec.architecture": "stable-diffusion-xl-v1-base/lora",
        "modelspec.description": f"a {subject} in the style of {medium}",
        "modelspec.resolution": "1024x1024",
        "modelspec.sai_model_spec": "1.0.0",
        "modelspec.title": title,
        "ss_base_model_version": "sdxl_base_v1-0",
        "ss_network_alpha": str(rank / 2),
        "ss_network_dim": str(rank),
        "ss_network_module": "networks.lora",
        "ss_output_name": title.replace(" ", "-"),
        "ss_tag_frequency": json.dumps({f"10_{title}": tags}),
    }


def tensors(seed: int, rank: int) -> dict[str, tuple[list[int], Callable[[], bytes]]]:
    """Key -> shape and a function that makes the F16 values, in the order of real files."""
    made: dict[str, tuple[list[int], Callable[[], bytes]]] = {}
    for name, outputs, inputs in sdxl_modules():
        down, up = f"{name}.lora_down.weight", f"{name}.lora_up.weight"
        made[f"{name}.alpha"] = [], np.float16(rank / 2).tobytes
        spread = (3 * inputs) ** -0.5  # of what kohya starts from
        made[down] = [rank, inputs], partial(noise, seed, down, (rank, inputs), spread)
        made[up] = [outputs, rank], partial(noise, seed, up, (outputs, rank), 0.01)
    return dict(sorted(made.items()))


def write_adapter(path: Path, seed: int, rank: int) -> None:
    content = tensors(seed, rank)
    header: dict = {"__metadata__": metadata(seed, rank)}
    end = 0
    for key, (shape, _) in content.items():
        start, end = end, end + 2 * math.prod(shape)
        header[key] = {"dtype": "F16", "shape": shape, "data_offsets": [start, end]}
    encoded = json.dumps(header, separators=(",", ":")).encode()
    encoded += b" " * (-len(encoded) % 8)
    unfinished = path.with_suffix(".partial")
    with open(unfinished, "wb") as file:
        file.write(struct.pack("<Q", len(encoded)) + encoded)
        for _, values in content.values():
            file.write(values())
    unfinished.rename(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=8, help="how many adapters (default: 8)")
    parser.add_argument("--rank", type=int, default=32, help="their rank (default: 32)")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for seed in range(arguments.count):
        title = metadata(seed, arguments.rank)["ss_output_name"]
        path = arguments.folder / f"{seed:02}-{title}.safetensors"
        if not path.exists():
            write_adapter(path, seed, arguments.rank)


if __name__ == "__main__":
    main()
