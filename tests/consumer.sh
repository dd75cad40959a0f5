#!/usr/bin/env bash
# Another project builds and runs with this one: installed from the build folder $1, then fetched. $2: the compiler.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$1 compiler=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
fail() { echo "FAIL: $*" && exit 1; }

# consumer NAME CMAKE_ARGUMENT...
consumer() {
  local name=$1 out
  shift
  cmake -S "$root/tests/consumer" -B "$folder/$name" -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER="$compiler" "$@"
  cmake --build "$folder/$name" --parallel 2 --target consumer
  out=$(find "$folder/$name" -name consumer -type f -exec {} \;)
  [ "$out" = "gradient of x^3: [ 3, 12, 27]  f64 (3)"$'\n'"(3, 10)" ] || fail "$name prints: $out"
}

cmake --install "$build" --prefix "$folder/prefix" > /dev/null
mv "$folder/prefix" "$folder/moved"  # it may be put elsewhere
if grep -rlF -e "$root" -e "$build" "$folder/moved" --include=*.cmake --include=*.h; then fail "paths of this machine"; fi
[ -f "$folder/moved/include/latent/engine/engine.h" ] || fail "no headers"
consumer installed -DCMAKE_PREFIX_PATH="$folder/moved"

consumer fetched -DLATENT_CLONE="$root" -DCMAKE_BUILD_TYPE=Debug -DLATENT_LEVELS="sse2;neon64"  # a quick build
