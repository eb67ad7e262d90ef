"""Prints how well attention finds the adapters that a prompt is meant for.

Reads eval/prompts-dev.json (16 adapters, 40 labelled prompts), makes an empty-handed adapter file for
each, and asks `lorac weights` with the keys "name: description". Columns: how often the first adapter
is a right one, the share on the right ones, and weaker over stronger share where two are right.
Exits with 1 if a row is below its mark. Needs only Python's standard library.
"""

from __future__ import annotations

import argparse
import json
import struct
import sys
import tempfile
from pathlib import Path
from subprocess import run

HERE = Path(__file__).parent
MODULE = "lora_unet_mid_block_attentions_0_proj_in"
# attention: (options, least top-1, least mass, least balance)
ROWS = {
    "softmax, the encoder's temperature": (["--attention", "softmax"], 1.0, 0.93, 0.0),
    "sparse": (["--attention", "sparse"], 0.975, 0.95, 0.5),
    "softmax, T = 1 (the paper's form)": (["--attention", "softmax", "--temperature", "1"], 0, 0, 0),
}


def write_adapter(path: Path) -> None:
    """The least adapter there is: one module of rank 1."""
    factor = {"dtype": "F32", "shape": [1, 1]}
    header = {
        f"{MODULE}.lora_down.weight": factor | {"data_offsets": [0, 4]},
        f"{MODULE}.lora_up.weight": factor | {"data_offsets": [4, 8]},
    }
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + struct.pack("<ff", 1, 1))


def shares(lorac: str, folder: Path, data: dict, options: list[str]) -> list[dict[str, float]]:
    """The shares of every adapter, a dictionary for each prompt."""
    prompts = folder / "prompts.json"
    prompts.write_text(json.dumps([p["prompt"] for p in data["prompts"]]))
    command = [lorac, "weights", str(folder / "adapters"), "--prompts", str(prompts), "--json", "-q"]
    for adapter in data["adapters"]:
        name = adapter["id"].replace("_", " ")
        command += ["--key", f"{adapter['id']}={name}: {adapter['description']}"]
    result = run(command + options, capture_output=True, check=True, text=True)
    return [prompt["shares"] for prompt in json.loads(result.stdout)["prompts"]]


def measures(found: list[dict[str, float]], prompts: list[dict]) -> tuple[float, float, float]:
    top, mass, balance = [], [], []
    for share, prompt in zip(found, prompts, strict=True):
        labels = prompt["labels"]
        top.append(max(share, key=lambda name: share[name]) in labels)
        mass.append(sum(share[label] for label in labels))
        if len(labels) == 2:
            weak, strong = sorted(share[label] for label in labels)
            balance.append(weak / strong if strong else 0.0)
    return sum(top) / len(top), sum(mass) / len(mass), sum(balance) / max(1, len(balance))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lorac", default=".build/release/lorac")
    arguments = parser.parse_args()
    data = json.loads((HERE.parent / "eval/prompts-dev.json").read_text())
    passed = failed = 0
    print(f"{'shares':36} {'top-1':>7} {'mass':>7} {'balance':>8}")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "adapters").mkdir()
        for adapter in data["adapters"]:
            write_adapter(folder / "adapters" / f"{adapter['id']}.safetensors")
        for title, (options, *least) in ROWS.items():
            found = measures(shares(arguments.lorac, folder, data, options), data["prompts"])
            good = all(value >= mark for value, mark in zip(found, least, strict=True))
            passed, failed = passed + good, failed + (not good)
            values = " ".join(f"{value:7.3f}" for value in found)
            print(f"{title:36} {values}{'' if good else '   below the mark'}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
