#!/usr/bin/env bash
# Starts the local stack on a free port, runs a command with its address in BASE_URL, and ends the stack.
#
#   infra/with-stack.sh COMMAND...
set -euo pipefail
cd "$(dirname "$0")/.."

# With a test beside it dependencies have the features that `cargo test` gives them; without, nearly all that it
# built would be built a second time.
cargo build --quiet --locked --bin local --test stack

coproc STACK { PORT=0 LOG_LEVEL=${LOG_LEVEL:-error} exec "${CARGO_TARGET_DIR:-target}/debug/local"; }
stack=$STACK_PID

# Ends the stack: by asking, and when it does not hear within ten seconds, by force.
end() {
    kill -INT "$stack" 2>/dev/null || return 0
    for _ in $(seq 100); do
        kill -0 "$stack" 2>/dev/null || return 0
        sleep 0.1
    done
    kill -KILL "$stack" 2>/dev/null || true
}
trap end EXIT

read -r -t 60 -u "${STACK[0]}" ready BASE_URL || ready=
if [ "$ready" != ready ]; then
    echo "the local stack does not start" >&2
    exit 1
fi
export BASE_URL
"$@"
