# vim: edits a file of 20,000 lines, undoes, highlights, writes it as a page
# version: vim --version
# needs: vim
# outputs: text text.html
# shellcheck shell=sh disable=SC2016,SC1091
prepare() {
    seq 1 20000 | sed 's/.*/int name_&(int x) { return x * &; } \/\* line & \*\//' >text
    cat >work.vim <<'END'
syntax on
set filetype=c
%s/name_\(\d*\)5\>/other_\1/g
g/other_/normal A // changed
v/name_\|other_/d
3000,$d
undo
redo
let words = {}
for line in getline(1, '$')
    for word in split(line, '\W\+')
        let words[word] = get(words, word, 0) + 1
    endfor
endfor
call append(0, string(len(words)))
write
500,$d
runtime syntax/2html.vim
write! text.html
qall!
END
}
work() {
    traced vim -es -N -u NONE -i NONE -c 'set nocompatible' -S work.vim text
}
