"""Writes base models of the shape of real ones, and adapters for one of them, if not there yet.

Arguments: `sdxl` or `sdxl-hollow` and a file, `llama` and a folder, or `llama-adapters` and a folder
for four.

`sdxl` is one file with the names of the original SDXL (SGM): both text encoders, the UNet and the
VAE, 2515 tensors in F16, 6.9 GB; `sdxl-hollow` the same with a hole for the data. `llama` is a folder as Hugging Face has it: Llama 3.2 1B in BF16
in two files with an index, 2.5 GB; and four PEFT adapters of rank 16. Values are noise: slices of
one pool, each tensor from a place of its own, which is as fast as the disk. Same call, same bytes.
"""

from __future__ import annotations

import json
import math
import struct
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

Shape = list[int]
Tensor = tuple[str, Shape]
WIDTHS = {"F16": 2, "BF16": 2, "I64": 8}
# A prime, so that tensors of round sizes do not repeat each other.
POOL_COUNT = 33_554_393


def vector(path: str, count: int) -> Iterator[Tensor]:
    yield f"{path}.weight", [count]
    yield f"{path}.bias", [count]


def linear(path: str, outputs: int, inputs: int, bias: bool = True) -> Iterator[Tensor]:
    yield f"{path}.weight", [outputs, inputs]
    if bias:
        yield f"{path}.bias", [outputs]


def convolution(path: str, outputs: int, inputs: int, size: int = 3) -> Iterator[Tensor]:
    yield f"{path}.weight", [outputs, inputs, size, size]
    yield f"{path}.bias", [outputs]


def clip_l(path: str) -> Iterator[Tensor]:
    """CLIP-L in the names of Hugging Face."""
    width = 768
    yield f"{path}.embeddings.position_embedding.weight", [77, width]
    yield f"{path}.embeddings.position_ids", [1, 77]
    yield f"{path}.embeddings.token_embedding.weight", [49408, width]
    for layer in range(12):
        inner = f"{path}.encoder.layers.{layer}"
        for name in ("layer_norm1", "layer_norm2"):
            yield from vector(f"{inner}.{name}", width)
        yield from linear(f"{inner}.mlp.fc1", 4 * width, width)
        yield from linear(f"{inner}.mlp.fc2", width, 4 * width)
        for name in ("k_proj", "out_proj", "q_proj", "v_proj"):
            yield from linear(f"{inner}.self_attn.{name}", width, width)
    yield from vector(f"{path}.final_layer_norm", width)


def clip_g(path: str) -> Iterator[Tensor]:
    """OpenCLIP-G, whose queries, keys and values are one matrix."""
    width = 1280
    yield f"{path}.logit_scale", []
    yield f"{path}.positional_embedding", [77, width]
    yield f"{path}.text_projection", [width, width]
    yield f"{path}.token_embedding.weight", [49408, width]
    yield from vector(f"{path}.ln_final", width)
    for layer in range(32):
        inner = f"{path}.transformer.resblocks.{layer}"
        yield f"{inner}.attn.in_proj_weight", [3 * width, width]
        yield f"{inner}.attn.in_proj_bias", [3 * width]
        yield from linear(f"{inner}.attn.out_proj", width, width)
        for name in ("ln_1", "ln_2"):
            yield from vector(f"{inner}.{name}", width)
        yield from linear(f"{inner}.mlp.c_fc", 4 * width, width)
        yield from linear(f"{inner}.mlp.c_proj", width, 4 * width)


def unet_residual(path: str, inputs: int, outputs: int) -> Iterator[Tensor]:
    yield from vector(f"{path}.in_layers.0", inputs)
    yield from convolution(f"{path}.in_layers.2", outputs, inputs)
    yield from linear(f"{path}.emb_layers.1", outputs, 1280)
    yield from vector(f"{path}.out_layers.0", outputs)
    yield from convolution(f"{path}.out_layers.3", outputs, outputs)
    if inputs != outputs:
        yield from convolution(f"{path}.skip_connection", outputs, inputs, 1)


