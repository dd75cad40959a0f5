#!/usr/bin/env bash
# Installs what the build needs and builds the given targets (default: all) into build/release.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

"$root/scripts/setup.sh"
cmake -S "$root" -B "$root/build/release" -DCMAKE_BUILD_TYPE=Release
cmake --build "$root/build/release" --parallel "$(nproc 2> /dev/null || getconf _NPROCESSORS_ONLN)" ${1:+--target "$@"}
