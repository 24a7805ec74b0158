# shellvault for direnv. Load it once:  shellvault hook direnv > ~/.config/direnv/lib/shellvault.sh
#
# In an .envrc:  use shellvault PROFILE            the session; loaded again after a refresh
#                use shellvault --process PROFILE  no secret: a profile that asks shellvault when it is needed
#
# It never asks anything, for direnv loads in editors too, and again whenever it likes; `shellvault use` does.

# The program. `shellvault hook` puts its own interpreter here.
__shellvault_program=(shellvault)

__shellvault_cli() { command "${__shellvault_program[@]}" "$@"; }

# Usage: use shellvault [OPTIONS] PROFILE
use_shellvault() {
  # Tracing is off before the secret comes. direnv waits for whoever has its descriptor 3, even after Ctrl-C.
  { local trace=$- statements='' stamp='' code=0 limit=${SHELLVAULT_TIMEOUT:-10s} && set +x; } 2>/dev/null
  statements=$(exec 3>&- && __shellvault_cli env --shell bash --no-input --timeout "$limit" "$@") || code=$?
  if ((code == 0)); then
    eval "$statements" || code=$?
    stamp=${SHELLVAULT_STAMP-}
  else
    log_error "shellvault: no credentials; when that is mended: shellvault use $(printf %q "${@: -1}"), or direnv reload"
    stamp=$(exec 3>&- && __shellvault_cli status --stamp "${@: -1}") || :
  fi
  # After the call, which writes the stamp itself; after a failure too, so that a `shellvault use` elsewhere is noticed.
  if [[ -n $stamp ]]; then
    watch_file "$stamp"
  fi
  case $trace in *x*) set -x ;; esac
  return "$code"
}
