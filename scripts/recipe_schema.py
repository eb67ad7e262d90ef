"""Holds docs/recipe.schema.json to recipes: an editor that uses it must agree with lorac.

Recipes that lorac reads must be valid. Of those that it refuses, Tests/RecipesTests/Fixtures/bad, all
must be invalid but those that say in a comment that the schema accepts them: what is wrong there are
names, paths and other things between values, which no schema knows.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import jsonschema
import yaml

SCHEMA = Path("docs/recipe.schema.json")
GOOD = [Path("examples"), Path("Tests/RecipesTests/Fixtures/good")]
BAD = Path("Tests/RecipesTests/Fixtures/bad")
ACCEPTS = "# the schema accepts it"


class CoreLoader(yaml.SafeLoader):
    """Reads the core schema of YAML 1.2, as editors do; PyYAML's own is that of YAML 1.1."""


CoreLoader.yaml_implicit_resolvers = {}
for tag, pattern, first in [
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    (
        "float",
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"
        r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        "-+0123456789.",
    ),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
]:
    CoreLoader.add_implicit_resolver(
        f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"), list(first)
    )


def read(path: Path) -> object:
    text = path.read_text()
    return json.loads(text) if path.suffix == ".json" else yaml.load(text, CoreLoader)


def main() -> None:
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    failures = []

    good = [
        path
        for folder in GOOD
        for path in sorted(folder.rglob("lorac*"))
        if path.suffix in (".yaml", ".json")
    ]
    for path in good:
        for error in validator.iter_errors(read(path)):
            failures.append(f"{path}: {error.json_path}: {error.message}")

    bad = [path for suffix in ("yaml", "json") for path in sorted(BAD.glob(f"*.{suffix}"))]
    for path in bad:
        expected = Path(f"{path}.expected")
        accepts = ACCEPTS in (expected if expected.exists() else path).read_text()
        try:
            is_valid = validator.is_valid(read(path))
        except (ValueError, yaml.YAMLError):
            is_valid = False
        if is_valid != accepts:
            failures.append(f"{path}: the schema {'accepts' if is_valid else 'refuses'} it")

    for failure in failures:
        print(f"FAILED {failure}")
    print(f"recipe schema: {len(good)} good recipes, {len(bad)} bad ones, {len(failures)} failures")
    if failures or not good or not bad:
        sys.exit(1)


if __name__ == "__main__":
    main()
