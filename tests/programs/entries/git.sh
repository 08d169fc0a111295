# git: clone, log -p, blame, grep, diff, gc and fsck of 2,000 commits
# version: git --version
# needs: git
# shellcheck shell=sh disable=SC2016,SC1091
prepare() {
    PYTHONPATH=$TESTS/bench python3 -c 'import inputs, pathlib, random
inputs.write_repository(pathlib.Path("repository"), random.Random(4))'
}
work() {
    export GIT_CONFIG_NOSYSTEM=1 GIT_PAGER=cat TZ=UTC
    traced git clone -q repository clone
    cd clone || return
    traced git log -p --stat -500 | md5sum
    traced git log --format='%h %s' --graph -- part1
    traced git blame "$(git ls-files | head -1)" | md5sum
    traced git grep -c river | md5sum
    traced git diff --stat HEAD~300
    traced git -c pack.threads=1 gc -q
    traced git fsck --no-progress
}
