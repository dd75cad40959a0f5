#!/usr/bin/env bash
# Trains a Perceiver on digits: without arguments on digits that the program draws, without a download;
# with `--data DIR` on MNIST (scripts/download.sh mnist). Takes the options of `mnist train`.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

"$root/scripts/build.sh" mnist
exec "$root/build/release/bin/mnist" train "$@"
