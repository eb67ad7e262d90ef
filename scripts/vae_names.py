"""Writes what diffusers calls the tensors of the VAE of SDXL's original checkpoint, for a test.

Needs diffusers 0.42 with PyTorch. Run from the repository's root:

    python scripts/vae_names.py > Tests/Fixtures/vae-names.json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch
from diffusers import AutoencoderKL
from diffusers.loaders.single_file_utils import convert_ldm_vae_checkpoint

sys.path.insert(0, str(Path(__file__).parents[1] / "bench"))

from checkpoints import vae


def main() -> None:
    config = AutoencoderKL(
        down_block_types=["DownEncoderBlock2D"] * 4, up_block_types=["UpDecoderBlock2D"] * 4,
        block_out_channels=[128, 256, 512, 512], layers_per_block=2, latent_channels=4,
    ).config  # fmt: skip
    # Every tensor holds its own number, by which it is found again.
    names = [name for name, _ in vae("first_stage_model")]
    shapes = dict(vae("first_stage_model"))
    numbers = {
        name: torch.full([1] * len(shapes[name]), index, dtype=torch.int32)
        for index, name in enumerate(names)
    }
    converted = convert_ldm_vae_checkpoint(numbers, config)
    result = {names[int(value.flatten()[0])]: name for name, value in converted.items()}
    json.dump(dict(sorted(result.items())), sys.stdout, indent=0)
    print()


if __name__ == "__main__":
    main()
