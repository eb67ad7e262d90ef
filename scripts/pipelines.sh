#!/usr/bin/env bash
# Runs what 'lorac build --emit' writes with the real Ninja and Snakemake, in a copy of the examples: the
# outputs are those of 'lorac build', a second run does nothing, and one changed adapter rebuilds its
# targets and no other. Arguments: ninja, snakemake, to run only one.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/packages.sh

lorac=${LORAC_BINARY:-.build/release/lorac}
[ -x "$lorac" ] || { echo "$lorac does not exist; run 'make build' first" >&2; exit 1; }
lorac=$(realpath "$lorac")
snakemake_version=9.27.1

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/bin"
ln -s "$lorac" "$folder/bin/lorac"
export PATH="$folder/bin:$PATH" XDG_CACHE_HOME="$folder/cache"

fail() {
  echo "pipelines: $engine: $1" >&2
  [ ! -s "$folder/log" ] || sed 's/^/  | /' "$folder/log" >&2
  exit 1
}

# Makes a copy of the examples for the engine, and another for 'lorac build'.
copy_examples() {
  local copy
  for copy in "$engine" plain; do
    rm -rf "${folder:?}/$copy"
    mkdir -p "$folder/$copy/shapes"
    cp -r examples/shapes/adapters examples/shapes/base "$folder/$copy/shapes"
    cp -r examples/pipelines "$folder/$copy/pipelines"
  done
  cd "$folder/$engine/pipelines/$engine"
  recipe_folder=$folder/plain/pipelines/$engine
}

run() { "${command[@]}" >"$folder/log" 2>&1 || fail "'${command[*]}' failed $1"; }

# The outputs with the time of their last change and their inode.
outputs() { find out -type f ! -name '*.d' -printf '%p %T@ %i\n' | sort; }

# The outputs that changed since 'outputs' gave $1, by target: the part of the path behind out/.
changed_since() {
  comm -13 <(echo "$1") <(outputs) | sed 's|^out/\(.*\) [0-9.]* [0-9]*$|\1|'
}

expect() { # what, found, expected
  [ "$2" = "$3" ] || fail "$1: expected
$3
  but found
$2"
}

# Changes what an adapter's file says, so that its targets say another digest of it.
change_adapter() {
  local copy
  for copy in "$engine" plain; do
    "$lorac" convert --quiet --set changed=yes "$folder/$copy/shapes/adapters/$1.safetensors" \
      -o "$folder/$copy/shapes/adapters/$1.safetensors"
  done
}

expect_equal_to_build() {
  (cd "$recipe_folder" && "$lorac" build --quiet) || fail "'lorac build' failed $1"
  diff -r out "$recipe_folder/out" >"$folder/log" 2>&1 ||
    fail "the outputs are not those of 'lorac build' $1"
}

expect_nothing_to_do() { # when, the line that says so
  local before
  before=$(outputs)
  run "$1"
  grep -qF "$2" "$folder/log" || fail "something was done $1"
  expect "outputs changed $1" "$(outputs)" "$before"
}

# Names that mean something to a shell, Make, Ninja or Python, of a recipe, targets, files and adapters.
check_hostile_names() { # the engine's file
  local copy here=$folder/hostile there=$folder/hostile-plain odd='it'"'"'s $HOME: "q" `x`|#1% & \n'
  rm -rf "$here" "$there"
  for copy in "$here" "$there"; do
    mkdir -p "$copy/$odd"
    cp "$root/examples/shapes/adapters/heart.safetensors" "$copy/$odd/$odd.safetensors"
    "$python" - "$odd" >"$copy/$odd.yaml" <<'RECIPE'
import json, sys
odd = sys.argv[1]
print(json.dumps({
    "adapters": [{"file": f"{odd}/{odd}.safetensors", "name": "heart"}],
    "targets": [
        {"name": odd + " {{x}}", "prompts": "a heart", "output": f"out/{odd}.safetensors"},
        {"name": "-n", "prompts": "a heart", "dialect": "peft", "output": f"out/{odd}/-n/"},
    ],
}))
RECIPE
  done
  cd "$here"
  "$lorac" build "$odd.yaml" --emit "$engine" -o "$1" >"$folder/log" 2>&1 || fail "--emit failed"
  run "with odd names"
  (cd "$there" && "$lorac" build "$odd.yaml" --quiet) || fail "'lorac build' failed with odd names"
  diff -r out "$there/out" >"$folder/log" 2>&1 || fail "the outputs differ with odd names"
  [ "$(find out -type f | wc -l)" = 3 ] || fail "there are not 3 outputs with odd names"
  expect_nothing_to_do "in the second run with odd names" "$idle"
}

