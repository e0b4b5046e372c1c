# What the tests of grafana/ need beside the others, sourced by test after lib.sh: the library that makes the dashboards, and,
# where a folder `shared/tools` lies beside the project, a linter and a renderer. Nothing here fails: a test whose tool is
# missing is skipped and says so.

PT_SHARED_TOOLS=$PT_ROOT/../shared/tools
PT_NODE_MAJOR_MIN=20
PT_NPM_SECONDS_MAX=600

# unpack_library NAME: the wheel of PyPI with the SHA256 of packages.txt, all of it below PT_TOOLS/python.
unpack_library() {
  local name=$1 version sha256 folder wheel stamp
  read -r version sha256 <<<"$(list_packages python | awk -v name="$name" '$1 == name { $1 = ""; print }')"
  make_build_folder
  folder=$PT_TOOLS/wheels/$name
  stamp=$PT_TOOLS/python/.$name
  if [[ -r $stamp && $(<"$stamp") == "$sha256" ]]; then return 0; fi
  say "unpacking $name $version from PyPI below $PT_TOOLS (not installed)"
  as_owner rm -rf "$folder" "$PT_TOOLS/python"
  as_owner mkdir -p "$folder" "$PT_TOOLS/python"
  if wheel=$(download_wheel "$name" "$version" "$sha256" "$folder") &&
    as_owner python3 -m zipfile -e "$wheel" "$PT_TOOLS/python" 2>>"$PT_LOGS/pip.log"; then
    as_owner tee "$stamp" >/dev/null <<<"$sha256"
  else
    tail -n 2 "$PT_LOGS/pip.log" >&2
    say "warning: could not get $name $version (log: $PT_LOGS/pip.log); the tests that make dashboards are skipped"
    as_owner rm -rf "$PT_TOOLS/python"
  fi
  as_owner rm -rf "$folder"
}

has_node() {
  local major
  major=$(node --version 2>/dev/null | sed -nE 's/^v([0-9]+)\..*/\1/p')
  [[ -n $major ]] && ((major >= PT_NODE_MAJOR_MIN)) && command -v npm >/dev/null
}

# install_npm_tool NAME: the folder NAME of the shared tools becomes PT_TOOLS/npm/NAME with its packages, whole or not at all.
install_npm_tool() {
  local name=$1 source=$PT_SHARED_TOOLS/$1 folder=$PT_TOOLS/npm/$1 log=$PT_LOGS/npm-$1.log state
  if [[ ! -d $source ]]; then return 0; fi
  state=$(cd "$source" && find . -name node_modules -prune -o -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum)
  if [[ -r $folder/.state && $(<"$folder/.state") == "$state" ]]; then return 0; fi
  say "installing the packages of $name below $folder (log: $log)"
  as_owner rm -rf "$folder" "$folder.new"
  as_owner mkdir -p "$folder.new"
  if tar -C "$source" --exclude=node_modules --mode=u+w -c . | as_owner tar -C "$folder.new" --no-same-owner -x &&
    (cd "$folder.new" && as_owner timeout --foreground "$PT_NPM_SECONDS_MAX" \
      npm ci --ignore-scripts --legacy-peer-deps --no-audit --no-fund </dev/null >"$log" 2>&1); then
    as_owner tee "$folder.new/.state" >/dev/null <<<"$state"
    as_owner mv "$folder.new" "$folder"
  else
    tail -n 3 "$log" >&2 || true
    say "warning: npm could not install the packages of $name (log: $log); its tests are skipped"
    as_owner rm -rf "$folder.new"
  fi
}

# install_browser: in the foreground, since sudo may ask for a password.
install_browser() {
  if [[ ! -d $PT_SHARED_TOOLS ]] || ! has_node || command -v chromium >/dev/null; then return 0; fi
  (install_packages render) || say "warning: no chromium here; the dashboards are not drawn"
}

# start_npm_tools: beside what follows, since it mostly waits for the network; in a process group of its own, which ends with
# the script however that ends.
start_npm_tools() {
  if [[ ! -d $PT_SHARED_TOOLS ]]; then return 0; fi
  if ! has_node; then
    say "warning: no node $PT_NODE_MAJOR_MIN or newer with npm here; the dashboards are neither linted nor drawn"
    return 0
  fi
  set -m
  install_npm_tools &
  PT_NPM_JOB=$!
  set +m
  trap 'kill -- "-$PT_NPM_JOB" 2>/dev/null || true' EXIT
}

install_npm_tools() {
  # Another script may be at it.
  exec 8<"$PT_TOOLS"
  flock 8
  install_npm_tool dashboard-lint
  install_npm_tool grafana-render
}

wait_for_npm_tools() {
  if [[ -z ${PT_NPM_JOB:-} ]]; then return 0; fi
  wait "$PT_NPM_JOB" || say "warning: the linter or the renderer could not be installed; their tests are skipped"
  trap - EXIT
}
