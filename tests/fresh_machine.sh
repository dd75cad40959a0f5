#!/usr/bin/env bash
# tests/fresh_machine.sh bookworm|trixie [--keep]: does the project work on a machine that has nothing? Makes a minimal
# Debian in a folder under TMPDIR, from the mirror that this machine's apt uses, clones the committed project into it and
# runs scripts/train.sh and scripts/test.sh there. Needs root and debootstrap. --keep leaves the folder.
# LATENT_FRESH_CACHE names a folder that keeps the bare systems for the next time.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

suite=${1-}
case "$suite" in bookworm | trixie) ;; *) echo "usage: tests/fresh_machine.sh bookworm|trixie [--keep]" >&2 && exit 2 ;; esac
keep=${2-}
say() { printf '%s\n' "$*"; }
# shellcheck source=scripts/debian.sh
. "$root/scripts/debian.sh"
"$root/scripts/setup.sh" debootstrap git

machine=$(mktemp -d "${TMPDIR:-/tmp}/latent-$suite.XXXXXX")
# shellcheck disable=SC2317  # the trap calls it
leave() {
  leave_debian "$machine"
  if [ "$keep" = --keep ]; then say "kept: $machine"; else rm -rf --one-file-system "$machine"; fi
}
trap leave EXIT

start=$SECONDS
make_debian "$suite" "$machine"
git clone --quiet "$root" "$machine/srv/latent"
say "$suite at $(git -C "$machine/srv/latent" rev-parse --short HEAD): bare system after $((SECONDS - start)) s"

failed=0
# run COMMAND: in the project's folder
run() {
  local begin=$SECONDS result=PASS
  in_debian "$machine" "cd latent && $1" > "$machine/srv/log" 2>&1 || result=FAIL failed=1
  cat "$machine/srv/log"
  say "$result $suite: $1 took $((SECONDS - begin)) s"
}
run scripts/train.sh
accuracy=$(sed -n 's/^test accuracy: \([0-9]*\).*/\1/p' "$machine/srv/log")
if [ "${accuracy:-0}" -lt 97 ]; then say "FAIL $suite: at least 97 % is needed" && failed=1; fi
run scripts/test.sh
exit $failed
