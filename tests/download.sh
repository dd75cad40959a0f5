#!/usr/bin/env bash
# scripts/download.sh against mirrors that are folders: it skips a wrong mirror, continues what broke off, keeps what is
# right, and says what to do when nothing helps.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

if [ ! -d "${LATENT_DATA-}/mnist" ]; then echo "skipped: needs the folder mnist in LATENT_DATA" && exit 0; fi
if ! command -v curl > /dev/null; then echo "skipped: needs curl" && exit 0; fi

good=$(cd "$LATENT_DATA/mnist" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
out=$folder/out
images=train-images-idx3-ubyte.gz
mkdir "$folder/bad" "$out"
fail() { echo "FAIL: $*" && exit 1; }
download() { LATENT_MIRRORS=$1 "$root/scripts/download.sh" mnist "$out" 2>&1; }

# One mirror that lacks a file, holds a wrong one of the right size, and one that is a page instead.
cp "$good"/t10k-images-* "$folder/bad"
head -c 28881 /dev/zero > "$folder/bad/train-labels-idx1-ubyte.gz"
echo "<html>" > "$folder/bad/t10k-labels-idx1-ubyte.gz"
head -c 3000000 "$good/$images" > "$out/$images.part"

if log=$(download "file://$folder/bad"); then fail "a bad mirror was believed"; fi
[[ $log == *"by hand"*"$out/$images  from file://$folder/bad/$images"* ]] || fail "no word on what to do by hand: $log"
[ "$(wc -c < "$out/$images.part")" -eq 3000000 ] || fail "the part was lost"
cmp "$good/t10k-images-idx3-ubyte.gz" "$out/t10k-images-idx3-ubyte.gz"

log=$(download "file://$folder/bad file://$good") || fail "the good mirror did not help: $log"
[[ $log == *"$images from file://$good (continued)"* ]] || fail "the part was not continued: $log"
[[ $log == *"t10k-images-idx3-ubyte.gz is there already"* ]] || fail "the file at hand was not kept: $log"
for file in "$good"/*.gz; do cmp "$file" "$out/${file##*/}"; done
[ -z "$(find "$out" -name '*.part')" ] || fail "parts are left"

download "file://$folder/nothing" > /dev/null || fail "complete files were not enough"
mv "$out/$images" "$out/$images.part"
download "file://$folder/nothing" > /dev/null || fail "a part that is all of its file was not enough"

# Meshes that were unpacked by hand lie in a folder of the archive's name; what is there already is kept.
meshes=$folder/meshes
mkdir -p "$meshes"/{ModelNet40/{bed,sofa}/{train,test},sofa/test}
echo mine > "$meshes/sofa/test/mine.off"
mesh_download() { LATENT_MIRRORS="file://$folder/nothing" "$root/scripts/download.sh" modelnet40 "$meshes" 2>&1; }
(cd "$meshes/ModelNet40" && touch bed/{train,test}/{1..3000}.off sofa/train/{1..3000}.off sofa/test/{1..3310}.off)
if log=$(mesh_download); then fail "a mesh is missing, and was not missed"; fi
[[ $log == *"by hand"*"$meshes/ModelNet40.zip"* ]] || fail "no word on what to do by hand: $log"
touch "$meshes/ModelNet40/sofa/test/one_more.off"
log=$(mesh_download) || fail "the meshes at hand were not kept: $log"
[ -f "$meshes/sofa/test/one_more.off" ] || fail "the meshes are not where they are read"
cat "$meshes".before-*/sofa/test/mine.off > /dev/null || fail "what was there is lost"

# Archives are unpacked and their content is checked.
archive=${LATENT_DATA}/fsdd/fsdd_recordings.tar.gz
if [ -f "$archive" ]; then
  digits=$folder/digits
  mkdir "$folder/archives" "$folder/wrong"
  mkdir "$folder/repository"
  tar -xzf "$archive" -C "$folder/repository"
  tar -czf "$folder/archives/v1.0.10.tar.gz" -C "$folder" repository
  tar -czf "$folder/wrong/v1.0.10.tar.gz" -C "$folder" --transform 's,archives,recordings,' archives
  spoken() { LATENT_MIRRORS="file://$1" "$root/scripts/download.sh" spoken-digits "$digits" 2>&1; }
  mkdir -p "$digits/recordings" && echo mine > "$digits/recordings/mine"
  if log=$(spoken "$folder/wrong"); then fail "recordings without recordings were believed"; fi
  [[ $log == *"by hand"*"3000 files"* ]] || fail "no word on what to do by hand: $log"
  [ -f "$digits/recordings/mine" ] || fail "what was there is lost"
  spoken "$folder/archives" > /dev/null || fail "the archive was not unpacked"
  [ "$(find "$digits/recordings" -name '*.wav' | wc -l)" -eq 3000 ] || fail "recordings are missing"
  cat "$digits".before-*/recordings/mine > /dev/null || fail "what was there is lost"
  rm "$digits/v1.0.10.tar.gz"
  spoken "$folder/nothing" > /dev/null || fail "the recordings at hand were not kept"
fi
echo "download.sh: all well"
