"""Writes a library of LoRA adapters for SD 1.x of which only the headers matter.

Each has the 264 modules that sd-scripts trains (192 of the UNet, 72 of the text encoder) at rank 8,
with names, shapes and alphas of a real one. Factors are holes in the file, so that thousands take
little space on the disk.
"""

from __future__ import annotations

import argparse
import json
import struct
from collections.abc import Iterator
from pathlib import Path

from generate import clip

RANK = 8
# Where attention is, and how wide: down, middle, up.
BLOCKS = [(f"down_blocks_{b}_attentions_{a}", 320 << b) for b in range(3) for a in range(2)]
BLOCKS += [("mid_block_attentions_0", 1280)]
BLOCKS += [(f"up_blocks_{b}_attentions_{a}", 320 << 3 - b) for b in (1, 2, 3) for a in range(3)]


def modules() -> Iterator[tuple[str, int, int]]:
    """The name, outputs and inputs of every module."""
    yield from clip("lora_te", layers=12, width=768)
    for block, width in BLOCKS:
        path = f"lora_unet_{block}"
        inner = f"{path}_transformer_blocks_0"
        yield f"{path}_proj_in", width, width
        yield f"{path}_proj_out", width, width
        for attention, context in (("attn1", width), ("attn2", 768)):
            yield f"{inner}_{attention}_to_q", width, width
            yield f"{inner}_{attention}_to_k", width, context
            yield f"{inner}_{attention}_to_v", width, context
            yield f"{inner}_{attention}_to_out_0", width, width
        yield f"{inner}_ff_net_0_proj", 8 * width, width
        yield f"{inner}_ff_net_2", width, 4 * width


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=2000)
    arguments = parser.parse_args()

    tensors: list[tuple[str, list[int]]] = []
    for name, out, columns in modules():
        tensors.append((f"{name}.alpha", []))
        tensors.append((f"{name}.lora_down.weight", [RANK, columns]))
        tensors.append((f"{name}.lora_up.weight", [out, RANK]))
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for index in range(arguments.count):
        metadata = {"ss_network_dim": str(RANK), "ss_network_alpha": "4", "ss_seed": str(index)}
        header: dict[str, object] = {"__metadata__": metadata}
        alphas, end = [], 0
        for name, shape in tensors:
            size = 2 if not shape else 2 * shape[0] * shape[1]
            header[name] = {"dtype": "F16", "shape": shape, "data_offsets": [end, end + size]}
            if not shape:
                alphas.append(end)
            end += size
        text = json.dumps(header, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 8)
        with open(arguments.folder / f"adapter-{index:04}.safetensors", "wb") as file:
            file.write(struct.pack("<Q", len(text)) + text)
            for place in alphas:
                file.seek(8 + len(text) + place)
                file.write(struct.pack("<e", RANK / 2))
            file.truncate(8 + len(text) + end)


if __name__ == "__main__":
    main()
