"""Checks adapters that lorac writes with readers and arithmetic that are not lorac's.

Every case merges the adapters of examples/shapes and looks at the result with
safetensors, zstandard and numpy: is the file well formed, are the keys those of the dialect,
and is the fused delta the one that the reported weights stand for?
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import safetensors
import safetensors.numpy
import zstandard

from adapters import ROUNDING, Adapter, LowRank, TensorFile, fused

SHAPES = Path("examples/shapes")
KOHYA = SHAPES / "adapters"
DIFFUSERS = SHAPES / "adapters-diffusers"
BASE = SHAPES / "base/unet/diffusion_pytorch_model.safetensors"
ZOO = Path("Tests/Fixtures/zoo")
HEART_NEON = "a red heart in neon glow style"
STAR_DOTS = "a blue star in polka dots style"
# No adapter's trigger word is in it, so nothing is added to its cosines.
NO_TRIGGER = "a love symbol made of shining tubes at night"

KEYS = {
    "kohya": r"lora_unet_[a-z0-9_]+\.(lora_down\.weight|lora_up\.weight|alpha)",
    "diffusers": r"unet\.[a-z0-9_.]+\.lora_[AB]\.weight",
    "peft": r"base_model\.model\.[a-z0-9_.]+\.lora_[AB]\.weight",
}

# Deltas go through at most three roundings: up, down and alpha. A tenth for their products.
ROUNDINGS = 3.3
# How far from the best approximation of its rank a delta may be.
OPTIMALITY = 1.0001


class Checker:
    """Runs lorac, counts what holds and what doesn't."""

    def __init__(self, lorac: Path, folder: Path) -> None:
        self.lorac, self.folder = lorac, folder
        self.case = ""
        self.passed = self.failed = 0

    def expect(self, holds: bool, message: str) -> None:
        if holds:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED {self.case}: {message}", flush=True)

    def run(self, *arguments: object) -> bytes:
        command = [str(self.lorac), *map(str, arguments)]
        result = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL)
        if result.returncode != 0:
            message = result.stderr.decode(errors="replace").strip()[-500:]
            raise RuntimeError(f"{' '.join(command)}\n  exit {result.returncode}: {message}")
        return result.stdout

    def path(self, name: str) -> Path:
        return self.folder / self.case.replace(" ", "-") / name

    def merge(self, name: str, *arguments: object) -> tuple[dict, Path]:
        """Merges into the file `name`, checks the document and the file as such."""
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        output = f"{path}/" if name == "peft" else path
        document = json.loads(self.run("merge", *arguments, "-o", output, "--json"))
        self.expect(document.get("schema") == "lorac.merge/1", "schema is not lorac.merge/1")
        file = path / "adapter_model.safetensors" if name == "peft" else path
        self.check_document(document, file)
        if file.suffix == ".safetensors":
            self.check_readable(file)
            noted = any(key.startswith("lorac.") for key in TensorFile(file).metadata)
            self.expect(noted, "no lorac.* in the metadata")
        return document, path

    def check_document(self, document: dict, file: Path) -> None:
        """What the document says of the files is so, and the output says where it is from."""
        content, output = file.read_bytes(), document["output"]
        self.expect(output["bytes"] == len(content), f"output.bytes is not {len(content)}")
        digest = hashlib.sha256(content).hexdigest()
        self.expect(output["sha256"] == digest, "output.sha256 is not the file's")
        for entry in document["inputs"]:
            digest = hashlib.sha256(Path(entry["file"]).read_bytes()).hexdigest()
            self.expect(entry["sha256"] == digest, f"inputs: sha256 of {entry['file']}")

    def check_readable(self, file: Path) -> None:
        """The reference implementation reads the file, every tensor of it, and sees the same."""
        entries = TensorFile(file).entries
        read = dict(safetensors.deserialize(file.read_bytes()))
        self.expect(read.keys() == entries.keys(), "safetensors sees other tensors")
        with safetensors.safe_open(file, "np") as opened:
            self.expect(set(opened.keys()) == entries.keys(), "safe_open sees other tensors")
        if any(entry["dtype"] == "BF16" for entry in entries.values()):
            return  # numpy has no such type
        for name, tensor in safetensors.numpy.load_file(file).items():
            if not np.isfinite(tensor).all():
                self.expect(False, f"'{name}' is not finite")

    def check_keys(self, adapter: Adapter, dialect: str) -> None:
        wrong = [k for k in adapter.file.entries if not re.fullmatch(KEYS[dialect], k)]
        self.expect(not wrong, f"not a {dialect} key: {', '.join(wrong[:3])}")
        parts = {"up", "down", "alpha"} if dialect == "kohya" else {"up", "down"}
        odd = [m for m, p in adapter.parts.items() if p.keys() != parts]
        self.expect(not odd, f"modules without {sorted(parts)}: {', '.join(odd[:3])}")
        if dialect != "kohya":  # the dotted path has to be that of a weight of the base
            prefix = {"diffusers": "unet.", "peft": "base_model.model."}[dialect]
            weights = TensorFile(BASE).entries.keys()
            paths = [p.removeprefix(prefix) for p in adapter.paths.values()]
            strange = [p for p in paths if f"{p}.weight" not in weights]
            self.expect(not strange, f"the base has no such module: {', '.join(strange[:3])}")

    def check_shapes(self, adapter: Adapter, like: Adapter) -> None:
        """Factors of a convolution keep its kernel, those of a matrix have two axes."""
        for module, parts in adapter.parts.items():
            for role in ("up", "down"):
                shape = adapter.file.entries[parts[role]]["shape"]
                model = like.file.entries[like.parts[module][role]]["shape"]
                rank = 1 if role == "up" else 0
                model = [shape[rank] if i == rank else n for i, n in enumerate(model)]
                if shape != model:
                    self.expect(False, f"'{parts[role]}' is {shape}, not {model}")

    def check_modules(self, adapter: Adapter, inputs: dict[str, Adapter]) -> None:
        expected = set().union(*(i.parts for i in inputs.values()))
        found = adapter.parts.keys()
        self.expect(found == expected, f"{len(found)} modules, not {len(expected)}")
        self.check_shapes(adapter, next(iter(inputs.values())))

    def check_delta(self, document: dict, output: Path, dtype: str, dialect: str) -> Adapter:
        """The output's deltas are the weighted sums of the inputs' deltas."""
        adapter, inputs = Adapter(output), inputs_of(document)
        self.check_keys(adapter, dialect)
        self.expect(adapter.dtypes == {dtype}, f"dtype {adapter.dtypes}, not {dtype}")
        self.check_modules(adapter, inputs)
        worst, place = 0.0, ""
        for module in adapter.parts:
            want = fused(module, inputs, document["weights"])
            error = relative_error(adapter.module(module), want)
            if not error <= worst:
                worst, place = error, module
        limit = ROUNDINGS * ROUNDING[dtype]
        self.expect(worst <= limit, f"{place}: off by {worst:.2e}, more than {limit:.2e}")
        return adapter

    def check_optimal(self, document: dict, output: Path, dtype: str) -> list[tuple]:
        """Each module is as near as its rank allows. Returns (module, rank, singular values)."""
        adapter, inputs = Adapter(output), inputs_of(document)
        self.check_keys(adapter, "kohya")
        self.check_modules(adapter, inputs)
        worst, place, spectra = 0.0, "", []
        for module in adapter.parts:
            found = adapter.module(module)
            want = fused(module, inputs, document["weights"]).delta()
            values = np.linalg.svd(want, compute_uv=False)
            spectra.append((module, found.rank, values))
            error = np.linalg.norm(want - found.delta())
            rounding = ROUNDINGS * ROUNDING[dtype] * np.linalg.norm(found.magnitude())
            optimum = np.linalg.norm(values[found.rank :])
            excess = np.sqrt(max(0.0, error**2 - rounding**2)) / max(optimum, 1e-300)
            if not excess <= worst:
                worst, place = excess, f"{module}: {error:.6g} instead of {optimum:.6g}"
        self.expect(worst <= OPTIMALITY, f"{place}, {worst:.6f} times the optimum")
        return spectra

    def check_softmax(self, document: dict, temperature: float) -> None:
        for prompt in document["prompts"]:
            names = list(prompt["scores"])
            powers = np.exp(np.array([prompt["scores"][n] for n in names]) / temperature)
            shares = np.array([prompt["shares"][n] for n in names])
            off = np.abs(shares - powers / powers.sum()).max()
            self.expect(off < 1e-6, f"shares are off softmax(scores / T) by {off:.1e}")

    def check_prompt_set(self, document: dict) -> None:
        """The fused weights are the mean of the prompts' weights."""
        prompts = document["prompts"]
        total = sum(p["weight"] for p in prompts)
        for name, weight in document["weights"].items():
            mean = sum(p["weight"] * p["weights"].get(name, 0) for p in prompts) / total
            self.expect(abs(mean - weight) < 1e-6, f"weight of {name}: {weight}, mean {mean}")

    def check_gate(self, document: dict, chosen: list[set[str]]) -> None:
        for prompt, names in zip(document["prompts"], chosen, strict=True):
            on = {name for name, weight in prompt["weights"].items() if weight != 0}
            self.expect(on == names, f"'{prompt['text']}' chose {sorted(on)}")
            ones = {w for w in prompt["weights"].values() if w != 0}
            self.expect(ones == {1}, f"weights {ones} where the gate gives 1")
            total = sum(prompt["shares"].values())
            self.expect(abs(total - 1) < 1e-6, f"shares sum to {total}")