check_ninja() {
  local before idle='ninja: no work to do.'
  need_packages ninja-build
  command -v ninja >/dev/null || fail "there is no 'ninja', and its package did not bring it"
  copy_examples
  command=(ninja)
  run "the first time"
  expect_equal_to_build "after the first run"
  expect_nothing_to_do "in the second run" "$idle"

  before=$(outputs)
  change_adapter watercolor
  run "with a changed adapter"
  expect "targets of the changed adapter" "$(changed_since "$before")" \
    "heart-neon.safetensors
moon.safetensors
tree/adapter_model.safetensors"
  expect "commands for the changed adapter" "$(grep -o 'lorac [^-].*' "$folder/log" | sort)" \
    "lorac heart-neon
lorac moon
lorac tree"
  expect_equal_to_build "with a changed adapter"
  expect_nothing_to_do "after that" "$idle"

  # The same content again: the engine cannot know that, lorac leaves the outputs as they are.
  before=$(outputs)
  touch ../../shapes/adapters/star.safetensors
  run "with a touched adapter"
  expect "outputs of a touched adapter" "$(changed_since "$before")" ""
  expect_nothing_to_do "after that" "$idle"

  local copy
  for copy in . "$recipe_folder"; do
    printf '\n  - name: "new: $1"\n    prompts: a house\n' >>"$copy/lorac.yaml"
  done
  run "with a new target"
  expect "outputs with a new target" "$(changed_since "$before")" 'new: $1.safetensors'
  expect_equal_to_build "with a new target"
  expect_nothing_to_do "after that" "$idle"
  check_hostile_names build.ninja
}

check_snakemake() {
  local before idle='Nothing to be done'
  command=("$(dirname "$python")/snakemake" --cores 2 --nocolor)
  if ! "$python" -c "import importlib.metadata as m, sys
sys.exit(m.version('snakemake') != '$snakemake_version')" 2>/dev/null; then
    echo "Installing Snakemake $snakemake_version into .build/venv" >&2
    "$(dirname "$python")/pip" install --quiet --disable-pip-version-check \
      "snakemake==$snakemake_version" </dev/null >&2
  fi
  [ -x "${command[0]}" ] || fail "there is no ${command[0]}, and its package did not bring it"
  copy_examples
  run "the first time"
  expect_equal_to_build "after the first run"
  expect_nothing_to_do "in the second run" "$idle"

  before=$(outputs)
  change_adapter outline
  run "with a changed adapter"
  expect "targets of the changed adapter" "$(changed_since "$before")" "house.safetensors.zst"
  expect_equal_to_build "with a changed adapter"
  expect_nothing_to_do "after that" "$idle"
  check_hostile_names Snakefile
}

root=$PWD
python=$(scripts/venv.sh)
[ $# -gt 0 ] || set -- ninja snakemake
for engine in "$@"; do
  : >"$folder/log"
  case $engine in
    ninja | snakemake) ;;
    *) fail "is neither ninja nor snakemake" ;;
  esac
  cd "$root"
  "check_$engine"
  echo "pipelines: $engine: the outputs of 'lorac build', idle when nothing changed"
done
