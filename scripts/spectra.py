"""Writes what numpy finds of the dense deltas of the corpus, for the tests of the statistics.

The deltas are those that diffusers, PEFT and LyCORIS computed. Run from the repository's root:

    .build/venv/bin/python scripts/spectra.py > Tests/FusionTests/Fixtures/spectra.json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent / "interop"))

from adapters import TensorFile

ZOO = Path("Tests/Fixtures/zoo/cases")
CASES = ["kohya_sd15_full_fp16", "lyc_loha", "lyc_lokr", "lyc_full", "peft_rslora", "flux_diffusers"]


def rounded(value: float) -> float:
    return float(f"{value:.8g}")


def statistics(delta: np.ndarray) -> dict:
    values = np.linalg.svd(delta.reshape(delta.shape[0], -1), compute_uv=False)
    shares = values**2 / np.sum(values**2)
    kept = np.cumsum(shares)
    used = shares[shares > 0]
    return {
        "norm": rounded(np.linalg.norm(delta)),
        "values": [rounded(v) for v in values[:8]],
        "effectiveRank": rounded(np.exp(-np.sum(used * np.log(used)))),
        "stableRank": rounded(1 / shares[0]),
        "ranks": [int(np.argmax(kept >= share) + 1) for share in (0.9, 0.95, 0.99)],
    }


def main() -> None:
    result = {}
    for case in CASES:
        file = TensorFile(ZOO / case / "expected.safetensors")
        result[case] = {
            name: statistics(file.tensor(name))
            for name, entry in sorted(file.entries.items())
            if len(entry["shape"]) > 1 and np.any(file.tensor(name))
        }
    json.dump(result, sys.stdout, separators=(",", ":"))
    print()


if __name__ == "__main__":
    main()
