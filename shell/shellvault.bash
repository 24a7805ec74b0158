# shellvault for bash 3.2 to 5.3. Load it in ~/.bashrc:  eval "$(shellvault hook bash)"
#
# `shellvault use PROFILE` and `shellvault off` change the shell you are in. Before each prompt and each command the
# hook compares integers, and starts no process unless a renewal is due. Inside the margin it renews the session in the
# background; after expiry, it renews before the next command runs. It never asks anything.

# While the shell reads this file, aliases and `set -a` are off. The end of the file puts both back. Until then, no
# word may be one that an alias can replace; nor may the first in $( ), which bash before 5.2 reads when it runs it.
__shellvault_reading=$-:
\set +a
\shopt -q expand_aliases && \shopt -u expand_aliases && __shellvault_reading+=aliases

# The program to run. `shellvault hook` fills in its own interpreter here.
__shellvault_program=(shellvault)

__shellvault_cli() { command "${__shellvault_program[@]}" "$@"; }

shellvault() {
  case ${1-} in
    use) shift && __shellvault_unexported __shellvault_use "$@" ;; # bash 3.2 joins "${@:2}" where IFS has no blank
    off) shift && __shellvault_unexported __shellvault_off "$@" ;;
    doctor) __shellvault_doctor "$@" ;;
    *) __shellvault_cli "$@" ;;
  esac
}

__shellvault_use() {
  case " $* " in
    *' --help '* | *' -h '*)
      __shellvault_cli help use
      return
      ;;
    ' - ')
      if [[ -z ${SHELLVAULT_PREVIOUS-} ]]; then
        printf 'error: no previous profile in this shell\nhint: shellvault use PROFILE\n' >&2
        return 2
      fi
      ;;
    *' --server '*) set -- --owner "$$" "$@" ;; # inside $( ) the caller is another process
  esac
  __shellvault_take use --shell bash "$@" && __shellvault_calm
}

__shellvault_off() {
  case ${1-} in
    '')
      if __shellvault_take env --shell bash --unset; then
        __shellvault_calm
      else
        __shellvault_without_program $?
      fi
      ;;
    --help | -h) __shellvault_cli help off ;;
    *)
      printf 'error: off takes nothing: it takes out the session that is here\nhint: shellvault off\n' >&2
      return 2
      ;;
  esac
}

# Says how to go on after a failure of `off` that may mean that the program was removed.
__shellvault_without_program() {
  case $1 in
    1 | 126 | 127)
      printf 'hint: if shellvault was removed, close this shell, or type: unset %s\n' \
        'AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN SHELLVAULT_PROFILE' >&2
      ;;
  esac
  return "$1"
}

# Runs `doctor`, and tells it whether the shell still runs the hook at each prompt, which no program can see.
__shellvault_doctor() {
  if [[ $- == *i* && -n ${__shellvault_yes+x} ]]; then
    local -x SHELLVAULT_HOOK=lost
    case "${PROMPT_COMMAND[*]-} ${_ble_hook_h_PRECMD[*]-}" in
      *__shellvault_precmd*) SHELLVAULT_HOOK=alive ;;
      *) # a theme may run what PROMPT_COMMAND was before, which only PS0 can tell
        if [[ -z $__shellvault_ps0 && -n ${PROMPT_COMMAND-} ]]; then
          unset -v SHELLVAULT_HOOK
        elif [[ -n $__shellvault_ps0 && ${PS0-} == *"$__shellvault_ps0"* && $__shellvault_lost != 1 ]]; then
          SHELLVAULT_HOOK=alive
        fi
        ;;
    esac
  fi
  __shellvault_cli "$@"
}

# Runs one of our functions without `set -a`, which would export every variable that it sets.
__shellvault_unexported() {
  case $- in
    *a*)
      local code=0
      set +a
      "$@" || code=$?
      set -a
      return "$code"
      ;;
    *) "$@" ;; # a bare `return` after it would, in a trap, return the status from before the trap
  esac
}

# Runs a program with the old secrets that this shell has set aside. Call it only in a subshell, which forgets them.
__shellvault_lend() {
  local name
  for name in "${!_shellvault_kept_@}"; do
    export "${name?}"
  done
  command "$@"
}

# Evaluates what `shellvault env` or `shellvault use` prints, with these words. Tracing is switched off first, or `set -x`,
# `set -v` and traps that see each command would show the secret.
__shellvault_take() {
  { local trace=$- traps='' statements='' aliases='' code=0 && set +xv; } 2>/dev/null
  statements=$(__shellvault_lend "${__shellvault_program[@]}" "$@") || code=$?
  traps=$(\trap -p DEBUG RETURN)
  trap - DEBUG RETURN
  if ((code == 0)); then
    shopt -q expand_aliases && aliases=on && shopt -u expand_aliases # or the statements would be read with them
    builtin eval "$statements" || code=$?
    [[ -z $aliases ]] || shopt -s expand_aliases
  fi
  statements=''
  builtin eval "$traps"
  case $trace in *v*) set -v ;; esac
  case $trace in *x*) set -x ;; esac
  return "$code"
}

# After a success: no back-off, and no failure to show.
__shellvault_calm() {
  __shellvault_background_at=0 __shellvault_background_wait=30
  __shellvault_renew_at=0 __shellvault_renew_wait=30
  __shellvault_state='' __shellvault_told='' __shellvault_asked=0 __shellvault_redraw_at=0
}

if ((BASH_VERSINFO[0] >= 5)); then
  __shellvault_clock() { __shellvault_now=${EPOCHSECONDS:-0}; }
