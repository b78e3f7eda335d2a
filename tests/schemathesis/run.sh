#!/usr/bin/env bash
# Compares infra/openapi.json with the service, by Schemathesis; its settings are in schemathesis.toml beside this file.
# infra/with-stack.sh tests/schemathesis/run.sh
set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=infra/tools.sh
source ../../infra/tools.sh

made=$root/target/schemathesis
mkdir -p "$made"
# The hooks are here; how a shop pays is known there.
export PYTHONPATH=$PWD:$PWD/../clients PYTHONDONTWRITEBYTECODE=1
API_KEY=$(python3 prepare.py "$made")
export API_KEY
exec timeout 1800 schemathesis --config-file schemathesis.toml run ../../infra/openapi.json \
    --url "$BASE_URL" --report junit --report-junit-path "$made/junit.xml" "$@"
