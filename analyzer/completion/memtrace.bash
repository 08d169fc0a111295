# bash completion for memtrace: commands and options as `memtrace --help` and
# `memtrace COMMAND --help` list them, traces, and for run and check the program's own completion.

_memtrace_program()
{
    # The program of run and check: the first word that is no option, for check only after "--".
    local i
    for ((i = 2; i < cword; i++)); do
        case ${words[i]} in
            --) echo $((i + 1)) && return ;;
            -o | --output | --keep | --errors) ((i++)) ;;
            -*) ;;
            *) [[ ${words[1]} == run ]] && echo "$i" && return ;;
        esac
    done
}

_memtrace()
{
    local cur prev words cword
    _init_completion -n = || return

    local command=${words[1]} program=
    if ((cword == 1)) || [[ $command == help ]]; then
        local commands
        commands=$(memtrace --help 2>/dev/null | sed -n '/^  memtrace/d; s/^  \([a-z]\{1,\}\) .*/\1/p')
        ((cword == 1)) && commands+=" help --help --version"
        mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$cur")
        return
    fi
    [[ $command == run || $command == check ]] && program=$(_memtrace_program)
    if [[ -n $program ]]; then
        _command_offset "$program"
    elif [[ $prev == -o || $prev == --output ]]; then
        if [[ $command == export || $command == pack ]]; then _filedir; else _filedir -d; fi
    elif [[ $command == export && $cur == --format=* ]]; then
        local formats
        formats=$(memtrace export --help 2>/dev/null | sed -n '/^Formats:/,/^$/s/^  \([a-z]\{1,\}\).*/\1/p')
        mapfile -t COMPREPLY < <(compgen -W "$formats" -- "${cur#*=}")
    elif [[ $cur == --*=* ]]; then
        cur=${cur#*=}
        _filedir
    elif [[ $cur == -* ]]; then
        local options
        options=$(memtrace "$command" --help 2>/dev/null | grep -oE -- '--[a-z][a-z-]*=?' | sort -u)
        mapfile -t COMPREPLY < <(compgen -W "$options --help" -- "$cur")
        [[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace
    elif [[ $command == run ]]; then
        mapfile -t COMPREPLY < <(compgen -c -- "$cur")
    elif [[ $command == snapshot || $command == top ]]; then
        _pids
    else
        _filedir
    fi
} && complete -F _memtrace memtrace
