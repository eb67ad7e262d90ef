"""Times `lorac embed` on a text encoder of CLIP-L's size, and compares with transformers.

Three goals: 64 prompts of 20 tokens, the whole process, take at most 1.5 times as long as transformers
takes for their embedding alone, once it is loaded and warm; from the start of a process to its first
embedding lorac is at least 5 times sooner; and its peak memory is at most the weights and 200 MB.
Both use the same number of threads. The weights are random; the largest difference of the vectors
shows that both computed the same. See README.md beside this file.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

WIDTH, INNER, LAYERS, HEADS, VOCABULARY, POSITIONS = 768, 3072, 12, 12, 49408, 77
START, END, WORD_END = 49406, 49407, 256  # ids of CLIP; WORD_END is where "!</w>" is
PROMPTS, LENGTH = 64, 20
SLOWER, SOONER, MORE_MEMORY = 1.5, 5.0, 200.0
TOLERANCE = 1e-5

CONFIG = {
    "architectures": ["CLIPTextModel"],
    "model_type": "clip_text_model",
    "vocab_size": VOCABULARY,
    "hidden_size": WIDTH,
    "intermediate_size": INNER,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": HEADS,
    "max_position_embeddings": POSITIONS,
    "hidden_act": "quick_gelu",
    "eos_token_id": 2,
}


def generate(folder: Path) -> None:
    """Makes the encoder: random weights, without a tokenizer, for lorac has CLIP's own."""
    random = np.random.default_rng(20)
    tensors: dict[str, np.ndarray] = {}

    def add(name: str, *shape: int, scale: float = 0.03, mean: float = 0.0) -> None:
        tensors[name] = random.standard_normal(shape, np.float32) * np.float32(scale) + np.float32(mean)

    def add_linear(name: str, outputs: int, inputs: int) -> None:
        add(f"{name}.weight", outputs, inputs)
        add(f"{name}.bias", outputs)

    def add_norm(name: str) -> None:
        add(f"{name}.weight", WIDTH, mean=1.0)
        add(f"{name}.bias", WIDTH)

    add("text_model.embeddings.token_embedding.weight", VOCABULARY, WIDTH)
    add("text_model.embeddings.position_embedding.weight", POSITIONS, WIDTH)
    for layer in range(LAYERS):
        prefix = f"text_model.encoder.layers.{layer}."
        for name in ("q_proj", "k_proj", "v_proj", "out_proj"):
            add_linear(f"{prefix}self_attn.{name}", WIDTH, WIDTH)
        add_linear(prefix + "mlp.fc1", INNER, WIDTH)
        add_linear(prefix + "mlp.fc2", WIDTH, INNER)
        add_norm(prefix + "layer_norm1")
        add_norm(prefix + "layer_norm2")
    add_norm("text_model.final_layer_norm")
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(CONFIG))


def letters() -> list[str]:
    """Prompts of single letters, each of which is a token of its own, all different."""
    random = np.random.default_rng(21)
    rows = random.integers(ord("a"), ord("z") + 1, (PROMPTS, LENGTH - 2))
    return [" ".join(map(chr, row)) for row in rows]


def ids(prompt: str) -> list[int]:
    return [START, *(WORD_END + ord(letter) - ord("!") for letter in prompt.split()), END]


def run_lorac(
    lorac: str, folder: Path, prompts: list[str], threads: int
) -> tuple[float, float, np.ndarray]:
    """Seconds and peak MB of a process, and the vectors."""
    list_file, output = folder / "prompts.txt", folder / "vectors.json"
    list_file.write_text("".join(f"{prompt}\n" for prompt in prompts))
    command = [lorac, "embed", "--encoder", str(folder), "--prompts", str(list_file), "--json"]
    with open(output, "wb") as sink:
        begin = time.perf_counter()
        process = subprocess.Popen(
            [*command, "--threads", str(threads)], stdin=subprocess.DEVNULL, stdout=sink,
            stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"exit {process.returncode} of {' '.join(command)}")
    rows = json.loads(output.read_bytes())["embeddings"]
    if any(row["tokens"] != LENGTH - 2 for row in rows):
        raise SystemExit("lorac cuts the prompts into other tokens")
    vectors = np.array([row["embedding"] for row in rows], np.float32)
    return seconds, usage.ru_maxrss * 1024 / 1e6, vectors


