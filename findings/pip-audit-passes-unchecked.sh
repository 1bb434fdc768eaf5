#!/usr/bin/env bash
# pip-audit says "No known vulnerabilities found" and exits 0 where it could not check a single package.
#
# Versions: Python 3.11.7, pip-audit 2.10.1.
# Expected: an audit fails, or at least does not claim a result, where the service knows none of the packages: a build
#   with a local version label, such as 5.3+ours of a package whose 5.3 has known vulnerabilities, or a private package.
# Behaviour: each is reported as skipped in the JSON, and as "skipped" in a table, beside the sentence that nothing was
#   found, and the exit code is 0. --strict exits 1 at the first, without a report. So a CI job passes that checked
#   nothing, as where a mirror has no JSON API.
# Seen:
#> exit code 0: No known vulnerabilities found
#> package: pyyaml, vulnerabilities: None, skipped: Dependency not found on PyPI and could not be audited: pyyaml (5.3+ours)
#> with --strict: exit code 1
# Exit: 0 while the output is as above, else 1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pip-audit==2.10.1
echo 'pyyaml==5.3+ours' >"$folder/packages.txt"

audit() {
    "$folder/venv/bin/pip-audit" --no-deps --disable-pip --progress-spinner off --format json \
        -r "$folder/packages.txt" "$@" >"$folder/report.json" 2>"$folder/said" && code=0 || code=$?
}

{
    audit
    echo "exit code $code: $(tail -1 "$folder/said")"
    "$folder/venv/bin/python" - "$folder/report.json" <<'PYTHON'
import json
import sys

with open(sys.argv[1]) as file:
    for package in json.load(file)["dependencies"]:
        vulns, skipped = package.get("vulns"), package.get("skip_reason")
        print(f"package: {package['name']}, vulnerabilities: {vulns}, skipped: {skipped}")
PYTHON
    audit --strict
    echo "with --strict: exit code $code"
} >"$folder/seen"

sed -n 's/^#> //p' "$0" | diff -u - "$folder/seen"
echo "as stated"
