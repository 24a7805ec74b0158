# shellvault for direnv. Load it once:  shellvault hook direnv > ~/.config/direnv/lib/shellvault.sh
#
# In an .envrc:  use shellvault PROFILE            the session; reloaded after a refresh
#                use shellvault --process PROFILE  no secret: a profile that asks shellvault when needed
#
# It never asks anything, because direnv also runs in editors, and at any time; `shellvault use` asks.

# The program to run. `shellvault hook` fills in its own interpreter here.
__shellvault_program=(shellvault)

__shellvault_cli() { command "${__shellvault_program[@]}" "$@"; }

# Usage: use shellvault [OPTIONS] PROFILE
use_shellvault() {
  # Tracing is switched off before the secret arrives. direnv waits for every process that holds its descriptor 3.
  { local trace=$- traps='' statements='' status_file='' code=0 limit=${SHELLVAULT_TIMEOUT:-10s} && set +xv; } 2>/dev/null
  statements=$(exec 3>&- && __shellvault_cli env --shell bash --no-input --timeout "$limit" "$@") || code=$?
  if ((code == 0)); then
    traps=$(trap -p DEBUG RETURN)
    trap - DEBUG RETURN
    eval "$statements" || code=$?
    statements=''
    eval "$traps"
    status_file=${SHELLVAULT_STAMP-}
  else
    log_error "shellvault: no credentials; once that is fixed: shellvault use $(printf %q "${@: -1}"), or direnv reload"
    status_file=$(exec 3>&- && __shellvault_cli status --stamp "${@: -1}") || :
  fi
  # After the call, which writes the file itself; also after a failure, so that a `shellvault use` elsewhere reloads it.
  if [[ -n $status_file ]]; then
    watch_file "$status_file"
  fi
  case $trace in *v*) set -v ;; esac
  case $trace in *x*) set -x ;; esac
  return "$code"
}
