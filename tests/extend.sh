#!/usr/bin/env bash
# Follows docs/extend.md literally in a copy of the project: applies its diffs, which compile without a warning, and runs
# its commands. Begins with the last section, for each stands alone.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
if ! command -v patch > /dev/null; then echo "skipped: needs patch" && exit 0; fi
if ! git -C "$root" rev-parse --git-dir > /dev/null 2>&1; then echo "skipped: needs a git checkout" && exit 0; fi

copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
(cd "$root" && git ls-files -co --exclude-standard | while read -r file; do [ ! -f "$file" ] || printf '%s\0' "$file"; done |
  xargs -0 cp --parents -t "$copy")
cd "$copy"
export CCACHE_BASEDIR=$copy CCACHE_NOHASHDIR=1  # so that a cache, where there is one, serves

configure() { cmake -S . -B build/release -DLATENT_WERROR=ON "$@" > cmake.log || { cat cmake.log && exit 1; }; }

# follow WHICH: the parts of docs/extend.md whose number awk finds to be WHICH, the last one first
follow() {
  local kind='' block line
  while IFS= read -r line; do
    case $line in
      '```diff' | '```sh') kind=${line#'```'} block="" ;;
      '```')
        if [ "$kind" = diff ]; then printf '%s' "$block" | patch -p1 --fuzz=0 --no-backup-if-mismatch; fi
        if [ "$kind" = sh ]; then
          # ccache would take a new precompiled header for the one that it knows by the old.
          find build -name 'cmake_pch.hxx.?ch' -delete
          bash -euxo pipefail -c "$block" < /dev/null
        fi
        kind=
        ;;
      *) [ -z "$kind" ] || block+=$line$'\n' ;;
    esac
  done < <(awk 'BEGIN { RS = "\n## " } { part[NR] = $0 }
    END { for (i = NR; i > 0; --i) if (i '"$1"') print part[i] }' docs/extend.md)
}
configure
follow "> 2" | tee log
grep -q '^test accuracy: \(9[5-9]\|100\)' log
# The first part, a new operation, leaves nothing that was compiled before: the quickest build serves.
configure -DCMAKE_BUILD_TYPE=Debug -DCMAKE_UNITY_BUILD=ON -DLATENT_LEVELS="sse2;neon64"
follow "<= 2"
