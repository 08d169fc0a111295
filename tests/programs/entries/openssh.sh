# OpenSSH: sshd with a privilege-separated, sandboxed child; ssh, scp, sftp, ssh-agent, forwarding
# version: ssh -V
# needs: sshd ssh ssh-keygen scp sftp
# remark: ssh loses what its main() held, as Valgrind says
# shellcheck shell=sh disable=SC2016,SC1091
prepare() {
    [ "$(id -u)" = 0 ] || { echo "sshd takes logins of others only as root"; exit 77; }
    mkdir -p /run/sshd
    ssh-keygen -q -t ed25519 -N '' -f host
    ssh-keygen -q -t ed25519 -N '' -f user
    cp user.pub authorized
    python3 -c "import sys; sys.path.insert(0, '$TESTS/programs')
import servers; print(servers.free_port())" >port
    cat >server <<END
Port $(cat port)
ListenAddress 127.0.0.1
HostKey $PWD/host
AuthorizedKeysFile $PWD/authorized
PermitRootLogin yes
StrictModes no
UsePAM no
PidFile $PWD/pid
Subsystem sftp internal-sftp
END
    cat >client <<END
Host server
    HostName 127.0.0.1
    Port $(cat port)
    User $(id -un)
    IdentityFile $PWD/user
    StrictHostKeyChecking no
    UserKnownHostsFile /dev/null
    LogLevel ERROR
END
    seq 1 300000 >numbers
}
work() {
    traced "$(command -v sshd)" -D -f "$PWD/server" -E "$PWD/log" &
    server=$!
    until [ -s pid ]; do sleep 0.05; done
    traced ssh -F client server 'echo hello; exit 3'
    echo "status $?"
    traced ssh -F client server 'wc -c; echo to stderr >&2' <numbers
    traced scp -q -F client numbers "server:$PWD/copy" && cmp numbers copy
    printf 'get numbers again\nls -1 numbers\n' | traced sftp -q -b - -F client "server:$PWD" >listed
    tail -1 listed
    cmp numbers again
    eval "$(traced ssh-agent -s)" >/dev/null
    traced ssh-add -q user && ssh-add -l | cut -d ' ' -f 1,4
    traced ssh -F client -o IdentityFile=none -A server 'ssh-add -l | wc -l'
    kill "$SSH_AGENT_PID"
    kill "$server"
    wait "$server"
    echo "server's status $?"
}