def reference(folder: Path, prompts: list[str], threads: int, runs: int) -> list[list[float]]:
    """In this process: the vectors of `prompts` by transformers, and prints seconds of each run."""
    import torch
    from transformers import CLIPTextModel

    torch.set_num_threads(threads)
    model = CLIPTextModel.from_pretrained(folder).eval()
    batch = torch.tensor([ids(prompt) for prompt in prompts])
    seconds = []
    for _ in range(runs):
        begin = time.perf_counter()
        with torch.inference_mode():
            pooled = model(batch).pooler_output
            vectors = torch.nn.functional.normalize(pooled, dim=-1)
        seconds.append(time.perf_counter() - begin)
    print(json.dumps({"seconds": seconds}), flush=True)
    return vectors.tolist()


def run_transformers(
    folder: Path, count: int, threads: int, runs: int
) -> tuple[float, list[float], np.ndarray]:
    """Seconds of a Python process, those of each embedding in it, and the vectors."""
    output = folder / "reference.json"
    command = [sys.executable, __file__, "--reference", str(output), "--data", str(folder.parent)]
    begin = time.perf_counter()
    text = subprocess.check_output(
        [*command, "--count", str(count), "--threads", str(threads), "--runs", str(runs)],
        stderr=subprocess.DEVNULL, text=True, env={**os.environ, "HF_HUB_OFFLINE": "1"})
    seconds = time.perf_counter() - begin
    vectors = np.array(json.loads(output.read_text()), np.float32)
    return seconds, json.loads(text.splitlines()[-1])["seconds"], vectors


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lorac", help="the binary to time")
    parser.add_argument("--data", type=Path, required=True, help="folder for the encoder")
    parser.add_argument("--quick", action="store_true", help="two runs of each instead of five")
    parser.add_argument("--threads", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--reference", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--count", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--runs", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    folder, threads, prompts = arguments.data / "clip-l", arguments.threads, letters()
    if arguments.reference:
        chosen = prompts[: arguments.count]
        vectors = reference(folder, chosen, threads, arguments.runs)
        arguments.reference.write_text(json.dumps(vectors))
        return 0

    if not (folder / "config.json").exists():
        print("Preparing an encoder of CLIP-L's size", file=sys.stderr)
        generate(folder)
    weights = (folder / "model.safetensors").stat().st_size / 1e6
    all_times: dict[str, list[float]] = {}
    peak = 0.0
    difference = 0.0
    for turn in range(2 if arguments.quick else 5):
        print(f"Turn {turn + 1}", file=sys.stderr)
        for name, count in (("one", 1), ("all", PROMPTS)):
            seconds, memory, found = run_lorac(arguments.lorac, folder, prompts[:count], threads)
            all_times.setdefault(f"lorac {name}", []).append(seconds)
            peak = max(peak, memory)
            whole, inner, expected = run_transformers(folder, count, threads, 1 if count == 1 else 3)
            all_times.setdefault(f"python {name}", []).append(whole)
            # The first embedding of a process pays for what later ones find ready.
            all_times.setdefault(f"transformers {name}", []).append(min(inner))
            difference = max(difference, float(np.abs(found - expected).max()))

    median = {name: statistics.median(times) for name, times in all_times.items()}
    slower = median["lorac all"] / median["transformers all"]
    sooner = median["python one"] / median["lorac one"]
    rows = [
        ["what", "goal", "found", "verdict"],
        ["64 prompts: lorac, whole process", "", f"{median['lorac all']:.3f} s", ""],
        ["64 prompts: transformers, embedding only", "", f"{median['transformers all']:.3f} s", ""],
        ["lorac / transformers", f"{SLOWER}", f"{slower:.2f}", slower <= SLOWER],
        ["start to first embedding: lorac", "", f"{median['lorac one']:.3f} s", ""],
        ["start to first embedding: Python", "", f"{median['python one']:.3f} s", ""],
        ["Python / lorac", f"{SOONER}", f"{sooner:.1f}", sooner >= SOONER],
        [
            "peak memory beyond the weights", f"{MORE_MEMORY:.0f} MB", f"{peak - weights:.0f} MB",
            peak - weights <= MORE_MEMORY,
        ],
        ["difference of vectors", f"{TOLERANCE}", f"{difference:.1e}", difference <= TOLERANCE],
    ]
    verdicts = {True: "pass", False: "FAIL"}
    rows = [[verdicts.get(cell, cell) if isinstance(cell, bool) else cell for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    print(f"# {threads} threads, weights {weights:.0f} MB")
    for row in rows:
        print("\t".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)))
    return int(any(row[-1] == "FAIL" for row in rows))


if __name__ == "__main__":
    sys.exit(main())
