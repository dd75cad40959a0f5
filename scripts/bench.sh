#!/usr/bin/env bash
# Times matrix products, single ops and whole training steps beside OpenBLAS and PyTorch, in turn, and writes
# docs/performance.md and docs/performance.json. Installs the peers (for this comparison only).
# ROUNDS (default 5) and THREADS (default: all) may be set. NEWER_TORCH names a folder for a Debian 13 (as root; made if it is
# missing), whose PyTorch is timed as well.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
rounds=${ROUNDS:-5} threads=${THREADS:-$(nproc)}

"$root/scripts/build.sh" bench_matmul bench_ops bench_step
"$root/scripts/setup.sh" python3-torch libopenblas0-openmp
# Debian's PyTorch takes the OpenBLAS that the alternatives name; the pthread variant is several times slower here.
openblas=$(echo /usr/lib/*/openblas-openmp)
export LD_LIBRARY_PATH=$openblas${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
# OpenBLAS treats a CPU that is newer than itself as a Haswell, with AVX2 only. The peers should run at their best.
if grep -q avx512vl /proc/cpuinfo; then export OPENBLAS_CORETYPE=SkylakeX; fi

# glibc returns the memory that PyTorch frees to the system, and the next op has to get new pages: on one virtual
# machine adding two arrays of 64 MiB took 136 ms, but 2.5 ms if glibc keeps the memory, as latent's pool does. These
# settings make glibc keep it.
kept_memory="MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=$((1 << 40)) MALLOC_TOP_PAD_=$((64 << 20))"
if [ -n "${NEWER_TORCH-}" ]; then
  # shellcheck source=scripts/debian.sh
  . "$root/scripts/debian.sh"
  "$root/scripts/setup.sh" debootstrap
  [ -d "$NEWER_TORCH/srv" ] || make_debian trixie "$NEWER_TORCH"
  trap 'leave_debian "$NEWER_TORCH"' EXIT
  in_debian "$NEWER_TORCH" "apt-get update && apt-get install -y --no-install-recommends python3-torch libopenblas0-openmp" >&2
  cp -r "$root/bench" "$root/tests" "$NEWER_TORCH/srv/"
fi
# torch PROGRAM ARGUMENT...: a program of bench/ with each PyTorch
torch() {
  # shellcheck disable=SC2086  # a variable each
  env $kept_memory /usr/bin/python3 "$root/bench/$1" "${@:2}"
  [ -z "${NEWER_TORCH-}" ] ||
    in_debian "$NEWER_TORCH" "$kept_memory OPENBLAS_CORETYPE=${OPENBLAS_CORETYPE-} LD_LIBRARY_PATH=$openblas python3 bench/$*"
}

counts=1
if [ "$threads" -gt 1 ]; then counts="1 $threads"; fi
bin=$root/build/release/bin
results=$root/build/bench.jsonl
for ((round = 0; round < rounds; ++round)); do
  for count in $counts; do "$bin/bench_matmul" --threads "$count" --rounds 5 --json; done
  "$bin/bench_ops" --threads "$threads" --rounds 5
  for count in $counts; do torch torch_ops.py --threads "$count" --rounds 5; done
  for config in mnist mnist-s mnist-m modelnet-s nanogpt; do
    [ "$threads" -eq 1 ] || "$bin/bench_step" "$config" --configs "$root/bench/configs.json" --threads 1 --json
    "$bin/bench_step" "$config" --configs "$root/bench/configs.json" --threads "$threads" --busy "$(nproc)" --json --profile
    for form in plain fused absorbed; do
      if [ "$config $form" = "nanogpt absorbed" ]; then continue; fi
      for count in $counts; do
        torch torch_step.py "$config" --form "$form" --threads "$count" --busy "$(nproc)"
      done
    done
  done
done | tee "$results" >&2
/usr/bin/python3 "$root/bench/report.py" "$results"
