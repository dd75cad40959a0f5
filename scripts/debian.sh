# shellcheck shell=bash
# Bare Debian systems in folders, for scripts/bench.sh and tests/fresh_machine.sh.  Sourced; needs root and debootstrap, and
# the mirror that this machine's apt uses.  LATENT_FRESH_CACHE names a folder that keeps the bare systems for the next time.

# make_debian bookworm|trixie FOLDER
make_debian() {
  local suite=$1 folder=$2 release mirror cached certificates
  if [ "$(id -u)" -ne 0 ]; then echo "chroot needs root" >&2 && return 1; fi
  mkdir -p "$folder" && chmod 755 "$folder"  # apt inside works as a user of its own

  # The mirror of this machine's own release.
  release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
  # shellcheck disable=SC2016  # apt fills these in
  mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Identifier: Packages' |
    awk -v release="$release" '$2 == release && $3 == "main" && !found++ { print $1 }')
  if [ -z "$mirror" ]; then echo "apt's sources name no mirror for $release" >&2 && return 1; fi
  find_proxy

  cached=${LATENT_FRESH_CACHE:+$LATENT_FRESH_CACHE/$suite.tar}
  if [ -n "$cached" ] && [ -f "$cached" ]; then
    tar -xf "$cached" -C "$folder" --numeric-owner
  else
    debootstrap --variant=minbase "$suite" "$folder" "$mirror" > "$folder.log" 2>&1 ||
      { tail -n 20 "$folder.log" >&2 && return 1; }
    rm -f "$folder.log"
    if [ -n "$cached" ]; then
      mkdir -p "$LATENT_FRESH_CACHE"
      tar -cf "$cached.part" -C "$folder" --numeric-owner . && mv "$cached.part" "$cached"
    fi
  fi

  # apt inside reaches the mirror as apt does here: proxy, certificates, passwords.
  cp -L /etc/resolv.conf /etc/hosts "$folder/etc/"
  apt-config dump | grep -E '^Acquire::(https?|Retries|ForceIPv|Check-)' > "$folder/etc/apt/apt.conf.d/90host" || true
  cp -a /etc/apt/auth.conf* "$folder/etc/apt/" 2> /dev/null || true
  for certificates in etc/ssl/certs usr/local/share/ca-certificates; do
    if [ -d "/$certificates" ]; then
      mkdir -p "$folder/$certificates"
      cp -rL "/$certificates/." "$folder/$certificates/" 2> /dev/null || true
    fi
  done
}

find_proxy() {
  eval "$(apt-config shell proxy Acquire::http::Proxy secure_proxy Acquire::https::Proxy)"
  http_proxy=${http_proxy:-${proxy:-}} https_proxy=${https_proxy:-${secure_proxy:-}}
}

# in_debian FOLDER COMMAND: in its folder /srv, with nothing of this machine's environment but the way out
in_debian() {
  local folder=$1
  mountpoint -q "$folder/proc" || mount -t proc proc "$folder/proc"
  mountpoint -q "$folder/dev/pts" || mount -t devpts devpts "$folder/dev/pts" 2> /dev/null || true  # for nicer apt logs
  find_proxy
  chroot "$folder" env -i HOME=/root LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    ${http_proxy:+"http_proxy=$http_proxy"} ${https_proxy:+"https_proxy=$https_proxy"} \
    sh -c "cd /srv && $2" < /dev/null
}

# leave_debian FOLDER: nothing of it stays mounted
leave_debian() {
  local mount
  for mount in dev/pts proc; do
    if mountpoint -q "$1/$mount"; then umount "$1/$mount" || umount -l "$1/$mount"; fi
  done
}