def unet_attention(path: str, width: int, depth: int) -> Iterator[Tensor]:
    yield from vector(f"{path}.norm", width)
    yield from linear(f"{path}.proj_in", width, width)
    for block in range(depth):
        inner = f"{path}.transformer_blocks.{block}"
        for attention, context in (("attn1", width), ("attn2", 2048)):
            yield from linear(f"{inner}.{attention}.to_q", width, width, bias=False)
            yield from linear(f"{inner}.{attention}.to_k", width, context, bias=False)
            yield from linear(f"{inner}.{attention}.to_v", width, context, bias=False)
            yield from linear(f"{inner}.{attention}.to_out.0", width, width)
        yield from linear(f"{inner}.ff.net.0.proj", 8 * width, width)
        yield from linear(f"{inner}.ff.net.2", width, 4 * width)
        for name in ("norm1", "norm2", "norm3"):
            yield from vector(f"{inner}.{name}", width)
    yield from linear(f"{path}.proj_out", width, width)


def unet(path: str) -> Iterator[Tensor]:
    levels = [(320, 0), (640, 2), (1280, 10)]  # channels, transformers
    yield from linear(f"{path}.time_embed.0", 1280, 320)
    yield from linear(f"{path}.time_embed.2", 1280, 1280)
    yield from linear(f"{path}.label_emb.0.0", 1280, 2816)
    yield from linear(f"{path}.label_emb.0.2", 1280, 1280)
    yield from convolution(f"{path}.input_blocks.0.0", 320, 4)
    channels, skips, number = 320, [320], 1
    for level, (width, depth) in enumerate(levels):
        for _ in range(2):
            block = f"{path}.input_blocks.{number}"
            yield from unet_residual(f"{block}.0", channels, width)
            if depth:
                yield from unet_attention(f"{block}.1", width, depth)
            channels, number = width, number + 1
            skips.append(channels)
        if level < 2:
            yield from convolution(f"{path}.input_blocks.{number}.0.op", channels, channels)
            skips.append(channels)
            number += 1
    yield from unet_residual(f"{path}.middle_block.0", channels, channels)
    yield from unet_attention(f"{path}.middle_block.1", channels, 10)
    yield from unet_residual(f"{path}.middle_block.2", channels, channels)
    number = 0
    for level, (width, depth) in reversed(list(enumerate(levels))):
        for layer in range(3):
            block = f"{path}.output_blocks.{number}"
            yield from unet_residual(f"{block}.0", channels + skips.pop(), width)
            if depth:
                yield from unet_attention(f"{block}.1", width, depth)
            if level and layer == 2:
                yield from convolution(f"{block}.2.conv", width, width)
            channels, number = width, number + 1
    yield from vector(f"{path}.out.0", 320)
    yield from convolution(f"{path}.out.2", 4, 320)


def vae_residual(path: str, inputs: int, outputs: int) -> Iterator[Tensor]:
    yield from vector(f"{path}.norm1", inputs)
    yield from convolution(f"{path}.conv1", outputs, inputs)
    yield from vector(f"{path}.norm2", outputs)
    yield from convolution(f"{path}.conv2", outputs, outputs)
    if inputs != outputs:
        yield from convolution(f"{path}.nin_shortcut", outputs, inputs, 1)


def vae_middle(path: str) -> Iterator[Tensor]:
    for block in ("block_1", "block_2"):
        yield from vae_residual(f"{path}.{block}", 512, 512)
    yield from vector(f"{path}.attn_1.norm", 512)
    for name in ("q", "k", "v", "proj_out"):
        yield from convolution(f"{path}.attn_1.{name}", 512, 512, 1)


