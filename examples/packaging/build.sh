#!/bin/bash
# build.sh [FOLDER]: makes Debian packages of this source tree in FOLDER (build-packages/ by default):
# puts debian/ into place in a copy of the tree, builds them there, and has lintian look at them. Ends
# with a status other than 0 where lintian has an error or a warning.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
folder=$(realpath -m "${1:-build-packages}")

# shellcheck source-path=SCRIPTDIR source=../packages.sh
. examples/packages.sh
need_build_packages
need_packages build-essential debhelper lintian pkgconf

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/memtrace"
tar -c --exclude=./.git --exclude='./build*' --exclude=__pycache__ . | tar -x -C "$work/memtrace"
cp -r examples/packaging/debian "$work/memtrace/"

(cd "$work/memtrace" && dpkg-buildpackage --unsigned-source --unsigned-changes) >"$work/log" 2>&1 || {
    cat "$work/log"
    exit 1
}
mkdir -p "$folder"
mv "$work"/*memtrace*_* "$folder"
ls "$folder"
lintian --tag-display-limit=0 --fail-on=error,warning "$folder"/memtrace_*.changes
