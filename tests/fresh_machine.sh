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
if [ "$(id -u)" -ne 0 ]; then say "chroot needs root" && exit 1; fi
"$root/scripts/setup.sh" debootstrap git

machine=$(mktemp -d "${TMPDIR:-/tmp}/latent-$suite.XXXXXX")
# shellcheck disable=SC2317  # the trap calls it
leave() {
  for mount in dev/pts proc; do
    if mountpoint -q "$machine/$mount"; then umount "$machine/$mount" || umount -l "$machine/$mount"; fi
  done
  if [ "$keep" = --keep ]; then say "kept: $machine"; else rm -rf --one-file-system "$machine"; fi
}
trap leave EXIT
chmod 755 "$machine"  # apt inside works as a user of its own

# The mirror of this machine's own release, and the way to it.
release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
# shellcheck disable=SC2016  # apt fills these in
mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Identifier: Packages' |
  awk -v release="$release" '$2 == release && $3 == "main" && !found++ { print $1 }')
if [ -z "$mirror" ]; then say "apt's sources name no mirror for $release" && exit 1; fi
eval "$(apt-config shell proxy Acquire::http::Proxy secure_proxy Acquire::https::Proxy)"
export http_proxy=${http_proxy:-${proxy:-}} https_proxy=${https_proxy:-${secure_proxy:-}}

start=$SECONDS
cached=${LATENT_FRESH_CACHE:+$LATENT_FRESH_CACHE/$suite.tar}
if [ -n "$cached" ] && [ -f "$cached" ]; then
  tar -xf "$cached" -C "$machine" --numeric-owner
else
  debootstrap --variant=minbase "$suite" "$machine" "$mirror" > "$machine.log" 2>&1 ||
    { tail -n 20 "$machine.log" && exit 1; }
  rm -f "$machine.log"
  if [ -n "$cached" ]; then
    mkdir -p "$LATENT_FRESH_CACHE"
    tar -cf "$cached.part" -C "$machine" --numeric-owner . && mv "$cached.part" "$cached"
  fi
fi

# apt inside reaches the mirror as apt does here: proxy, certificates, passwords.
cp -L /etc/resolv.conf /etc/hosts "$machine/etc/"
apt-config dump | grep -E '^Acquire::(https?|Retries|ForceIPv|Check-)' > "$machine/etc/apt/apt.conf.d/90host" || true
cp -a /etc/apt/auth.conf* "$machine/etc/apt/" 2> /dev/null || true
for certificates in etc/ssl/certs usr/local/share/ca-certificates; do
  if [ -d "/$certificates" ]; then
    mkdir -p "$machine/$certificates"
    cp -rL "/$certificates/." "$machine/$certificates/" 2> /dev/null || true
  fi
done
mount -t proc proc "$machine/proc"
mount -t devpts devpts "$machine/dev/pts" 2> /dev/null || true  # only for nicer apt logs

git clone --quiet "$root" "$machine/srv/latent"
say "$suite at $(git -C "$machine/srv/latent" rev-parse --short HEAD): bare system after $((SECONDS - start)) s"

failed=0
# run COMMAND: inside, with nothing of this machine's environment but the way out
run() {
  local begin=$SECONDS result=PASS
  chroot "$machine" env -i HOME=/root LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    ${http_proxy:+"http_proxy=$http_proxy"} ${https_proxy:+"https_proxy=$https_proxy"} \
    sh -c "cd /srv/latent && $1" < /dev/null > "$machine/srv/log" 2>&1 || result=FAIL failed=1
  cat "$machine/srv/log"
  say "$result $suite: $1 took $((SECONDS - begin)) s"
}
run scripts/train.sh
accuracy=$(sed -n 's/^test accuracy: \([0-9]*\).*/\1/p' "$machine/srv/log")
if [ "${accuracy:-0}" -lt 97 ]; then say "FAIL $suite: at least 97 % is needed" && failed=1; fi
run scripts/test.sh
exit $failed
