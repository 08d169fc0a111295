# Chromium: headless with its sandbox and zygotes: loads a page, runs its script, prints its DOM
# version: chromium --version
# needs: chromium
# as: nobody
# blur: <p id="said">.*</p>
# shellcheck shell=sh disable=SC2016,SC1091
work() {
    cp "$SOURCES/page.html" .
    traced chromium --headless=new --disable-gpu --no-first-run --disable-background-networking \
        --disable-component-update --user-data-dir="$PWD/profile" --virtual-time-budget=3000 \
        --dump-dom "file://$PWD/page.html" 2>log
}