def inputs_of(document: dict) -> dict[str, Adapter]:
    return {entry["name"]: Adapter(entry["file"]) for entry in document["adapters"]}


def relative_error(found: LowRank, want: LowRank) -> float:
    error = np.linalg.norm(found.delta() - want.delta())
    return float(error / np.linalg.norm(want.magnitude()))


def gate(c: Checker) -> None:
    document, path = c.merge(
        "out.safetensors", KOHYA, "--prompt", HEART_NEON, "--prompt", STAR_DOTS
    )
    c.check_gate(document, [{"heart", "neon"}, {"star", "dots"}])
    c.check_prompt_set(document)
    c.check_delta(document, path, "F16", "kohya")


def softmax(c: Checker) -> None:
    document, path = c.merge(
        "out.safetensors",
        *(KOHYA, "--prompt", NO_TRIGGER, "--attention", "softmax", "--temperature", 1),
    )
    c.check_softmax(document, 1)
    weights = document["weights"]
    c.expect(len(weights) == 12 and min(weights.values()) > 0, "not all adapters have weight")
    c.expect(abs(sum(weights.values()) - 1) < 1e-6, "weights don't sum to 1")
    adapter = c.check_delta(document, path, "F16", "kohya")
    for name in adapter.parts:
        module = adapter.module(name)
        most = min(12 * 6, module.up.shape[0], module.down.shape[1])
        if module.rank > 12 * 6 or module.rank < most:
            c.expect(False, f"{name}: rank {module.rank} where {most} is enough")


