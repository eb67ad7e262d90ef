"""How far a merge with --rank is from the best possible one, on every Nth of its modules."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent / "scripts/interop"))
from adapters import Adapter, distance, fused, singular_values

EVERY = 83


def main(document_path: str, output_path: str) -> None:
    """Prints the worst ratio of the error to the Eckart-Young optimum."""
    document = json.loads(Path(document_path).read_text())
    inputs = {entry["name"]: Adapter(entry["file"]) for entry in document["adapters"]}
    output = Adapter(output_path)
    worst = 0.0
    for module in sorted(output.parts)[::EVERY]:
        want, found = fused(module, inputs, document["weights"]), output.module(module)
        optimum = np.linalg.norm(singular_values(want)[found.rank :])
        worst = max(worst, distance(want, found) / float(optimum))
    print(f"{worst:.7f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
