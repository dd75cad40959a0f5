#!/usr/bin/env bash
# scripts/fuzz.sh [SECONDS [HARNESS...]]: fuzzes the readers of outside data with libFuzzer and the address and
# undefined-behaviour sanitizers: each harness of tests/fuzz for SECONDS (default: 60), JOBS harnesses at a time
# (default: one for each processor). Prints the executions of each. Fails if a reader did anything but read or throw an
# Error, or took more than 10 s or 1 GiB; the input is then in build/fuzz/findings, and build/fuzz/bin/fuzz_HARNESS FILE
# repeats it. The corpus stays in build/fuzz/corpus for the next time.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
seconds=${1:-60} build=$root/build/fuzz
shift
harnesses=("$@")
if [ $# -eq 0 ]; then
  for file in "$root"/tests/fuzz/*.cpp; do
    [ "$file" -ef "$root/tests/fuzz/harness.cpp" ] || harnesses+=("$(basename "$file" .cpp)")
  done
fi

"$root/scripts/setup.sh" clang libclang-rt-dev lld || exit 1
mkdir -p "$build/findings"
# Levels and options are those of .ci/run's build with the sanitizers, so that a compiler cache serves both.
cmake -S "$root" -B "$build" -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG="-O1 -g1" \
  -DLATENT_LEVELS="avx512;sse2;neon64" -DCMAKE_UNITY_BUILD=ON \
  -DLATENT_WERROR=ON -DLATENT_OPENMP=OFF -DLATENT_SANITIZE=ON -DLATENT_FUZZ=ON \
  -DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=lld > "$build/cmake.log" || { cat "$build/cmake.log" && exit 1; }
cmake --build "$build" --parallel "$(nproc)" --target "${harnesses[@]/#/fuzz_}" || exit 1

# fuzz HARNESS: its output goes to build/fuzz/HARNESS.log, its exit code to the log's last line
fuzz() {
  local log=$build/$1.log
  mkdir -p "$build/corpus/$1"
  "$build/bin/fuzz_$1" "$build/corpus/$1" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=4096 \
    -artifact_prefix="$build/findings/$1-" -close_fd_mask=3 -print_final_stats=1 > "$log" 2>&1
  echo "exit code: $?" >> "$log"
}

TMPDIR=$(mktemp -d -p /dev/shm) || exit 1
trap 'rm -r "$TMPDIR"' EXIT
export TMPDIR
export ASAN_OPTIONS=quarantine_size_mb=16  # MB of freed memory that are watched
for harness in "${harnesses[@]}"; do
  while [ "$(jobs -pr | wc -l)" -ge "${JOBS:-$(nproc)}" ]; do wait -n; done
  fuzz "$harness" &
done
wait

failed=0
printf '%-14s %14s %9s  %s\n' harness executions seconds finding
for harness in "${harnesses[@]}"; do
  log=$build/$harness.log
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  spent=$(sed -n 's/^Done [0-9]* runs in \([0-9]*\) second.*/\1/p' "$log")
  finding=
  if ! grep -qx 'exit code: 0' "$log"; then
    finding=$(sed -n 's/.*Test unit written to //p' "$log")
    finding="${finding:-no input} ($log)" failed=1
  fi
  printf '%-14s %14s %9s  %s\n' "$harness" "${executions:--}" "${spent:--}" "${finding:-none}"
done
exit $failed