def mixed_dialects(c: Checker) -> None:
    inputs = (KOHYA / "heart.safetensors", DIFFUSERS / "neon.safetensors")
    options = ("--method", "linear", "--weight", "heart=0.75", "--weight", "neon=1.5")
    for dialect, order in (("kohya", inputs), ("diffusers", inputs[::-1])):
        document, path = c.merge(f"{dialect}.safetensors", *order, *options)
        c.check_delta(document, path, "F16", dialect)
    document, path = c.merge("chosen.safetensors", *inputs, *options, "--dialect", "diffusers")
    c.check_delta(document, path, "F16", "diffusers")


def linear(c: Checker) -> None:
    document, path = c.merge(
        "out.safetensors",
        *(KOHYA / "star.safetensors", KOHYA / "mosaic.safetensors", "--method", "linear"),
        *("--weight", "star=0.8", "--weight", "mosaic=-0.3"),
    )
    given = {"star": 0.8, "mosaic": -0.3}
    same = document["weights"].keys() == given.keys() and all(
        abs(document["weights"][n] - w) < 1e-6 for n, w in given.items()
    )
    c.expect(same, f"weights {document['weights']}, not {given}")
    c.check_delta(document, path, "F16", "kohya")


def identity(c: Checker) -> None:
    """One adapter at weight 1 keeps its deltas bit for bit."""
    _, path = c.merge(
        "out.safetensors",
        *(KOHYA / "fish.safetensors", "--method", "linear", "--weight", "fish=1"),
    )
    check_same(c, Adapter(path), Adapter(KOHYA / "fish.safetensors"), exactly=True)


