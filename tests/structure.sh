#!/usr/bin/env bash
# The arrows between the folders point down: examples -> train -> models -> nn -> engine -> engine/kernels. And the tree is clean.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
failed=0

# no WHAT PATTERN FOLDER...: fails on lines of the code in these folders that match the pattern
no() {
  local what=$1 pattern=$2 found
  shift 2
  found=$(grep -rnE --include='*.h' --include='*.cpp' -e "$pattern" "$@" 2> /dev/null) || return 0
  printf '%s:\n%s\n' "$what" "$found"
  failed=1
}

no "engine/ includes what lies above it" '#include ["<](nn|models|train|examples|tests)/' engine
no "nn/ includes what lies above it" '#include ["<](models|train|examples|tests)/' nn
no "models/ includes what lies above it" '#include ["<](train|examples|tests)/' models
no "train/ includes what lies above it" '#include ["<](examples|tests)/' train
no "examples/ includes tests" '#include ["<]tests/' examples
no "a path that leaves its folder" '#include "\.\.?/' engine nn models train examples tests
no "only engine/ and its tests may open the door to the kernels" \
  '#include "engine/(dispatch\.h|kernels/)' nn models train examples

# Inside engine/ a file includes what stands before it here, or kernels; autograd knows no op but + and sum_to.
order=(version error system atomic_file memory_limit memory shape parallel walk tensor archs level dispatch profile random
  autograd ops gradcheck graph safetensors update engine)
# place FILE: its number in the order
place() {
  local name=${1#engine/} i
  case $name in ops/*) name=ops ;; *) name=${name%.*} ;; esac
  for i in "${!order[@]}"; do [ "${order[i]}" != "$name" ] || { echo "$i" && return; }; done
  echo "$1 has no place in the order" >&2
  return 1
}
while IFS=: read -r file include; do
  if ! from=$(place "$file") || ! to=$(place "$include") || [ "$to" -gt "$from" ]; then
    echo "$file includes $include, which lies above it"
    failed=1
  fi
done < <(grep -oE '#include "engine/[^"]+"' engine/*.h engine/*.cpp engine/ops/* | sed -E 's/#include "([^"]+)"/\1/' |
  grep -v ':engine/kernels/')

# Kernels are compiled once per SIMD level, so a standard container there would be one function with several bodies.
allowed='"engine/kernels/|<xsimd/|<(cstddef|cstdint|cmath|limits|type_traits|utility|array|tuple)>'
found=$(grep -rnE '#include' engine/kernels | grep -vE "#include ($allowed)")
if [ -n "$found" ]; then
  printf 'kernels include more than kernels, xsimd and plain headers:\n%s\n' "$found"
  failed=1
fi

marks='\b(TO''DO|FIX''ME|X''XX)\b'
no "left-overs" "$marks" engine nn models train examples tests

exit $failed
