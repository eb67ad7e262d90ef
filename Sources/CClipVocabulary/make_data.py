#!/usr/bin/env python3
"""Makes data/merges.txt, the file that this target embeds.

    pip download --no-deps open_clip_torch==3.3.0 -d /tmp/wheel
    python3 make_data.py /tmp/wheel/open_clip_torch-3.3.0-py3-none-any.whl data

The wheel's list starts with a line that is no merge and is much longer than CLIP's vocabulary, which
ends after 48,894 merges. The output depends on nothing but the wheel.
"""
import gzip
import hashlib
import pathlib
import sys
import zipfile

LIST = "open_clip/bpe_simple_vocab_16e6.txt.gz"
SHA256 = "924691ac288e54409236115652ad4aa250f48203de50a9e4722a6ecd48d6804a"
MERGES = 48894


def main(wheel, folder):
    with zipfile.ZipFile(wheel) as archive:
        packed = archive.read(LIST)
    found = hashlib.sha256(packed).hexdigest()
    if found != SHA256:
        sys.exit(f"{LIST} has the SHA-256 {found}, expected {SHA256}")
    lines = gzip.decompress(packed).split(b"\n")
    data = b"\n".join(lines[1 : 1 + MERGES]) + b"\n"
    out = pathlib.Path(folder)
    out.mkdir(exist_ok=True)
    (out / "merges.txt").write_bytes(data)
    print(hashlib.sha256(data).hexdigest(), len(data), "merges.txt")


if __name__ == "__main__":
    main(*sys.argv[1:])