def convert_to_diffusers(c: Checker) -> None:
    for name in ("neon", "star"):
        path = convert(c, KOHYA / f"{name}.safetensors", "diffusers", f"{name}.safetensors")
        c.check_keys(Adapter(path), "diffusers")
        reference = Adapter(DIFFUSERS / f"{name}.safetensors")
        check_same(c, Adapter(path), reference)


def convert_to_kohya(c: Checker) -> None:
    path = convert(c, DIFFUSERS / "neon.safetensors", "kohya", "neon.safetensors")
    c.check_keys(Adapter(path), "kohya")
    reference = Adapter(KOHYA / "neon.safetensors")
    c.expect(
        Adapter(path).file.entries.keys() == reference.file.entries.keys(),
        "not the keys of the kohya file",
    )
    check_same(c, Adapter(path), reference)


def convert_to_peft(c: Checker) -> None:
    folder = convert(c, KOHYA / "heart.safetensors", "peft", "heart")
    config = json.loads((folder / "adapter_config.json").read_text())
    c.expect(config.get("peft_type") == "LORA", f"peft_type {config.get('peft_type')}")
    c.expect(config.get("r") == 6, f"r {config.get('r')}, not 6")
    c.check_keys(Adapter(folder), "peft")
    check_same(c, Adapter(folder), Adapter(KOHYA / "heart.safetensors"))


def merge_to_peft(c: Checker) -> None:
    document, folder = c.merge("peft", KOHYA, "--prompt", HEART_NEON, "--dialect", "peft")
    c.check_delta(document, folder, "F16", "peft")


def convert(c: Checker, source: Path, dialect: str, name: str) -> Path:
    path = c.path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    output = path if path.suffix else f"{path}/"
    c.run("merge", source, "--method", "linear", "--dialect", dialect, "-o", output)
    c.check_readable(path if path.suffix else path / "adapter_model.safetensors")
    return path


def check_same(c: Checker, found: Adapter, want: Adapter, exactly: bool = False) -> None:
    c.check_modules(found, {"the original": want})
    limit = 0.0 if exactly else ROUNDINGS * ROUNDING["F16"]
    for module in want.parts:
        error = relative_error(found.module(module), want.module(module))
        if not error <= limit:
            c.expect(False, f"{module}: off by {error:.2e}")
            return
    c.expect(True, "")


def dtypes(c: Checker) -> None:
    for dtype in ("F32", "BF16"):
        document, path = c.merge(
            f"{dtype}.safetensors",
            *(KOHYA, "--prompt", HEART_NEON, "--attention", "softmax", "--dtype", dtype),
        )
        c.check_delta(document, path, dtype, "kohya")


def compressed(c: Checker) -> None:
    arguments = (KOHYA, "--prompt", HEART_NEON)
    _, plain = c.merge("out.safetensors", *arguments)
    content = plain.read_bytes()
    for level in (1, 3, 19):
        _, path = c.merge(f"out-{level}.safetensors.zst", *arguments, "--level", level)
        stored = path.read_bytes()
        # A file may hold several frames, and frames to skip: an index for random access.
        reader = zstandard.ZstdDecompressor().stream_reader(stored, read_across_frames=True)
        c.expect(reader.read() == content, f"level {level}: streaming gives other bytes")
        whole = zstandard.ZstdDecompressor().decompressobj(read_across_frames=True)
        c.expect(whole.decompress(stored) == content, f"level {level}: as a whole, other bytes")
        if tool := shutil.which("zstd"):
            result = subprocess.run([tool, "-d", "-c", path], capture_output=True)
            c.expect(result.stdout == content, f"level {level}: zstd -d gives other bytes")


def standard_output(c: Checker) -> None:
    arguments = (KOHYA, "--prompt", STAR_DOTS)
    _, path = c.merge("out.safetensors", *arguments)
    c.expect(c.run("merge", *arguments, "-o", "-") == path.read_bytes(), "-o - differs from a file")


