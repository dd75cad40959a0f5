#!/usr/bin/env bash
# scripts/run.sh NAME [ARGUMENT...]: builds examples/start/NAME.cpp and runs it.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

name=${1-}
if [ ! -f "$root/examples/start/$name.cpp" ]; then
  echo "usage: scripts/run.sh NAME [ARGUMENT...], and NAME is one of" >&2
  for file in "$root"/examples/start/*.cpp; do
    printf '  %-16s %s\n' "$(basename "$file" .cpp)" "$(sed -n '1s,^// ,,p' "$file")" >&2
  done
  exit 2
fi
shift
"$root/scripts/build.sh" "$name"
exec "$root/build/release/bin/$name" "$@"
