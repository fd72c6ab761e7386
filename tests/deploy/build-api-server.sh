#!/usr/bin/env bash
# Builds a Kubernetes API server, its database etcd, and kubectl from Go modules into the folder that is given, with the
# CRDs of KEDA (once; some ten minutes). k8s.io/kubernetes replaces its own parts by folders, which `go install` refuses: so
# a module of our own requires the published versions of these parts.
set -euo pipefail
version=1.34.4
keda=2.18.0
bin="${1:?the folder for the programs}"
[ ! -e "$bin/complete" ] || exit 0

module="$bin/module"
mkdir -p "$module" "$bin/crds"
folder_of() { go mod download -json "$1" | sed -n 's/.*"Dir": "\(.*\)",*/\1/p'; }
source=$(folder_of "k8s.io/kubernetes@v$version")
parts="v0.${version#1.}"
sed -E "s|^module .*|module api-server|; s|^(\s*)(k8s.io/\S+) => ./staging/src/.*|\1\2 => \2 $parts|" \
  "$source/go.mod" >"$module/go.mod"
cp "$source/go.sum" "$module/go.sum"
cp "$(folder_of "github.com/kedacore/keda/v2@v$keda")"/config/crd/bases/keda.sh_{scaledobjects,triggerauthentications}.yaml "$bin/crds"

cd "$module"
export GOFLAGS=-mod=mod CGO_ENABLED=0
go mod edit -require "k8s.io/kubernetes@v$version"
build() { go build -trimpath -ldflags "-s -w -X k8s.io/component-base/version.gitVersion=v$version" -o "$bin/$1" "$2"; }
build etcd go.etcd.io/etcd/server/v3
build kubectl k8s.io/kubernetes/cmd/kubectl
build kube-apiserver k8s.io/kubernetes/cmd/kube-apiserver
touch "$bin/complete"
