#!/usr/bin/env bash
# Builds everything and runs the tests that are not slow. With --all the slow ones run as well, and a browser, PyTorch and
# ONNX's test data are installed first; without them some tests are skipped. Other arguments go to ctest, which then
# chooses the tests by them alone: scripts/test.sh -R softmax, scripts/test.sh -L slow.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

left_out=()
if [ $# -eq 0 ]; then left_out=(-LE slow); fi
if [ "${1-}" = --all ]; then
  shift
  "$root/scripts/setup.sh" curl chromium chromium-driver python3-selenium python3-torch libonnx-testdata
fi
"$root/scripts/build.sh"
# Makes waiting threads sleep soon. By default they spin, which on a busy machine makes two threads many times slower
# than one; on a quiet machine the two settings are within 5 %.
export GOMP_SPINCOUNT=${GOMP_SPINCOUNT-1000}
ctest --test-dir "$root/build/release" --output-on-failure \
  --parallel "$(nproc 2> /dev/null || getconf _NPROCESSORS_ONLN)" ${left_out[@]+"${left_out[@]}"} "$@"
if [ ${#left_out[@]} -gt 0 ]; then
  echo "left out: slow tests, which train for longer, sum very long rows, open the pages in a browser, or build copies of the"
  echo "project and follow docs/extend.md; scripts/test.sh --all runs them too"
fi