elif ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 402)); then
  __shellvault_clock() { printf -v __shellvault_now '%(%s)T' -1; }
else # SECONDS follows the wall clock; if it went backwards, somebody set the clock, and one fork rereads it
  __shellvault_clock() {
    if ((SECONDS < ${__shellvault_ticks:-1} - 1 || ${__shellvault_base:-0} == 0)); then
      __shellvault_base=$(($(\command date +%s) - SECONDS))
    fi
    __shellvault_ticks=$SECONDS
    __shellvault_now=$((__shellvault_base + SECONDS))
  }
fi

# Reads the clock. If it was ahead and was set back, no wait may end too far in the future.
__shellvault_tell_time() {
  __shellvault_clock
  if ((__shellvault_now < __shellvault_seen)); then
    __shellvault_background_at=0 __shellvault_renew_at=0 __shellvault_redraw_at=0 __shellvault_asked=0
  fi
  __shellvault_seen=$__shellvault_now
}

# Accepts a number of seconds, and nothing that arithmetic would evaluate: `a[$(cmd)]` runs in (( )).
__shellvault_is_epoch() {
  case $1 in
    '' | 0* | *[!0123456789]* | ????????????*) return 1 ;;
  esac
}

# Checks whether programs see a variable: it is exported, and not empty. Its value may be a secret, which `set -x` would
# show, so we do not expand it.
if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 404)); then
  __shellvault_is_visible() {
    case ${!1:+${!1@a}} in *x*) ;; *) return 1 ;; esac
  }
  __shellvault_read_attributes() {
    __shellvault_attributes_now="${AWS_SECRET_ACCESS_KEY:+${AWS_SECRET_ACCESS_KEY@a}} ${AWS_ACCESS_KEY_ID+${AWS_ACCESS_KEY_ID@a}}"
    __shellvault_attributes_now+=" ${AWS_PROFILE+${AWS_PROFILE@a}} ${AWS_DEFAULT_PROFILE+${AWS_DEFAULT_PROFILE@a}}"
  }
else # cannot tell without a fork
  __shellvault_is_visible() { [[ -n ${!1:+visible} ]]; }
  __shellvault_read_attributes() { __shellvault_attributes_now=${AWS_SECRET_ACCESS_KEY:+secret}; }
fi

# Looks at the credentials that programs see.
__shellvault_look() {
  __shellvault_secret='' __shellvault_key_id='' __shellvault_default='' __shellvault_chosen=''
  if __shellvault_is_visible AWS_SECRET_ACCESS_KEY; then __shellvault_secret=1; fi
  if __shellvault_is_visible AWS_ACCESS_KEY_ID; then __shellvault_key_id=$AWS_ACCESS_KEY_ID; fi
  if __shellvault_is_visible AWS_DEFAULT_PROFILE; then __shellvault_default=$AWS_DEFAULT_PROFILE; fi
  if __shellvault_is_visible AWS_PROFILE; then __shellvault_chosen=$AWS_PROFILE; fi
}

# Picks up the session in the environment when it has changed.
__shellvault_adopt() {
  __shellvault_read_attributes
  local said="${SHELLVAULT_PROFILE-} ${SHELLVAULT_EXPIRES_AT-} ${SHELLVAULT_REFRESH_AT-}"
  said+=" ${SHELLVAULT_KEY_ID-} ${AWS_ACCESS_KEY_ID-} ${AWS_PROFILE-} ${AWS_DEFAULT_PROFILE-} $__shellvault_attributes_now"
  said+=" ${SHELLVAULT_FILES-} ${AWS_CONFIG_FILE-} ${AWS_SHARED_CREDENTIALS_FILE-}"
  said+=" ${SHELLVAULT_SERVER-} ${AWS_CONTAINER_CREDENTIALS_FULL_URI-}"
  said+=" ${SHELLVAULT_SCOPE-} ${SHELLVAULT_DANGER-*prod*} ${SHELLVAULT_PROMPT-} ${NO_COLOR-} ${TERM-}"
  if [[ $said == "${__shellvault_said-}" ]]; then
    return 0
  fi
  __shellvault_said=$said __shellvault_expires=0 __shellvault_due=0 __shellvault_foreign=''
  __shellvault_calm
  __shellvault_look
  if ! __shellvault_is_ours; then
    __shellvault_foreign=1
  elif __shellvault_is_epoch "${SHELLVAULT_EXPIRES_AT-}" && __shellvault_is_epoch "${SHELLVAULT_REFRESH_AT-}"; then
    __shellvault_expires=$SHELLVAULT_EXPIRES_AT __shellvault_due=$SHELLVAULT_REFRESH_AT
  fi
  __shellvault_label
  __shellvault_dangerous
}

# Checks whether the session is still what AWS sees: not other keys, no keys, or a profile chosen since.
__shellvault_is_ours() {
  local name=${SHELLVAULT_PROFILE-}
  if [[ ${__shellvault_chosen:-$name} != "$name" || ${__shellvault_default:-$name} != "$name" ]]; then
    return 1
  elif [[ -n ${SHELLVAULT_SERVER-} ]]; then # no credentials, but the address of an endpoint
    [[ -z $__shellvault_key_id && ${AWS_CONTAINER_CREDENTIALS_FULL_URI-} == "$SHELLVAULT_SERVER" ]] && __shellvault_has_files
  elif [[ -n ${SHELLVAULT_FILES-} ]]; then # no credentials, but a profile that asks for them
    [[ -z $__shellvault_key_id && $__shellvault_chosen == "$name" ]] && __shellvault_has_files
  else
    [[ -n $__shellvault_key_id && -n $__shellvault_secret && $__shellvault_key_id == "${SHELLVAULT_KEY_ID-}" ]]
  fi
}

