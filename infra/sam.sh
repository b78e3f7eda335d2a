#!/usr/bin/env bash
# SAM in its pinned version: `infra/sam.sh validate`, `infra/sam.sh deploy`, `infra/sam.sh logs`.
# samconfig.toml holds the options.
set -euo pipefail
# shellcheck source=infra/tools.sh
source "$(dirname "$0")/tools.sh"

cd "$root"
exec sam "$@"
