#!/usr/bin/env bash
# Another project builds and runs with this one: installed from the build folder $1, then fetched. $2: the compiler.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$1 compiler=$2
folder=$(mktemp -d)
fetched=$(mktemp -d -p "$(dirname "$build")" fetched.XXXXXX)  # beside the build folder: the same paths to a compiler cache
trap 'rm -rf "$folder" "$fetched"' EXIT
fail() { echo "FAIL: $*" && exit 1; }

# consumer FOLDER CMAKE_ARGUMENT...
consumer() {
  local out
  cmake -S "$root/tests/consumer" -B "$1" -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER="$compiler" "${@:2}"
  cmake --build "$1" --parallel 2 --target consumer
  out=$(find "$1" -name consumer -type f -exec {} \;)
  [ "$out" = "gradient of x^3: [ 3, 12, 27]  f64 (3)"$'\n'"(3, 10)" ] || fail "in $1 it prints: $out"
}

cmake --install "$build" --prefix "$folder/prefix" > /dev/null
mv "$folder/prefix" "$folder/moved"  # it may be put elsewhere
if grep -rlF -e "$root" -e "$build" "$folder/moved" --include=*.cmake --include=*.h; then fail "paths of this machine"; fi
[ -f "$folder/moved/include/latent/engine/engine.h" ] || fail "no headers"
consumer "$folder/installed" -DCMAKE_PREFIX_PATH="$folder/moved"

consumer "$fetched" -DLATENT_CLONE="$root" -DLATENT_WERROR=ON
