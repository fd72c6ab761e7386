#!/usr/bin/env bash
# Builds a Kubernetes API server, its database etcd, and kubectl from Go modules into the folder that is given, with the
# CRDs of KEDA and of the Prometheus operator (once; some ten minutes). k8s.io/kubernetes replaces its own parts by folders,
# which `go install` refuses: so a module of our own requires the published versions of these parts.
set -euo pipefail
version=1.34.4
keda=2.18.0
prometheus_operator=0.95.2
controller_tools=0.19.0
bin="${1:?the folder for the programs}"
export CGO_ENABLED=0

folder_of() { go mod download -json "$1" | sed -n 's/.*"Dir": "\(.*\)",*/\1/p'; }

crds() {
  mkdir -p "$bin/crds"
  cp "$(folder_of "github.com/kedacore/keda/v2@v$keda")"/config/crd/bases/keda.sh_{scaledobjects,triggerauthentications}.yaml "$bin/crds"
  # Made from the operator's Go types, by the tool with which the operator makes them.
  GOBIN="$bin" go install "sigs.k8s.io/controller-tools/cmd/controller-gen@v$controller_tools"
  local types generated
  types=$(folder_of "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring@v$prometheus_operator")
  generated=$(mktemp -d)
  (cd "$types" && "$bin/controller-gen" crd:crdVersions=v1 paths=./v1 "output:crd:artifacts:config=$generated")
  mv "$generated"/monitoring.coreos.com_{prometheusrules,servicemonitors}.yaml "$bin/crds"
  rm -r "$generated"
}

programs() {
  local module="$bin/module" source parts="v0.${version#1.}"
  mkdir -p "$module"
  source=$(folder_of "k8s.io/kubernetes@v$version")
  sed -E "s|^module .*|module api-server|; s|^(\s*)(k8s.io/\S+) => ./staging/src/.*|\1\2 => \2 $parts|" \
    "$source/go.mod" >"$module/go.mod"
  cp "$source/go.sum" "$module/go.sum"
  cd "$module"
  export GOFLAGS=-mod=mod
  go mod edit -require "k8s.io/kubernetes@v$version"
  build() { go build -trimpath -ldflags "-s -w -X k8s.io/component-base/version.gitVersion=v$version" -o "$bin/$1" "$2"; }
  build etcd go.etcd.io/etcd/server/v3
  build kubectl k8s.io/kubernetes/cmd/kubectl
  build kube-apiserver k8s.io/kubernetes/cmd/kube-apiserver
}

once() { # what, and its versions
  local stamp="$bin/$1-$2"
  if [ ! -e "$stamp" ]; then
    "$1"
    touch "$stamp"
  fi
}

mkdir -p "$bin"
once crds "$keda-$prometheus_operator"
once programs "$version"
