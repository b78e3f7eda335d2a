# shellcheck shell=bash
# Read by the other scripts with `source`: puts the tools of infra/tools.txt on the PATH. They live
# in .venv, inside the checkout; deleting that folder uninstalls them.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
venv=$root/.venv

# The list is copied last, so that an installation that was interrupted is done again.
install_tools() {
    echo "installing the tools of infra/tools.txt into .venv" >&2
    python3 -m venv --clear "$venv" &&
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps \
            --requirement "$root/infra/tools.txt" &&
        cp "$root/infra/tools.txt" "$venv/tools.txt"
}

cmp --silent "$root/infra/tools.txt" "$venv/tools.txt" || install_tools || return

export PATH=$venv/bin:$PATH
# Left alone, SAM keeps its settings in the home folder and reports its use.
export SAM_CLI_TELEMETRY=0 __SAM_CLI_APP_DIR=$venv/sam
