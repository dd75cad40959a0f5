#!/usr/bin/env bash
# Builds everything and runs the tests, except the ones that build copies of the project. With --all these run as well,
# and a browser, PyTorch and ONNX's test data are installed first; without them some tests are skipped. Other arguments
# go to ctest, which then chooses the tests by them alone: scripts/test.sh -R softmax, scripts/test.sh -LE slow.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

left_out=()
if [ $# -eq 0 ]; then left_out=(-LE copies); fi
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
  echo "left out: house/extend and house/consumer, which build copies of the project; scripts/test.sh --all runs them too"
fi
