#!/usr/bin/env bash
# tests/level_symbols.sh NM OBJECT...: the objects of the kernels, in one folder (latent_kernels_<level>.dir) per SIMD
# level. The linker keeps one copy of a weak symbol, from any object: were one shared, a machine without AVX-512 could be
# given the AVX-512 copy. So every weak symbol must name its architecture or its level, and no two levels share one.
set -euo pipefail
nm=$1
shift
[ $# -gt 0 ] || { echo "no objects" && exit 1; }

# "level symbol" for each weak function or variable; DW.ref.* are pointers that are equal everywhere
weak=$(for object in "$@"; do
  level=${object##*latent_kernels_}
  "$nm" --defined-only --demangle "$object" | sed -nE "s/^[0-9a-f]+ [WVu] /${level%%.dir*} /p"
done | grep -v ' DW\.ref\.' | sort -u) || true

# ARM has one level, with the flags of all the other code.
[ "$(cut -d ' ' -f 1 <<< "$weak" | sort -u)" = neon64 ] && echo "one level" && exit 0

[ -n "$weak" ] || { echo "nm found no weak symbols: not even the kernels" && exit 1; }
nameless=$(awk '{ level = $1; $1 = "" } $0 !~ "xsimd::(avx|fma|sse|neon)|_" level { print level $0 }' <<< "$weak")
shared=$(cut -d ' ' -f 2- <<< "$weak" | sort | uniq -d)
[ -z "$nameless" ] || printf 'weak symbols that name neither an architecture nor their level:\n%s\n' "$nameless"
[ -z "$shared" ] || printf 'weak symbols that levels share:\n%s\n' "$shared"
[ -z "$nameless$shared" ] && echo "$(wc -l <<< "$weak") weak symbols, none shared"
