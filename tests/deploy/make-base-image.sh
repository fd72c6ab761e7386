#!/usr/bin/env bash
# Makes a stand-in for the base image of docker/Dockerfile, where no registry has it: Debian's packages and the Node.js and
# npm of this machine. Pushes it to the name that is given. Needs root, buildah and debootstrap.
set -euo pipefail
cd "$(dirname "$0")/../.."
target="${1:?the name of the image, with a registry}"
version=$(node_modules/.bin/node --version)
made="localhost/node-stand-in:${version#v}"

make() {
  local root container
  root=$(mktemp -d)
  debootstrap --variant=minbase bookworm "$root"
  cp node_modules/node/bin/node "$root/usr/local/bin/"
  mkdir -p "$root/usr/local/lib/node_modules" "$root/usr/local/etc" "$root/etc/ssl/certs"
  cp -rL "$(npm root --global)/npm" "$root/usr/local/lib/node_modules/"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
  # For a proxy with a certificate of its own in front of the registry of npm.
  cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
  echo 'cafile=/etc/ssl/certs/ca-certificates.crt' >"$root/usr/local/etc/npmrc"
  rm -rf "$root/var/cache/apt" "$root/var/lib/apt/lists"
  container=$(buildah from scratch)
  buildah add --quiet "$container" "$root" /
  buildah config --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin --cmd node "$container"
  buildah commit --quiet --rm "$container" "$made"
  rm -rf "$root"
}

buildah inspect --type image "$made" >/dev/null 2>&1 || make
buildah push --quiet "$made" "$target"
