# shellvault for bash: `shellvault use PROFILE` and `shellvault off` in the shell you are in; the rest is the program's.
# Load it with:  eval "$(shellvault hook bash)"

shellvault() {
  case "${1-}" in
    use) __shellvault_eval "${@:2}" ;;
    off) __shellvault_eval --unset "${@:2}" ;;
    *) command shellvault "$@" ;;
  esac
}

__shellvault_eval() {
  local statements
  statements="$(command shellvault env --shell bash "$@")" || return
  eval "$statements"
}
