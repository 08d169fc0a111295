# tmux: a server, two windows split in panes, shells that write 20,000 lines, a copy of the screen
# version: tmux -V
# needs: tmux
# shellcheck shell=sh disable=SC2016,SC1091
screen() {
    traced tmux -L memtrace -f /dev/null "$@"
}
work() {
    export TMUX_TMPDIR="$PWD"
    screen new-session -d -x 80 -y 24 'PS1="$ " sh'
    screen split-window -h 'PS1="$ " sh'
    screen new-window 'PS1="$ " sh'
    screen send-keys -t 0.0 'seq 1 20000; tmux -L memtrace wait-for -S done' Enter
    screen wait-for "done"
    screen send-keys -t 1 'echo $((6 * 7)); tmux -L memtrace wait-for -S more' Enter
    screen wait-for more
    sleep 0.5
    screen capture-pane -p -S -100 -t 0.0 | grep -v '^\$'
    screen capture-pane -p -t 1
    screen list-windows -F '#{window_index} #{window_panes} #{window_width}'
    screen kill-server
}