def rank_8(c: Checker) -> None:
    for dtype in ("F16", "F32"):
        document, path = c.merge(
            f"{dtype}.safetensors",
            *(KOHYA, "--prompt", HEART_NEON, "--prompt", STAR_DOTS),
            *("--rank", 8, "--dtype", dtype),
        )
        ranks = {rank for _, rank, _ in c.check_optimal(document, path, dtype)}
        c.expect(ranks == {8}, f"ranks {sorted(ranks)}, not 8")


def rank_99_percent(c: Checker) -> None:
    document, path = c.merge(
        "out.safetensors",
        *(KOHYA, "--prompt", HEART_NEON, "--attention", "softmax"),
        *("--rank", "99%", "--dtype", "F32"),
    )
    for module, rank, values in c.check_optimal(document, path, "F32"):
        kept = np.cumsum(values**2) / np.sum(values**2)
        enough = kept[rank - 1] >= 0.99 - 1e-6
        least = rank == 1 or kept[rank - 2] < 0.99 + 1e-6
        c.expect(enough and least, f"{module}: rank {rank} keeps {kept[rank - 1]:.6f}")


def stated(tolerance: str) -> tuple[float, float]:
    """The absolute and the relative part of `… <= A + B*max|delta|`."""
    absolute, relative = 0.0, 0.0
    for term in tolerance.split("<=")[-1].split("+"):
        number, *factor = term.split("*")
        if factor:
            relative = float(number)
        else:
            absolute = float(number.split()[0])
    return absolute, relative


def zoo_cases() -> list[dict]:
    """Adapters and mixes of the corpus that need no base and hold no biases."""
    manifest = json.loads((ZOO / "manifest.json").read_text())
    cases = {case["id"]: case for case in manifest["cases"] if case["kind"] != "bake"}
    for case in cases.values():
        case["inputs"] = [
            (cases[part["case"]], part["weight"]) for part in case.get("parts", [])
        ] or [(case, 1.0)]
    return list(cases.values())


def zoo_path(case: dict) -> Path:
    path = ZOO / case["adapter"]
    return path.parent if path.name == "adapter_model.safetensors" else path


def zoo(c: Checker) -> None:
    """What lorac writes from adapters of any algorithm and dialect has the library's deltas."""
    written = refused = 0
    for case in zoo_cases():
        output = c.path(f"{case['id']}.safetensors")
        output.parent.mkdir(parents=True, exist_ok=True)
        arguments = ["merge", "--method", "linear", "--dtype", "F32", "-o", output]
        # PEFT has names for models of any kind; diffusers for the parts of its pipelines.
        arguments += ["--dialect", "peft" if case["base"] in ("llama", "gpt2") else "diffusers"]
        for adapter, weight in case["inputs"]:
            path = zoo_path(adapter)
            arguments += [path, "--weight", f"{path}={weight}"]
        try:
            c.run(*arguments)
        except RuntimeError as error:
            refused += 1
            c.expect("--base" in str(error), f"{case['id']} fails otherwise: {error}")
            continue
        written += 1
        c.check_readable(output)
        check_zoo(c, case, Adapter(output))
    c.expect(written >= 45, f"only {written} cases of the corpus are written, {refused} refused")


def check_zoo(c: Checker, case: dict, adapter: Adapter) -> None:
    file = TensorFile(ZOO / case["expected"])
    expected = {
        name.removesuffix(".weight").replace("/", ".").replace(".", "_"): file.tensor(name)
        for name in file.entries
    }
    prefix = "unet_" if case["base"] in ("llama", "gpt2") else ""
    expected = {prefix + name: delta for name, delta in expected.items()}
    found = adapter.parts.keys()
    c.expect(found == expected.keys(), f"{case['id']}: {sorted(found ^ expected.keys())[:4]}")
    absolute, relative = stated(case["tolerance"])
    if "_convert_mixture_state_dict" in str(case.get("writer")):
        relative = 2.0**-10  # that converter multiplies alpha into factors of binary16
    for name in found & expected.keys():
        want = expected[name]
        is_embedding = "lora_embedding" in adapter.parts[name]["down"]
        want = want.T if case["base"] == "gpt2" or is_embedding else want
        error = np.abs(adapter.module(name).delta() - want.reshape(want.shape[0], -1)).max()
        if not error <= absolute + relative * np.abs(want).max():
            c.expect(False, f"{case['id']}: {name} is off by {error:.1e}")
            return
    c.expect(True, "")


