#!/bin/bash
# forks.sh: 2,500 forks: command substitutions, subshells, pipes, programs, background jobs, traps.
sum=0
for i in {1..1000}; do
    sum=$((sum + $(echo "$i")))
done
echo "sum $sum"
for i in {1..400}; do
    (exit $((i % 3))) || ((failed++))
done
echo "failed $failed"
for i in {1..150}; do
    echo "$i" | { read -r number; [ "$number" = "$i" ]; } && ((piped++))
done
echo "piped $piped"
for i in {1..300}; do /bin/true && ((ran++)); done
echo "ran $ran"
for i in {1..100}; do
    (trap 'exit 7' TERM; kill -TERM "$BASHPID"; exit 1) &
    wait $!
    [ $? = 7 ] && ((trapped++))
done
echo "trapped $trapped"
seq 1 200 | xargs -P 4 -n 1 echo | sort -n | md5sum
(exec 2>&-; exec >&2) 2>/dev/null
cat <(echo one) <(echo two)