def vae(path: str) -> Iterator[Tensor]:
    levels = [128, 256, 512, 512]
    encoder, decoder = f"{path}.encoder", f"{path}.decoder"
    yield from convolution(f"{encoder}.conv_in", 128, 3)
    channels = 128
    for level, width in enumerate(levels):
        for block in range(2):
            yield from vae_residual(f"{encoder}.down.{level}.block.{block}", channels, width)
            channels = width
        if level < 3:
            yield from convolution(f"{encoder}.down.{level}.downsample.conv", width, width)
    yield from vae_middle(f"{encoder}.mid")
    yield from vector(f"{encoder}.norm_out", 512)
    yield from convolution(f"{encoder}.conv_out", 8, 512)
    yield from convolution(f"{path}.quant_conv", 8, 8, 1)
    yield from convolution(f"{path}.post_quant_conv", 4, 4, 1)
    yield from convolution(f"{decoder}.conv_in", 512, 4)
    yield from vae_middle(f"{decoder}.mid")
    channels = 512
    for level, width in reversed(list(enumerate(levels))):
        for block in range(3):
            yield from vae_residual(f"{decoder}.up.{level}.block.{block}", channels, width)
            channels = width
        if level:
            yield from convolution(f"{decoder}.up.{level}.upsample.conv", width, width)
    yield from vector(f"{decoder}.norm_out", 128)
    yield from convolution(f"{decoder}.conv_out", 3, 128)


def sdxl() -> dict[str, Shape]:
    tensors = dict(clip_l("conditioner.embedders.0.transformer.text_model"))
    tensors.update(clip_g("conditioner.embedders.1.model"))
    tensors.update(vae("first_stage_model"))
    tensors.update(unet("model.diffusion_model"))
    return dict(sorted(tensors.items()))


WIDTH, INNER, KEYS, LAYERS = 2048, 8192, 512, 16  # of Llama 3.2 1B
LLAMA_MODULES = {
    "mlp.down_proj": (WIDTH, INNER),
    "mlp.gate_proj": (INNER, WIDTH),
    "mlp.up_proj": (INNER, WIDTH),
    "self_attn.k_proj": (KEYS, WIDTH),
    "self_attn.o_proj": (WIDTH, WIDTH),
    "self_attn.q_proj": (WIDTH, WIDTH),
    "self_attn.v_proj": (KEYS, WIDTH),
}


def llama() -> list[dict[str, Shape]]:
    """The tensors of each of the two files."""
    files: list[dict[str, Shape]] = [{"model.embed_tokens.weight": [128256, WIDTH]}, {}]
    for layer in range(LAYERS):
        file, path = files[layer >= 6], f"model.layers.{layer}"
        for name, (outputs, inputs) in LLAMA_MODULES.items():
            file[f"{path}.{name}.weight"] = [outputs, inputs]
        for name in ("input_layernorm", "post_attention_layernorm"):
            file[f"{path}.{name}.weight"] = [WIDTH]
    files[1]["model.norm.weight"] = [WIDTH]
    return files


def bfloat16(values: np.ndarray) -> np.ndarray:
    """The bits, rounded to even."""
    bits = values.astype(np.float32).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def type_of(name: str, dtype: str) -> str:
    return "I64" if name.endswith("position_ids") else dtype


class Noise:
    """Values with a deviation of 0.02, as weights have, in the bytes of one type."""

    def __init__(self, dtype: str, pool_count: int = POOL_COUNT) -> None:
        generator = np.random.Generator(np.random.SFC64(20))
        pool = generator.standard_normal(pool_count, dtype=np.float32) * np.float32(0.02)
        self.dtype = dtype
        self.encode: Callable[[np.ndarray], np.ndarray] = (
            bfloat16 if dtype == "BF16" else lambda values: values.astype(np.float16)
        )
        self.pool = self.encode(pool)

    def pieces(self, name: str, shape: Shape, seed: int | None) -> Iterator[np.ndarray]:
        """The values of a tensor, some at a time; with a seed from a generator of its own."""
        count = math.prod(shape)
        if name.endswith("position_ids"):
            yield np.arange(count, dtype=np.int64)
        elif len(shape) < 2 and name.endswith("weight"):
            yield self.encode(np.ones(count, dtype=np.float32))
        elif seed is not None:
            generator = np.random.Generator(np.random.SFC64([seed, zlib.crc32(name.encode())]))
            values = generator.standard_normal(count, dtype=np.float32)
            yield self.encode(values * np.float32(0.01))
        else:
            start = zlib.crc32(name.encode()) % POOL_COUNT
            while count > 0:
                piece = self.pool[start : start + count]
                count, start = count - len(piece), 0
                yield piece

    def type_of(self, name: str) -> str:
        return type_of(name, self.dtype)


