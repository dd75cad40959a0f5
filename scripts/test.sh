#!/usr/bin/env bash
# Builds everything and runs the tests. Arguments go to ctest: scripts/test.sh -R softmax, scripts/test.sh -LE slow.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

"$root/scripts/build.sh"
# Threads that wait sleep instead of spinning: on a busy machine spinning costs many times what it saves.
export OMP_WAIT_POLICY=${OMP_WAIT_POLICY-passive}
exec ctest --test-dir "$root/build/release" --output-on-failure "$@"