def difference(c: Checker, first: Path, second: Path, *options: object) -> tuple[int, dict]:
    """The exit status and the document of `lorac diff`."""
    command = [str(c.lorac), "diff", str(first), str(second), "--json", *map(str, options)]
    result = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL)
    return result.returncode, json.loads(result.stdout)


def flat(name: str) -> str:
    """A module's name as `Adapter` calls it."""
    return name.replace(".", "_")


def diff(c: Checker) -> None:
    """Distances, cosines and norms are those of the dense deltas."""
    for first, second in (
        (KOHYA / "heart.safetensors", KOHYA / "neon.safetensors"),
        (KOHYA / "neon.safetensors", DIFFUSERS / "neon.safetensors"),
        (DIFFUSERS / "star.safetensors", KOHYA / "fish.safetensors"),
    ):
        status, document = difference(c, first, second)
        c.expect(document["schema"] == "lorac.diff/1", "schema is not lorac.diff/1")
        a, b = Adapter(first), Adapter(second)
        rows = {flat(row["name"]): row for row in document["modules"]}
        c.expect(rows.keys() == a.parts.keys() == b.parts.keys(), "not the same modules")
        worst = 0.0
        for name, row in rows.items():
            x, y = a.module(name).delta(), b.module(name).delta()
            nx, ny = np.linalg.norm(x), np.linalg.norm(y)
            distance = np.linalg.norm(x - y)
            worst = max(
                worst,
                abs(row["relativeDistance"] - distance / nx),
                abs(row["cosine"] - np.sum(x * y) / nx / ny),
                abs(row["normA"] / nx - 1),
                abs(row["normB"] / ny - 1),
            )
        c.expect(worst < 1e-10, f"{first.name}, {second.name}: off by {worst:.1e}")
        largest = max(row["relativeDistance"] for row in rows.values())
        c.expect(document["equal"] == (largest == 0), "equal without being so")
        c.expect(status == (0 if document["equal"] else 1), f"exit status {status}")
        status, _ = difference(c, first, second, "--tolerance", repr(largest))
        c.expect(status == 0, "the largest distance is not within itself")


def spectrum_error(found: dict, values: np.ndarray) -> float:
    """How far the numbers of `inspect --stats` are from those of singular values, relatively."""
    norm = np.linalg.norm(values)
    shares = values**2 / np.sum(values**2)
    kept = np.cumsum(shares)
    used = shares[shares > 0]
    errors = [
        abs(found["frobeniusNorm"] / norm - 1),
        abs(found["effectiveRank"] / np.exp(-np.sum(used * np.log(used))) - 1),
        abs(found["stableRank"] * shares[0] - 1),
        *(abs(a - b) / norm for a, b in zip(found["singularValues"], values)),
        *(abs(e["share"] - kept[e["rank"] - 1]) for e in found["energyByRank"]),
    ]
    for percent, rank in found["rankKeeping"].items():
        share = float(percent[:-1]) / 100
        enough = kept[rank - 1] >= share - 1e-6
        least = rank == 1 or kept[rank - 2] < share + 1e-6
        errors.append(0.0 if enough and least else 1.0)
    return max(errors)


