# shellvault for direnv. Load it once:  shellvault hook direnv > ~/.config/direnv/lib/shellvault.sh
#
# In an .envrc:  use shellvault PROFILE            the session; loaded again after a refresh
#                use shellvault --process PROFILE  no secret: a profile that asks shellvault when it is needed

# The program. `shellvault hook` puts its own interpreter here.
__shellvault_program=(shellvault)

use_shellvault() {
  local statements code=0
  statements=$(command "${__shellvault_program[@]}" env --shell bash "$@") || code=$?
  if ((code == 0)); then
    eval "$statements" || code=$?
  else
    log_error "shellvault: no credentials; see the error above"
  fi
  # After the call, which writes the stamp itself; after a failure too, so that a `shellvault use` elsewhere is noticed.
  watch_file "$(command "${__shellvault_program[@]}" status --stamp "${@: -1}")"
  return "$code"
}
