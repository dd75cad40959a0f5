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

# The README shows a program of one file, from its includes on.
if ! diff <(awk '/^```cpp$/ { shown = 1; next } /^```$/ { if (shown) exit } shown' README.md) \
  <(sed -n '/^#include/,$p' examples/start/02_circle.cpp); then
  echo "README.md shows another program than examples/start/02_circle.cpp"
  failed=1
fi

# docs/gradients.md shows code of the files whose links stand above it: the same lines, all of them indented by as much more.
if ! awk '
  function bare(line) { sub(/^ +/, "", line); return line }
  function indent(line) { return length(line) - length(bare(line)) }
  function same(at, i, shift) {
    shift = indent(source[at]) - indent(block[0])
    for (i = 0; i < count; ++i)
      if (bare(source[at + i]) != bare(block[i]) || (block[i] != "" && indent(source[at + i]) != indent(block[i]) + shift))
        return 0
    return 1
  }
  function stands_in(name, lines, i, line) {
    while (name != "" && (getline line < name) > 0) source[lines++] = line
    close(name)
    for (i = 0; count > 0 && i + count <= lines; ++i) if (same(i)) return 1
    return 0
  }
  /^```/ {
    if (inside == "```cpp") {
      ++blocks
      if (!stands_in(file)) {
        if (file == "") file = "a file: no link stands above it"
        printf "docs/gradients.md:%d: the block \"%s\" is not in %s\n", begin, bare(block[0]), file
        failed = 1
      }
      file = ""
    }
    inside = inside == "" ? $0 : ""
    begin = NR
    count = 0
    next
  }
  inside != "" { block[count++] = $0; next }
  match($0, /\]\(\.\.\/[^)]+\)/) { file = substr($0, RSTART + 5, RLENGTH - 6) }
  END {
    if (inside != "" || blocks == 0) { print "docs/gradients.md: no block of code, or one without an end"; failed = 1 }
    exit failed
  }' docs/gradients.md; then
  failed=1
fi

# Each step of docs/walk.md names things and the files that have them: `thing` in [file](../file).
while IFS= read -r step; do
  named=$(grep -oE "(\`[^\`]+\`, )*\`[^\`]+\` in \[[^]]+\]\([^)]+\)" <<< "$step")
  [ -n "$named" ] || { echo "docs/walk.md: nothing in a file is named: $step" && failed=1; }
  while IFS= read -r each; do
    file=${each##*\(../} && file=${file%\)}
    while IFS= read -r name; do
      grep -qwF -e "$name" "$file" 2> /dev/null || { echo "docs/walk.md: $name is not in $file" && failed=1; }
    done < <(grep -oE "\`[^\`]+\`" <<< "$each" | tr -d "\`")
  done <<< "$named"
done < <(awk '/^[0-9]+\. / { print "" } { printf "%s ", $0 } /^$/ { print "" }' docs/walk.md | tr -s ' ' | grep -E '^[0-9]+\. ')

marks='\b(TO''DO|FIX''ME|X''XX)\b'
no "left-overs" "$marks" engine nn models train examples tests

exit $failed
