# What `make demo` runs: plan, apply, look at the files, plan again. No account, no network, no money; safe to repeat.
set -eu
cd "$(dirname "$0")/../.."

say() { printf '\n\033[1m$ %s\033[0m\n' "$*"; }
if [ ! -t 1 ] || [ -n "${NO_COLOR:-}" ]; then say() { printf '\n$ %s\n' "$*"; }; fi

say reconciler plan --sandbox manifests/quickstart
reconciler plan --sandbox manifests/quickstart 2>/dev/null
say reconciler apply --sandbox --yes manifests/quickstart
reconciler apply --sandbox --yes manifests/quickstart | sed -n '/^Apply/p;/^No changes/p'
say "python manifests/quickstart/look.py    # what is there"
python manifests/quickstart/look.py manifests/quickstart/sandbox-outputs
say reconciler plan --sandbox manifests/quickstart
reconciler plan --sandbox manifests/quickstart 2>/dev/null
