#!/usr/bin/env bash
# Builds everything and runs the tests. Arguments go to ctest: scripts/test.sh -R softmax, scripts/test.sh -LE slow.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

"$root/scripts/build.sh"
exec ctest --test-dir "$root/build/release" --output-on-failure "$@"
