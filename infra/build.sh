#!/usr/bin/env bash
# Builds every function as it is deployed, into .aws-sam/build, and checks their sizes.
# Takes minutes, and less the second time.
#
#   infra/build.sh            for arm64; once before: rustup target add aarch64-unknown-linux-gnu
#   infra/build.sh x86_64     for x86_64
set -euo pipefail
# shellcheck source=infra/tools.sh
source "$(dirname "$0")/tools.sh"

cd "$root"
sam build --parameter-overrides "Architecture=${1:-arm64}"
python3 infra/sizes.py
