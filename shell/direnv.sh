# shellvault for direnv. Load it once:  shellvault hook direnv > ~/.config/direnv/lib/shellvault.sh
#
# In an .envrc:  use shellvault PROFILE            the session; reloaded after a refresh
#                use shellvault --process PROFILE  no secret: each profile asks shellvault when it is needed
#                use shellvault --process          the same, and programs name the profile
#
# It never asks anything, because direnv also runs in editors, and at any time; `shellvault use` asks.

# The program to run. `shellvault hook` fills in its own interpreter here.
__shellvault_program=(shellvault)

__shellvault_cli() { command "${__shellvault_program[@]}" "$@"; }

# Usage: use shellvault [OPTIONS] PROFILE, or use shellvault --process [PROFILE]
use_shellvault() {
  # Tracing is switched off before the secret arrives. direnv waits for every process that holds its descriptor 3.
  { local trace=$- traps='' statements='' name='' code=0 limit=${SHELLVAULT_TIMEOUT:-10s} watched=() && set +xv; } 2>/dev/null
  if (($# == 0)); then
    log_error 'shellvault: no profile given; write in the .envrc: use shellvault PROFILE'
    return 2
  fi
  case ${*: -1} in -*) ;; *) name=${*: -1} ;; esac
  statements=$(exec 3>&- && __shellvault_cli use --shell bash --no-input --timeout "$limit" "$@") || code=$?
  if ((code == 0)); then
    traps=$(trap -p DEBUG RETURN)
    trap - DEBUG RETURN
    eval "$statements" || code=$?
    statements=''
    eval "$traps"
    watched=("${SHELLVAULT_STAMP-}" "${SHELLVAULT_CONFIG_FILE-}")
  else
    case " $* " in
      *' --process '*)
        log_error 'shellvault: programs here cannot ask shellvault; once that is fixed: direnv reload'
        watched=("${SHELLVAULT_CONFIG_FILE:-${AWS_CONFIG_FILE:-$HOME/.aws/config}}")
        ;;
      *)
        log_error "shellvault: no credentials; once that is fixed: shellvault use $(printf %q "$name"), or direnv reload"
        watched=("$(exec 3>&- && __shellvault_cli status --stamp "$name")") || :
        ;;
    esac
  fi
  # After the call, because it writes these files; after a failure too, so that a fix elsewhere reloads the .envrc.
  for name in "${watched[@]}"; do
    [[ -z $name ]] || watch_file "$name"
  done
  case $trace in *v*) set -v ;; esac
  case $trace in *x*) set -x ;; esac
  return "$code"
}
