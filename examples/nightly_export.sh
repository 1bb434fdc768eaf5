#!/bin/sh
# Writes the open negative feedback to a CSV file whose name has its time. From cron, with PATH naming the python of the dashboard:
#   15 2 * * *  LOOP_API_KEY=… LOOP_DATA_DIR=/var/lib/loop /path/to/examples/nightly_export.sh /srv/exports
# The file appears whole or not at all, its cells cannot run as formulas, and people are masked. Without a key it fails with 2.
set -eu
folder=$1
mkdir -p "$folder"
exec python -m loop_client export --status open --sentiment negative --share-safe --format csv --output "$folder"