# Checks whether programs read the config file that was made for them, and the credentials file chosen then.
__shellvault_has_files() {
  [[ "${AWS_CONFIG_FILE-}:${AWS_SHARED_CREDENTIALS_FILE-}" == "${SHELLVAULT_FILES-}" ]]
}

# Makes the name to display, with the scope of a narrowed session. Wherever it is placed, nothing in it can run, move the
# cursor or reverse the direction of the line. In an ASCII locale, other letters become question marks.
__shellvault_label() {
  local name=${SHELLVAULT_PROFILE-}
  name="${name:0:40}${SHELLVAULT_SCOPE:+${name:+ ${SHELLVAULT_SCOPE:0:20}}}"
  name=${name//[^[:print:]]/?}
  name=${name//[\$\`\\%]/?}
  __shellvault_name=$name
  case $name in
    *[![:ascii:]]*) __shellvault_hide_invisible 2>/dev/null ;; # bash complains when it restores a missing locale
  esac
}

# Replaces characters that nobody can see: those for formatting, and letters, marks and symbols without a shape. In the C
# locale a pattern's ranges are ranges of bytes.
__shellvault_hide_invisible() {
  local LC_ALL=C name=$__shellvault_name
  name=${name//$'\xc2\xad'/?}
  name=${name//$'\xcd\x8f'/?}
  name=${name//$'\xd8'[$'\x80'-$'\x85'$'\x9c']/?}
  name=${name//$'\xdb\x9d'/?}
  name=${name//$'\xdc\x8f'/?}
  name=${name//$'\xe0\xa2'[$'\x90'$'\x91']/?}
  name=${name//$'\xe0\xa3\xa2'/?}
  name=${name//$'\xe1\x85'[$'\x9f'$'\xa0']/?}
  name=${name//$'\xe1\x9e'[$'\xb4'$'\xb5']/?}
  name=${name//$'\xe1\xa0'[$'\x8b'-$'\x8f']/?}
  name=${name//$'\xe2\x80'[$'\x8b'-$'\x8f'$'\xa8'-$'\xae']/?}
  name=${name//$'\xe2\x81'[$'\xa0'-$'\xaf']/?}
  name=${name//$'\xe2\xa0\x80'/?}
  name=${name//$'\xe3\x85\xa4'/?}
  name=${name//$'\xef\xb8'[$'\x80'-$'\x8f']/?}
  name=${name//$'\xef\xbb\xbf'/?}
  name=${name//$'\xef\xbe\xa0'/?}
  name=${name//$'\xef\xbf'[$'\xb0'-$'\xbb']/?}
  name=${name//$'\xf0\x91\x82\xbd'/?}
  name=${name//$'\xf0\x91\x83\x8d'/?}
  name=${name//$'\xf0\x93'[$'\x90'$'\x91'][$'\x80'-$'\xbf']/?}
  name=${name//$'\xf0\x9b\xb2'[$'\xa0'-$'\xa3']/?}
  name=${name//$'\xf0\x9d\x85'[$'\xb3'-$'\xba']/?}
  __shellvault_name=${name//$'\xf3'[$'\xa0'-$'\xbf'][$'\x80'-$'\xbf'][$'\x80'-$'\xbf']/?}
}

# Reads the status file: whether another shell has renewed the session, and whether you have to act.
__shellvault_read_status_file() {
  local expires_at='' state=''
  __shellvault_news=0
  if [[ -f ${SHELLVAULT_STAMP-} && -r $SHELLVAULT_STAMP ]]; then
    IFS=' ' builtin read -r _ expires_at state <"$SHELLVAULT_STAMP" || :
  fi
  case $state in
    mfa | locked | failed) __shellvault_state=$state ;;
    *) __shellvault_state='' ;;
  esac
  if __shellvault_is_epoch "$expires_at"; then
    if ((expires_at != __shellvault_expires && expires_at > __shellvault_now)); then
      __shellvault_news=$expires_at
    fi
  fi
}

# Renews in the background, less and less often while it keeps failing.
__shellvault_background() {
  if ((__shellvault_now < __shellvault_background_at)); then
    return 0
  fi
  ((__shellvault_background_at = __shellvault_now + __shellvault_background_wait))
  ((__shellvault_background_wait = __shellvault_background_wait < 300 ? __shellvault_background_wait * 2 : 600))
  __shellvault_asked=$__shellvault_now
  (__shellvault_lend "${__shellvault_program[@]}" env --refresh --no-input --shell bash </dev/null >/dev/null 2>&1 &)
}

# Renews now. The next attempt is scheduled before this one starts, so Ctrl-C does not trigger another at once. A slow
# network or a locked vault may recover at any moment, so after those both the wait and the try are short.
__shellvault_renew() {
  local code=0
  if ((__shellvault_now < __shellvault_renew_at)); then
    return 0
  fi
  ((__shellvault_renew_at = __shellvault_now + __shellvault_renew_wait))
  ((__shellvault_renew_wait = __shellvault_renew_wait < 300 ? __shellvault_renew_wait * 2 : 600))
  if [[ -n $__shellvault_told ]]; then
    __shellvault_take env --shell bash --refresh --no-input --timeout "${SHELLVAULT_TIMEOUT:-3s}" 2>/dev/null || code=$?
  else
    __shellvault_told=1
    __shellvault_take env --shell bash --refresh --no-input || code=$?
  fi
  case $code in
    0) __shellvault_adopt ;;
    5 | 8)
      __shellvault_tell_time
      ((__shellvault_renew_at = __shellvault_now + 3, __shellvault_renew_wait = 30))
      ;;
  esac
}

# Picks up what another shell or our own background job has renewed; only once, in case there is nothing to pick up.
__shellvault_pick_up() {
  if ((__shellvault_news == 0 || __shellvault_news == __shellvault_tried)); then
    return 1
  fi
  __shellvault_tried=$__shellvault_news __shellvault_renew_at=0
  __shellvault_renew
}

# Regenerates the config file that shellvault made for programs, once the user's own is newer.
__shellvault_follow_config() {
  if [[ -n ${SHELLVAULT_CONFIG_FILE-} && -e ${AWS_CONFIG_FILE-} && $SHELLVAULT_CONFIG_FILE -nt $AWS_CONFIG_FILE ]] &&
    __shellvault_has_files; then
    __shellvault_cli env --process --refresh --no-input --shell bash </dev/null >/dev/null 2>&1 || :
  fi
}

# With an endpoint, nothing is due in this shell, so the status file is read before each prompt.
__shellvault_follow_server() {
  local state=$__shellvault_state
  if [[ -n ${SHELLVAULT_SERVER-} ]]; then
    __shellvault_read_status_file
    if [[ $state != "$__shellvault_state" ]]; then
      __shellvault_redraw_at=0
    fi
  fi
}

__shellvault_precmd() {
  local code=$?
  __shellvault_unexported __shellvault_before_prompt
  case $- in *e*) return 0 ;; esac # under `set -e` a status from here would end the shell
  return "$code"
}

__shellvault_before_prompt() {
  __shellvault_tell_time
  __shellvault_adopt
  __shellvault_follow_config
  __shellvault_follow_server
  if ((__shellvault_due && __shellvault_now >= __shellvault_due)); then
    __shellvault_redraw_at=0
    __shellvault_read_status_file
    if __shellvault_pick_up; then
      :
    elif ((__shellvault_waits && __shellvault_now >= __shellvault_expires - 60)); then
      __shellvault_renew # the next command may take a while to type
    else
      __shellvault_background
    fi
  fi
  if ((__shellvault_now >= __shellvault_redraw_at)); then
    __shellvault_draw
  fi
  __shellvault_stay
  __shellvault_gone=('')
}

# Before a command: picks up a session that is already renewed, or renews one that has expired.
__shellvault_preexec() {
  __shellvault_unexported __shellvault_before_command
  return 0
}

__shellvault_before_command() {
  __shellvault_gone=(1)
  __shellvault_tell_time
  __shellvault_adopt
  if ((__shellvault_due && __shellvault_now >= __shellvault_due)); then
    __shellvault_read_status_file
    if ! __shellvault_pick_up && ((__shellvault_now >= __shellvault_expires)); then
      __shellvault_renew
    fi
  fi
}

# Sets the segment's text and state, for PS1 and for custom prompts; valid until the displayed time changes.
__shellvault_draw() {
  local left=$((__shellvault_expires - __shellvault_now)) time=''
  ((__shellvault_redraw_at = __shellvault_now + 1 + (left >= 3600 ? left % 3600 : left >= 60 ? left % 60 : 0)))
  if [[ -z $__shellvault_name ]]; then
    SHELLVAULT_SEGMENT='' SHELLVAULT_STATE='' __shellvault_shown=''
    return 0
  fi
  if [[ -n $__shellvault_foreign ]]; then
    SHELLVAULT_STATE=foreign SHELLVAULT_SEGMENT="$__shellvault_name?"
    __shellvault_paint
    return 0
  fi
  if ((left >= 3600)); then
    time=$((left / 3600))h
  elif ((left >= 60)); then
    time=$((left / 60))m
  elif ((left > 0)); then
    time=${left}s
  fi
  SHELLVAULT_STATE=fresh
  if [[ -n ${SHELLVAULT_SERVER-} ]]; then
    time=srv
    case $__shellvault_state in
      mfa | locked) SHELLVAULT_STATE=$__shellvault_state time="srv $__shellvault_state" ;;
      failed) SHELLVAULT_STATE=due time='srv !' ;;
    esac
  elif ((__shellvault_expires == 0)); then
    time='' # a key pair does not expire
  elif [[ $__shellvault_state == mfa || $__shellvault_state == locked ]]; then
    SHELLVAULT_STATE=$__shellvault_state time="${time:+$time }$__shellvault_state"
  elif ((left <= 0)); then
    SHELLVAULT_STATE=expired time=expired
  elif ((__shellvault_now < __shellvault_due)); then
    :
  elif [[ $__shellvault_state != failed ]] && ((__shellvault_now - __shellvault_asked < 30)); then
    SHELLVAULT_STATE=refreshing time="$time ~"
  else
    SHELLVAULT_STATE=due time="$time !"
  fi
  SHELLVAULT_SEGMENT="$__shellvault_name${time:+ $time}"
  __shellvault_paint
}

__shellvault_paint() {
  __shellvault_shown="[$SHELLVAULT_SEGMENT]" __shellvault_color='' __shellvault_reset=''
  if [[ ${SHELLVAULT_PROMPT-} == off ]]; then
    __shellvault_shown=''
  fi
  if [[ -n ${NO_COLOR-} || ${TERM-} == dumb ]]; then
    return 0
  fi
  __shellvault_reset=$'\e[0m'
  case $SHELLVAULT_STATE in
    fresh) __shellvault_color=${__shellvault_danger:-$'\e[32m'} ;;
    due | refreshing) __shellvault_color=${__shellvault_danger:-$'\e[33m'} ;;
    expired) __shellvault_color=$'\e[31m' ;;
    *) __shellvault_color=$'\e[35m' ;;
  esac
}

# Checks whether the profile matches one of the patterns in SHELLVAULT_DANGER.
__shellvault_dangerous() {
  local rest="${SHELLVAULT_DANGER-*prod*}" pattern
  rest="${rest:0:1000} " # bash takes quadratic time to cut words off a long text
  __shellvault_danger=''
  while [[ -n $rest ]]; do
    pattern=${rest%% *} rest=${rest#* }
    if [[ -n $pattern ]] && __shellvault_matches "$pattern"; then
      __shellvault_danger=$'\e[1;97;41m'
    fi
  done
}

# Checks whether the profile matches a pattern of `*`, `?` and `[…]`. We look for the text between two stars once,
# from left to right, because the shell itself tries every combination, which takes hours for thirty stars.
__shellvault_matches() {
  local rest=${SHELLVAULT_PROFILE-} pattern=$1 part
  rest=${rest:0:250}
  pattern=${pattern//[()|]/?} # no alternatives, which can be nested
  part=${pattern%%\**}
  if [[ $part == "$pattern" ]]; then
    # shellcheck disable=SC2053 # it is meant to be a pattern
    [[ $rest == $part ]]
    return
  fi
  # shellcheck disable=SC2053 # likewise
  [[ $rest == $part* ]] || return 1
  while
    # shellcheck disable=SC2295 # likewise
    rest=${rest#$part}
    pattern=${pattern#*\*}
    [[ $pattern == *\** ]]
  do
    part="*${pattern%%\**}"
    # shellcheck disable=SC2053 # likewise
    [[ $rest == $part* ]] || return 1
  done
  # shellcheck disable=SC2053 # likewise
  [[ $rest == *$pattern ]]
}

# Puts our segment back, because themes reassign PS1.
__shellvault_stay() {
  if [[ -n $__shellvault_literal ]]; then
    PS1=${PS1//"$__shellvault_literal"/}
    __shellvault_literal=''
  fi
  if shopt -q promptvars; then
    __shellvault_stay_in_prompts
  else
    __shellvault_stay_literally
  fi
  case "${PROMPT_COMMAND[*]-}" in # bash 3.2 would split it without quotes
    *__shellvault_precmd*__bp_interactive_mode*) ;;
    *__bp_interactive_mode*) __shellvault_go_before ;;
    *__shellvault_precmd) ;;
    *__shellvault_precmd*) __shellvault_go_last ;;
    *) __shellvault_come_back ;;
  esac
  if ((BASH_VERSINFO[0] == 4)); then
    __shellvault_limit=$((__shellvault_due ? SECONDS + __shellvault_due - __shellvault_now : 0))
  else
    __shellvault_limit=$__shellvault_due
  fi
}

# In bash 5.2 no other $( ) may follow ours in PS0.
__shellvault_stay_in_prompts() {
  __shellvault_waits=$((!__shellvault_sees_commands))
  case ${PS1-} in
    *"$__shellvault_ps1"*) ;;
    *) if [[ -n $__shellvault_shown ]]; then PS1=$__shellvault_ps1${PS1-}; fi ;;
  esac
  if [[ -n $__shellvault_ps0 && ${PS0-} != *"$__shellvault_ps0" ]]; then
    PS0=${PS0-}
    PS0=${PS0//"$__shellvault_ps0"/}$__shellvault_ps0
  fi
}

# Without the option `promptvars` bash expands nothing in prompts: PS1 gets the text itself, and PS0 can run nothing.
__shellvault_stay_literally() {
  __shellvault_withdraw
  if [[ -n $__shellvault_ps0 ]]; then
    __shellvault_waits=1
  fi
  if [[ -n $__shellvault_ps1 && -n $__shellvault_shown ]]; then
    __shellvault_literal="\[$__shellvault_color\]$__shellvault_shown\[$__shellvault_reset\] "
    PS1=$__shellvault_literal${PS1-}
  fi
}

# Takes our parts out of PS1 and PS0.
__shellvault_withdraw() {
  if [[ -n ${__shellvault_literal-} ]]; then
    PS1=${PS1//"$__shellvault_literal"/}
    __shellvault_literal=''
  fi
  if [[ -n ${__shellvault_ps1-} && ${PS1-} == *"$__shellvault_ps1"* ]]; then
    PS1=${PS1//"$__shellvault_ps1"/}
  fi
  if [[ -n ${__shellvault_ps0-} && ${PS0-} == *"$__shellvault_ps0"* ]]; then
    PS0=${PS0//"$__shellvault_ps0"/}
  fi
}

# Returns to PROMPT_COMMAND. starship moves what it finds there into its own variable, and assigns PS1 after us.
__shellvault_come_back() {
  if [[ -n ${__shellvault_prompt_before+set} ]]; then
    __shellvault_enter_prompt_command
  fi
}

# Moves us after anything added to PROMPT_COMMAND later, because that may assign PS1. bash before 5.1 runs the first
# element only, so there we stay.
__shellvault_go_last() {
  local element
  if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] < 501)); then
    return 0
  fi
  for element in ${PROMPT_COMMAND[@]+"${PROMPT_COMMAND[@]}"}; do
    if [[ $element == __shellvault_precmd ]]; then
      __shellvault_remove_from PROMPT_COMMAND __shellvault_precmd
      PROMPT_COMMAND+=(__shellvault_precmd)
    fi
  done
}

# Moves us before the function that tells bash-preexec that typing begins; otherwise it treats us as a typed command.
__shellvault_go_before() {
  if [[ -n ${__shellvault_prompt_before+set} ]]; then
    __shellvault_remove_from PROMPT_COMMAND __shellvault_precmd
    __shellvault_remove_from PROMPT_COMMAND __bp_interactive_mode
    case ${PROMPT_COMMAND-} in
      *__bp_interactive_mode*)
        # shellcheck disable=SC2178 # on an array this sets the first element
        PROMPT_COMMAND=${PROMPT_COMMAND//$'\n'__shellvault_precmd/}
        # shellcheck disable=SC2178 # likewise
        PROMPT_COMMAND=${PROMPT_COMMAND/__bp_interactive_mode/__shellvault_precmd$'\n'__bp_interactive_mode}
        ;;
      *) PROMPT_COMMAND+=(__shellvault_precmd __bp_interactive_mode) ;;
    esac
  fi
}

# Checks whether a variable that is set is readonly. `declare -p` would say so, too, with a value that may be a secret.
if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 404)); then
  __shellvault_is_fixed() {
    case ${!1+${!1@a}} in *r*) ;; *) return 1 ;; esac
  }
else
  __shellvault_is_fixed() { [[ -n ${!1+set} ]] && ! (unset -v "$1") 2>/dev/null; }
fi

# Finds readonly variables with the names that our functions use for their own.
__shellvault_find_readonly() {
  __shellvault_in_the_way=''
  for __shellvault_word in SHELLVAULT_HOOK aliases attributes before clock code copy element elements expires_at first key keys \
    left name part pattern rest said state statements time trace traps value version word words; do
    if __shellvault_is_fixed "$__shellvault_word"; then
      __shellvault_in_the_way+=" $__shellvault_word"
    fi
  done
}

# Installs the hook, or whatever is missing after an rc file was reloaded or a variable was assigned.
__shellvault_install() {
  __shellvault_withdraw
  # shellcheck disable=SC2016 # the prompt expands it each time
  __shellvault_ps1='${__shellvault_shown:+\[${__shellvault_color##@}\]${__shellvault_shown##@}\[${__shellvault_reset##@}\]${__shellvault_gap##@}}'
  # shellcheck disable=SC2016 # likewise. This cuts each part off, and is understood by any shell that inherits our PS1
  __shellvault_ps1=${__shellvault_ps1//@/'${__shellvault_gone:+*}'}
  __shellvault_said='' __shellvault_name='' __shellvault_danger='' __shellvault_ps0='' __shellvault_literal=''
  __shellvault_expires=0 __shellvault_due=0 __shellvault_limit=0 __shellvault_news=0 __shellvault_tried=0
  __shellvault_seen=0 __shellvault_foreign='' __shellvault_shown=''
  __shellvault_gap=' '
  __shellvault_lost=('')
  __shellvault_gone=('')       # not empty while we have not run before a prompt: no segment; an array is never exported
  __shellvault_sees_commands=0 # if nothing runs before a command, the prompt has to wait instead
  __shellvault_calm
  if __shellvault_is_readonly PS1; then
    __shellvault_ps1=''
  fi
  if [[ -n ${BLE_VERSION-} ]]; then
    blehook PRECMD!=__shellvault_precmd PREEXEC!=__shellvault_preexec
    __shellvault_sees_commands=1
  else
    __shellvault_install_precmd
    __shellvault_install_preexec
  fi
  if [[ -n $__shellvault_ps1 && -z $__shellvault_ps0${BLE_VERSION-} ]]; then
    # Nothing marks the segment as old when a command starts, so displaying it does.
    # shellcheck disable=SC2016 # as above
    __shellvault_ps1=${__shellvault_ps1%'}'}'${__shellvault_gap##${__shellvault_gone:=*}}}'
  fi
  __shellvault_waits=$((!__shellvault_sees_commands))
  __shellvault_offer
  __shellvault_yes=('' 1) # an array, which children do not inherit, so a child shell knows that it has no hook yet
  if alias shellvault >/dev/null 2>&1; then
    printf 'shellvault: an alias hides the function shellvault; take it away: unalias shellvault\n' >&2
  fi
}

# Sets __shellvault_attributes to the letters of `declare -p`: empty for a variable that is not set, `-` for a plain one.
__shellvault_is_readonly() {
  __shellvault_attributes=$(\declare -p "$1" 2>/dev/null) || :
  __shellvault_attributes=${__shellvault_attributes#declare -}
  __shellvault_attributes=${__shellvault_attributes%% *}
  [[ $__shellvault_attributes == *r* ]]
}

__shellvault_install_precmd() {
  if __shellvault_is_readonly PROMPT_COMMAND; then
    printf 'shellvault: PROMPT_COMMAND is readonly, so sessions are not renewed in this shell\n' >&2
    return 0
  fi
  if [[ -z ${__shellvault_prompt_before+set} ]]; then
    __shellvault_prompt_before=$__shellvault_attributes
  fi
  case "${PROMPT_COMMAND[*]-}" in
    *__shellvault_precmd*) ;;
    *) __shellvault_enter_prompt_command ;;
  esac
}

__shellvault_enter_prompt_command() {
  if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 501)); then
    PROMPT_COMMAND+=(__shellvault_precmd)
    if [[ ${PROMPT_COMMAND[0]-} == __shellvault_precmd ]]; then # leave element 0 for code that assigns a string later
      PROMPT_COMMAND=([1]=__shellvault_precmd)
    fi
  else # only the first element of an array runs
    local before=${PROMPT_COMMAND-}
    __shellvault_prompt_first=$before
    while [[ $before == *[\;[:space:]] ]]; do
      before=${before%?}
    done
    # shellcheck disable=SC2178,SC2128 # on an array this means the first element
    PROMPT_COMMAND=${before:+$before$'\n'}__shellvault_precmd
    __shellvault_prompt_made=${PROMPT_COMMAND-}
  fi
}

__shellvault_install_preexec() {
  local version=$((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1]))
  if ((version < 404)) || __shellvault_is_readonly PS0; then
    if [[ -n ${bash_preexec_imported-}${__bp_imported-} ]]; then
      __shellvault_remove_from preexec_functions __shellvault_preexec
      preexec_functions+=(__shellvault_preexec)
      __shellvault_sees_commands=1
    fi
    return 0
  fi
  if [[ -z ${__shellvault_ps0_before+set} ]]; then
    __shellvault_ps0_before=$__shellvault_attributes
  fi
  # shellcheck disable=SC2016 # bash expands it before each command
  if ((version >= 503)); then
    __shellvault_ps0='${ __shellvault_lost=$__shellvault_gone; __shellvault_preexec; }'
  elif case $(\trap -p URG) in '' | *__shellvault_preexec*) ;; *) false ;; esac then # a signal that is ignored by default: $( ) alone could not change this shell
    trap __shellvault_preexec URG
    local clock=EPOCHSECONDS
    if ((version < 500)); then
      clock=SECONDS
    fi
    __shellvault_ps0='${__shellvault_yes[(__shellvault_lost = __shellvault_gone, __shellvault_gone = 1) && __shellvault_limit && '$clock' >= __shellvault_limit]:+$(""builtin kill -URG "$$")}'
  else
    return 0
  fi
  __shellvault_sees_commands=1
}

# Removes the hook from this shell, and restores prompt, traps and arrays.
__shellvault_remove() {
  local name IFS=$' \t\n'
  __shellvault_withdraw
  if [[ -n $__shellvault_ps0 && -z ${PS0-}$__shellvault_ps0_before ]]; then
    unset -v PS0
  fi
  case $(\trap -p URG) in
    *__shellvault_preexec*) trap - URG ;;
  esac
  __shellvault_remove_from preexec_functions __shellvault_preexec
  if [[ -n ${BLE_VERSION-} ]]; then
    blehook PRECMD-=__shellvault_precmd PREEXEC-=__shellvault_preexec
  fi
  __shellvault_remove_precmd
  __shellvault_remove_copies
  complete -r shellvault 2>/dev/null || :
  unset -v SHELLVAULT_SEGMENT SHELLVAULT_STATE
  for name in "${!__shellvault_@}"; do
    unset -v "$name"
  done
  for name in $(\compgen -A function __shellvault_) shellvault; do
    unset -f "$name"
  done
}

__shellvault_remove_precmd() {
  local first attributes=${__shellvault_prompt_before-}
  if [[ -z ${__shellvault_prompt_before+set} ]]; then
    return 0
  fi
  if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 501)); then
    __shellvault_remove_from PROMPT_COMMAND __shellvault_precmd
  fi
  if [[ ${PROMPT_COMMAND-} == "${__shellvault_prompt_made-}" ]]; then
    first=${__shellvault_prompt_first-}
  else # something was added to it since
    first=${PROMPT_COMMAND-}
    first=${first//$'\n'__shellvault_precmd/}
    first=${first//__shellvault_precmd$'\n'/}
    first=${first//__shellvault_precmd/:}
  fi
  if [[ -z $first && $attributes == *a* && ${PROMPT_COMMAND-} == "${__shellvault_prompt_made-}" ]]; then
    unset -v 'PROMPT_COMMAND[0]'
  fi
  local elements=(${PROMPT_COMMAND[@]+"${PROMPT_COMMAND[@]}"})
  if [[ $attributes != *a* && ${#elements[@]} -le 1 && -z ${BLE_VERSION-} ]]; then # ble.sh does not notice when an array is unset
    unset -v PROMPT_COMMAND # it was not an array before
  fi
  if [[ -n $first || -n $attributes && $attributes != *a* ]]; then
    # shellcheck disable=SC2178 # on an array this sets the first element
    PROMPT_COMMAND=$first
  fi
  case $attributes in *x*) export PROMPT_COMMAND ;; esac
}

# Removes our names from copies that others made: starship's PROMPT_COMMAND, the prompt that a virtualenv restores.
__shellvault_remove_copies() {
  local copy value
  for copy in $(\compgen -v); do
    case $copy in
      __shellvault_* | BASH_* | copy | value | PROMPT_COMMAND) continue ;;
    esac
    value=${!copy-}
    case $value in *__shellvault_*) ;; *) continue ;; esac
    if [[ -n $__shellvault_ps1 ]]; then
      value=${value//"$__shellvault_ps1"/}
    fi
    if [[ -n $__shellvault_ps0 ]]; then
      value=${value//"$__shellvault_ps0"/}
    fi
    value=${value//$'\n'__shellvault_precmd/}
    value=${value//__shellvault_precmd/:}
    if [[ $value != "${!copy}" ]] && ! __shellvault_is_readonly "$copy"; then
      printf -v "$copy" %s "$value"
    fi
  done
}

# Removes a word from an array.
__shellvault_remove_from() {
  local key keys
  builtin eval "keys=(\"\${!$1[@]}\")"
  for key in ${keys[@]+"${keys[@]}"}; do
    local element="$1[$key]"
    if [[ ${!element} == "$2" ]]; then
      unset -v "$element"
    fi
  done
}

# <completion>: what `shellvault completion bash` prints, too. The first line of the program's answer says what the others
# are; see shellvault/completion in its source.

# Completes the word at the cursor. The program quotes the candidates, so nothing in a profile's name can run.
__shellvault_complete() {
  local said=''
  COMPREPLY=()
  said=$(\command "${__shellvault_program[@]:-shellvault}" __complete bash "${COMP_LINE:0:COMP_POINT}" "${2-}" </dev/null 2>/dev/null) || :
  IFS=$'\n' builtin read -r -d '' -a COMPREPLY 2>/dev/null <<<"$said" || : # 1, at the end of the text
  said=${COMPREPLY[0]-}
  if [[ $said == words ]]; then
    unset -v 'COMPREPLY[0]'
    return 0
  fi
  COMPREPLY=()
  case $said in
    files\ *) __shellvault_complete_file "${2-}" "${said#* }" ;;
    program\ *) __shellvault_complete_program "${said#* }" ;;
  esac
}

# Offers files. The first characters of the word belong to an option where bash does not break words at `=`.
__shellvault_complete_file() {
  if [[ $2 != 0 ]]; then
    compopt -o nospace 2>/dev/null || : # a folder may not be the end
    __shellvault_complete_with "${1:0:$2}" "$(\compgen -f -- "${1:$2}")" /
  else
    compopt -o default 2>/dev/null || :
  fi
}

# Offers the lines of a text, quoted, each after a beginning that stays, and with an end if it is a folder.
__shellvault_complete_with() {
  local word
  while IFS= builtin read -r word; do
    if [[ -d $word ]]; then
      word+=${3-}
    fi
    if [[ -n $word ]]; then
      printf -v word %q "$word"
      COMPREPLY+=("$1$word")
    fi
  done <<<"$2" # not < <( ), which bash before 5.1 cannot read under `set -o posix`
}

# Completes the command line of a program, which begins at this character of ours.
__shellvault_complete_program() {
  local before=0 first=0 rest value
  while ((first < COMP_CWORD)); do
    rest=${COMP_LINE:before}
    rest=${rest%%"${COMP_WORDS[first]}"*}
    if ((before + ${#rest} >= $1)); then
      break
    fi
    ((before += ${#rest} + ${#COMP_WORDS[first]}, first += 1))
  done
  value=$(\complete -p -- "${COMP_WORDS[first]}" 2>/dev/null) || :
  if declare -F _comp_command_offset >/dev/null; then # bash-completion 2.12
    # shellcheck disable=SC2034 # it would count in the caller's
    local words && unset -v words
    _comp_command_offset "$first"
    return 0
  elif [[ $value != *' -C '* ]] && declare -F _command_offset >/dev/null; then # older, and runs no -C
    _command_offset "$first"
    return 0
  fi
  COMP_LINE=${COMP_LINE:$1} COMP_POINT=$((COMP_POINT - $1))
  set -- "${COMP_WORDS[@]}" && shift "$first"
  COMP_WORDS=("$@") COMP_CWORD=$((COMP_CWORD - first))
  if ((COMP_CWORD == 0)); then
    __shellvault_complete_with '' "$(\compgen -c -- "${COMP_WORDS[0]}")"
  else
    __shellvault_complete_by "$value" "${COMP_WORDS[0]}" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
  fi
  if ((${#COMPREPLY[@]} == 0)); then
    __shellvault_complete_file "${COMP_WORDS[COMP_CWORD]}" 0
  fi
}

# Does what a `complete -F` or `complete -C`, as `complete -p` prints it, would do for a program, a word, and the one before.
__shellvault_complete_by() {
  local part
  for part in bashdefault default filenames nospace; do
    case $1 in
      *" -o $part "*) compopt -o "$part" 2>/dev/null || : ;;
    esac
  done
  case $1 in
    *' -F '*)
      part=${1##* -F }
      shift
      "${part%% *}" "$@" || :
      ;;
    *' -C '*)
      part=${1#* -C }
      builtin eval "part=${part% *}" # it is printed in quotes
      shift
      part=$(\export COMP_LINE COMP_POINT COMP_TYPE COMP_KEY && \builtin eval "$part \"\$@\"" 2>/dev/null) || :
      IFS=$'\n' builtin read -r -d '' -a COMPREPLY 2>/dev/null <<<"$part" || :
      ;;
  esac
}

# Registers the completion. bash before 4.1 cannot choose to complete files at one Tab and not at another.
__shellvault_offer() {
  if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] < 401)); then
    complete -o default -F __shellvault_complete shellvault
  else
    complete -F __shellvault_complete shellvault
  fi
}
# </completion>

__shellvault_find_readonly
if [[ -n $__shellvault_in_the_way ]]; then
  printf 'shellvault: the hook cannot work while these variables are readonly:%s\n' "$__shellvault_in_the_way" >&2
  unset -f shellvault
elif [[ $- == *i* ]]; then
  __shellvault_install
fi

case $__shellvault_reading in *a*:*) set -a ;; esac
case $__shellvault_reading in
  *:aliases) unset -v __shellvault_reading && shopt -s expand_aliases ;;
  *) unset -v __shellvault_reading ;;
esac
