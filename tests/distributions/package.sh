#!/bin/bash
# package.sh SUITE[:SCRIPT]: the Debian packages (examples/packaging) are built in a tree of that
# distribution, installed in a second one that has nothing else, used there, and purged without a trace.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

# shellcheck source-path=SCRIPTDIR source=tree.sh
. ./tree.sh
need_debootstrap
name_tree "${1:-bookworm}"
need_tree

echo "$suite: building packages"
in_tree /memtrace/examples/packaging/build.sh /root/packages
packages=$tree/root/packages

tree=$tree-user
need_tree
rm -rf "$tree/root/packages"
cp -r "$packages" "$tree/root/"
in_tree /memtrace/tests/distributions/use_package.sh
echo "$suite: built, installed, used, purged"