def spectra(c: Checker) -> None:
    """Statistics are those of the dense deltas, by module, block and file."""
    for path in (KOHYA / "heart.safetensors", DIFFUSERS / "star.safetensors"):
        document = json.loads(c.run("inspect", path, "--stats", "--json"))
        adapter = Adapter(path)
        dense: dict[str, np.ndarray] = {}
        worst = 0.0
        for module in document["modules"]:
            name = module["target"]
            delta = adapter.module(flat(name)).delta()
            dense[name] = np.linalg.svd(delta, compute_uv=False)
            worst = max(worst, spectrum_error(module["statistics"], dense[name]))
            entries = [adapter.file.tensor(t) for t in adapter.parts[flat(name)].values()]
            factors = [e for e in entries if e.ndim > 1]
            counts = module["statistics"]["elements"]
            zeros = sum(int(np.sum(e == 0)) for e in factors)
            c.expect(
                counts["count"] == sum(e.size for e in factors) and counts["zero"] == zeros,
                f"{name}: {counts}",
            )
        c.expect(worst < 1e-5, f"{path.name}: a module is off by {worst:.1e}")

        def together(names: list[str]) -> np.ndarray:
            width = max(len(dense[n]) for n in names)
            squares = [np.pad(dense[n] ** 2, (0, width - len(dense[n]))) for n in names]
            return np.sqrt(np.sum(squares, axis=0))

        statistics = document["statistics"]
        error = spectrum_error(statistics, together(list(dense)))
        c.expect(error < 1e-5, f"{path.name}: the whole is off by {error:.1e}")
        for block in statistics["blocks"]:
            names = [n for n in dense if n.startswith(block["name"] + ".")]
            c.expect(len(names) == block["modules"], f"{block['name']}: {block['modules']} modules")
            error = spectrum_error(block, together(names))
            c.expect(error < 1e-5, f"{block['name']} is off by {error:.1e}")


def round_trips(c: Checker) -> None:
    """Converted files have the keys of their dialect, and come back with the same tensors."""
    for name in ("heart", "moon"):
        source = KOHYA / f"{name}.safetensors"
        before = Adapter(source)
        for dialect in ("diffusers", "peft"):
            there = c.path(f"{name}-{dialect}" + ("" if dialect == "peft" else ".safetensors"))
            back = c.path(f"{name}-{dialect}-kohya.safetensors")
            there.parent.mkdir(parents=True, exist_ok=True)
            output = f"{there}/" if dialect == "peft" else there
            c.run("convert", source, "-o", output, "--dialect", dialect)
            c.check_readable(there / "adapter_model.safetensors" if dialect == "peft" else there)
            c.check_keys(Adapter(there), dialect)
            c.run("convert", there, "-o", back, "--dialect", "kohya")
            after = Adapter(back)
            c.expect(after.file.metadata == before.file.metadata, "other metadata")
            c.expect(after.file.entries == before.file.entries, "other tensors")
            same = all(
                np.array_equal(after.file.tensor(n), before.file.tensor(n))
                for n in before.file.entries
            )
            c.expect(same, f"{name} through {dialect} has other values")


def conversions(c: Checker) -> None:
    """What numpy computes from a converted file is what it computes from the original."""
    source = KOHYA / "neon.safetensors"
    for dialect in ("kohya", "diffusers"):
        for dtype in ("F32", "F16", "BF16"):
            path = c.path(f"{dialect}-{dtype}.safetensors")
            path.parent.mkdir(parents=True, exist_ok=True)
            options = ("--dialect", dialect, "--dtype", dtype, "--fold-alpha", "--strip")
            c.run("convert", source, "-o", path, *options)
            c.check_readable(path)
            found, want = Adapter(path), Adapter(source)
            c.check_modules(found, {"the original": want})
            c.expect(not found.file.metadata, "--strip leaves metadata")
            limit = ROUNDINGS * ROUNDING[dtype]
            worst = max(relative_error(found.module(m), want.module(m)) for m in want.parts)
            c.expect(worst <= limit, f"{dialect} {dtype}: off by {worst:.1e}")
            scales = {found.module(m).scale for m in found.parts}
            c.expect(scales == {1.0}, f"scales {scales}, not 1")
            status, _ = difference(c, source, path, "--tolerance", limit)
            c.expect(status == 0, f"{dialect} {dtype}: diff says {status}")


