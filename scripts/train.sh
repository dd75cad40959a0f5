#!/usr/bin/env bash
# Trains a Perceiver on digits. Without arguments on digits that the program draws itself: no download. With
# `--data DIR` on MNIST (scripts/download.sh mnist). Everything that `mnist train --help` lists may follow.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

"$root/scripts/build.sh" mnist
# Threads that wait sleep instead of spinning: on a busy machine spinning costs many times what it saves.
export OMP_WAIT_POLICY=${OMP_WAIT_POLICY-passive}
exec "$root/build/release/bin/mnist" train "$@"
