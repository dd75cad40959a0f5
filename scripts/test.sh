#!/usr/bin/env bash
# Builds everything and runs the tests. With --all it first installs what some tests are skipped without: a browser, PyTorch,
# ONNX's test data. Other arguments go to ctest: scripts/test.sh -R softmax, scripts/test.sh -LE slow.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

if [ "${1-}" = --all ]; then
  shift
  "$root/scripts/setup.sh" curl chromium chromium-driver python3-selenium python3-torch libonnx-testdata
fi
"$root/scripts/build.sh"
# Threads that wait soon sleep: spinning for as long as the runtime's default makes two threads on a busy machine many
# times slower than one, and on a quiet one this is within 5 % of it.
export GOMP_SPINCOUNT=${GOMP_SPINCOUNT-1000}
exec ctest --test-dir "$root/build/release" --output-on-failure \
  --parallel "$(nproc 2> /dev/null || getconf _NPROCESSORS_ONLN)" "$@"
