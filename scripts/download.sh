#!/usr/bin/env bash
# scripts/download.sh mnist|shakespeare [DIR]: fetches a data set into DIR (default: data/ and its name, in the project)
# and checks it. What is there and right is kept, what broke off is continued. LATENT_MIRRORS (addresses, separated by
# blanks) replaces the mirrors.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

set=${1-}
folder=${2:-$root/data/$set}
case $set in
  mnist)
    mirrors="
      https://ossci-datasets.s3.amazonaws.com/mnist
      https://storage.googleapis.com/cvdf-datasets/mnist
      https://github.com/fgnt/mnist/raw/master"
    files="
      train-images-idx3-ubyte.gz 440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609 9912422
      train-labels-idx1-ubyte.gz 3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c 28881
      t10k-images-idx3-ubyte.gz 8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6 1648877
      t10k-labels-idx1-ubyte.gz f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6 4542"
    next="scripts/train.sh --data $folder"
    ;;
  shakespeare)
    mirrors="
      https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare
      https://github.com/karpathy/char-rnn/raw/master/data/tinyshakespeare"
    files="
      input.txt 86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed 1115394"
    next="build/release/bin/shakespeare train --data $folder"
    ;;
  *) set= ;;
esac
if [ -z "$set" ] || [ $# -gt 2 ]; then
  echo "usage: scripts/download.sh mnist|shakespeare [DIR]" >&2
  exit 2
fi
mirrors=${LATENT_MIRRORS:-$mirrors}

say() { printf '%s\n' "$*" >&2; }

# is_right FILE SHA256
is_right() {
  [ -f "$1" ] && [ "$({ sha256sum "$1" 2> /dev/null || shasum -a 256 "$1"; } | cut -d ' ' -f 1)" = "$2" ]
}

# get URL FILE: continues FILE where it ends
get() {
  if command -v curl > /dev/null; then
    curl --fail --location --silent --show-error --connect-timeout 20 --speed-limit 1000 --speed-time 30 \
      --continue-at - --output "$2" "$1"
  else
    wget --no-verbose --timeout 30 --tries 2 --continue --output-document "$2" "$1"
  fi
}

# fetch FILE SHA256 BYTES: from the first mirror that has it right. What broke off stays in FILE.part for the next one.
fetch() {
  local part="$folder/$1.part" mirror start
  for mirror in $mirrors; do
    for start in continued fresh; do
      if [ -f "$part" ] && [ "$(wc -c < "$part")" -ge "$3" ]; then rm -f "$part"; fi
      if [ "$start" = continued ] && [ ! -s "$part" ]; then continue; fi
      if [ "$start" = fresh ] && [ -s "$part" ]; then continue; fi
      say "$1 from $mirror ($start)"
      local code=0
      get "$mirror/$1" "$part" || code=$?
      if is_right "$part" "$2"; then
        mv -f "$part" "$folder/$1"
        return 0
      fi
      if [ $code -eq 0 ]; then say "$1: what came does not have the right SHA-256"; fi
      # 33: curl met a server that cannot continue
      if [ $code -eq 0 ] || [ $code -eq 33 ]; then rm -f "$part"; fi
    done
  done
  return 1
}

if ! command -v curl > /dev/null && ! command -v wget > /dev/null; then
  "$root/scripts/setup.sh" curl ca-certificates
fi
mkdir -p "$folder"
failed=
while read -r name sum bytes; do
  [ -n "$name" ] || continue
  if is_right "$folder/$name" "$sum"; then
    say "$name is there"
  elif ! fetch "$name" "$sum" "$bytes"; then
    failed="$failed$sum  $folder/$name
"
  fi
done <<< "$files"

if [ -n "$failed" ]; then
  say "No mirror could be reached or had the right file. Please put these by hand (SHA-256, then where):"
  printf '%s' "$failed" >&2
  say "and run this script again to check them."
  exit 1
fi
say "$set is in $folder. Next: $next"
