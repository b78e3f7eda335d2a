"""Prints the size of each function that was built, and fails if one that has a budget is over it.

The budget is that of the cold start: Lambda loads the zip, and the bootstrap is what it then runs. It is for what merchants' systems
wait for; the other functions are reported.
"""

import io
import pathlib
import sys
import zipfile

BOOTSTRAP_BYTES_MAX = 6_000_000
ZIP_BYTES_MAX = 2_600_000
WITH_BUDGET = {"SessionFunction", "QueriesFunction", "ModificationsFunction"}


def zipped_bytes(file: pathlib.Path) -> int:
    """The size of the zip that is uploaded."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(file, file.name)
    return len(target.getvalue())


def main() -> int:
    build = pathlib.Path(__file__).parent.parent / ".aws-sam" / "build"
    bootstraps = sorted(build.glob("*/bootstrap"))
    if not bootstraps:
        print("nothing is built: run infra/build.sh", file=sys.stderr)
        return 1
    missing = WITH_BUDGET - {bootstrap.parent.name for bootstrap in bootstraps}
    for name in sorted(missing):
        print(f"{name:24} was not built: its size was not checked", file=sys.stderr)
    over_budget = len(missing)
    for bootstrap in bootstraps:
        plain, zipped = bootstrap.stat().st_size, zipped_bytes(bootstrap)
        is_small = plain <= BOOTSTRAP_BYTES_MAX and zipped <= ZIP_BYTES_MAX
        within = is_small or bootstrap.parent.name not in WITH_BUDGET
        over_budget += not within
        verdict = "" if within else "  OVER BUDGET"
        print(f"{bootstrap.parent.name:24} {plain:>10,} bytes {zipped:>10,} zipped{verdict}")
    print(f"{'budget':24} {BOOTSTRAP_BYTES_MAX:>10,} bytes {ZIP_BYTES_MAX:>10,} zipped")
    return 1 if over_budget else 0


if __name__ == "__main__":
    sys.exit(main())