def header_of(
    tensors: dict[str, Shape], type_of: Callable[[str], str]
) -> tuple[bytes, int]:
    """The start of the file, and the size of the data behind it."""
    header: dict = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, shape in tensors.items():
        dtype = type_of(name)
        start, end = end, end + WIDTHS[dtype] * math.prod(shape)
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}
    encoded = json.dumps(header, separators=(",", ":")).encode()
    encoded += b" " * (-len(encoded) % 8)
    return struct.pack("<Q", len(encoded)) + encoded, end


def write(path: Path, tensors: dict[str, Shape], noise: Noise, seed: int | None = None) -> None:
    start, _ = header_of(tensors, noise.type_of)
    unfinished = path.with_name(path.name + ".partial")
    with open(unfinished, "wb") as file:
        file.write(start)
        for name, shape in tensors.items():
            for piece in noise.pieces(name, shape, seed):
                file.write(piece.data)
    unfinished.rename(path)


def write_sdxl(path: Path) -> None:
    write(path, sdxl(), Noise("F16"))


def write_hollow_sdxl(path: Path) -> None:
    start, size = header_of(sdxl(), lambda name: type_of(name, "F16"))
    with open(path, "wb") as file:
        file.write(start)
        file.truncate(len(start) + size)


def write_llama(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    noise, files = Noise("BF16"), llama()
    index: dict[str, str] = {}
    for number, tensors in enumerate(files):
        name = f"model-{number + 1:05}-of-{len(files):05}.safetensors"
        write(folder / name, tensors, noise)
        index.update({tensor: name for tensor in tensors})
    total = sum(2 * math.prod(shape) for tensors in files for shape in tensors.values())
    document = {"metadata": {"total_size": total}, "weight_map": dict(sorted(index.items()))}
    (folder / "model.safetensors.index.json").write_text(json.dumps(document, indent=2) + "\n")
    config = {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": WIDTH,
        "intermediate_size": INNER, "num_hidden_layers": LAYERS, "num_attention_heads": 32,
        "num_key_value_heads": 8, "head_dim": 64, "vocab_size": 128256, "rms_norm_eps": 1e-5,
        "rope_theta": 500000.0, "tie_word_embeddings": True, "torch_dtype": "bfloat16",
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")


def write_llama_adapter(folder: Path, seed: int, rank: int = 16) -> None:
    """A PEFT adapter of every linear layer."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors: dict[str, Shape] = {}
    for layer in range(LAYERS):
        for name, (outputs, inputs) in LLAMA_MODULES.items():
            path = f"base_model.model.model.layers.{layer}.{name}"
            tensors[f"{path}.lora_A.weight"] = [rank, inputs]
            tensors[f"{path}.lora_B.weight"] = [outputs, rank]
    path = folder / "adapter_model.safetensors"
    write(path, dict(sorted(tensors.items())), Noise("BF16", pool_count=1), seed)
    config = {
        "peft_type": "LORA", "r": rank, "lora_alpha": 2 * rank, "task_type": "CAUSAL_LM",
        "base_model_name_or_path": "llama", "bias": "none", "fan_in_fan_out": False,
        "target_modules": sorted({name.split(".")[1] for name in LLAMA_MODULES}),
        "rank_pattern": {}, "alpha_pattern": {}, "use_dora": False, "use_rslora": False,
    }  # fmt: skip
    (folder / "adapter_config.json").write_text(json.dumps(config, indent=2) + "\n")


def main(what: str, path: Path) -> None:
    if what == "sdxl" and not path.exists():
        write_sdxl(path)
    elif what == "sdxl-hollow" and not path.exists():
        write_hollow_sdxl(path)
    elif what == "llama" and not (path / "config.json").exists():
        write_llama(path)
    elif what == "llama-adapters":
        for seed in range(4):
            if not (path / f"{seed}/adapter_config.json").exists():
                write_llama_adapter(path / f"{seed}", seed)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
