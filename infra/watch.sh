#!/usr/bin/env bash
# Serves the functions on http://127.0.0.1:9001, each in processes of its own that are built again
# when code changes. Needs the local stack beside it: `cargo run -- --for-watch`.
set -euo pipefail
# shellcheck source=infra/tools.sh
source "$(dirname "$0")/tools.sh"

cd "$root"
# Several instances of each function, because a single one would hide every race.
exec cargo lambda watch --env-file infra/watch.env --invoke-address 127.0.0.1 --invoke-port 9001 \
    --concurrency 4 --disable-cors "$@"