def hashes(c: Checker) -> None:
    """Hashes by the definitions of sd-scripts and Civitai, of plain and compressed files."""
    random = np.random.default_rng(3)
    tensors = {}
    for index in range(8):
        name = f"lora_unet_mid_block_attentions_0_transformer_blocks_{index}_attn1_to_q"
        tensors[f"{name}.lora_up.weight"] = random.normal(size=(1280, 64)).astype(np.float16)
        tensors[f"{name}.lora_down.weight"] = random.normal(size=(64, 1280)).astype(np.float16)
        tensors[f"{name}.alpha"] = np.array(8, np.float32)
    training = {"ss_output_name": 'a "fox"\n\u00e9\u0001', "ss_network_dim": "64"}
    folder = c.path("").parent / "hashes"
    folder.mkdir(parents=True, exist_ok=True)
    path, packed = folder / "fox.safetensors", folder / "fox.safetensors.zst"
    metadata = {**training, "modelspec.title": "fox", "sshs_model_hash": "stale"}
    safetensors.numpy.save_file(tensors, path, metadata)
    packed.write_bytes(zstandard.ZstdCompressor().compress(path.read_bytes()))
    # The same tensors in another order, as no library but many a script writes them.
    header: dict = {"__metadata__": training}
    body = b""
    for name, tensor in tensors.items():
        offsets = [len(body), len(body) + tensor.nbytes]
        body += tensor.tobytes()
        kind = {"float16": "F16", "float32": "F32"}[tensor.dtype.name]
        header[name] = {"dtype": kind, "shape": tensor.shape, "data_offsets": offsets}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    unsorted = folder / "unsorted.safetensors"
    unsorted.write_bytes(len(text).to_bytes(8, "little") + text + body)

    sample = slice(1 << 20, (1 << 20) + (64 << 10))
    # sd-scripts hashes what it would write with the metadata of training alone.
    written = safetensors.numpy.save(tensors, training)
    model = hashlib.sha256(written[8 + int.from_bytes(written[:8], "little") :]).hexdigest()
    for file in (path, packed, unsorted):
        content = path.read_bytes() if file == packed else file.read_bytes()
        data = 8 + int.from_bytes(content[:8], "little")
        sha256 = hashlib.sha256(content).hexdigest()
        expected = {
            "sha256": sha256,
            "storedSHA256": hashlib.sha256(file.read_bytes()).hexdigest(),
            "autoV1": hashlib.sha256(content[sample]).hexdigest()[:8],
            "autoV2": sha256[:10].upper(),
            "autoV3": hashlib.sha256(content[data:]).hexdigest(),
            "sshsModelHash": model,
            "sshsLegacyHash": hashlib.sha256(written[sample]).hexdigest()[:8],
        }
        found = json.loads(c.run("inspect", file, "--hash", "--json"))["hashes"]
        for name, value in expected.items():
            c.expect(found.get(name) == value, f"{file.name}: {name} is {found.get(name)}")
    page = c.run("inspect", path, "--hash").decode()
    c.expect("(the metadata say stale)" in page, "a stale hash in the metadata is not told")
    small = json.loads(c.run("inspect", KOHYA / "heart.safetensors", "--hash", "--json"))["hashes"]
    c.expect("autoV1" not in small, "a file below 2 MiB has no AutoV1")


CASES: list[Callable[[Checker], None]] = [
    gate,
    softmax,
    linear,
    identity,
    mixed_dialects,
    convert_to_diffusers,
    convert_to_kohya,
    convert_to_peft,
    merge_to_peft,
    dtypes,
    compressed,
    standard_output,
    rank_8,
    rank_99_percent,
    zoo,
    diff,
    spectra,
    round_trips,
    conversions,
    hashes,
]


def main() -> int:
    names = [case.__name__ for case in CASES]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lorac", type=Path, required=True, help="the binary to check")
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"of {', '.join(names)}")
    arguments = parser.parse_args()
    if unknown := set(arguments.cases) - set(names):
        parser.error(f"no such case: {', '.join(sorted(unknown))}")

    with tempfile.TemporaryDirectory(prefix="lorac-interop-") as folder:
        checker = Checker(arguments.lorac.resolve(), Path(folder))
        for case in CASES:
            if arguments.cases and case.__name__ not in arguments.cases:
                continue
            checker.case = case.__name__.replace("_", " ")
            before = checker.passed, checker.failed
            try:
                case(checker)
            except Exception as error:  # a case that stops is a failure; the others still run
                checker.expect(False, f"{type(error).__name__}: {error}")
            passed, failed = checker.passed - before[0], checker.failed - before[1]
            print(f"{'ok    ' if not failed else 'failed'} {checker.case}: {passed} passed")
    print(f"{checker.passed} passed, {checker.failed} failed")
    return 1 if checker.failed else 0


if __name__ == "__main__":
    sys.exit(main())
