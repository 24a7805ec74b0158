# shellvault for zsh 5.8 on. Load it in ~/.zshrc:  eval "$(shellvault hook zsh)"
#
# `shellvault use PROFILE` and `shellvault off` change the shell you are in. Before each prompt and each command the
# hook compares integers, and starts no process unless a renewal is due. Inside the margin it renews the session in the
# background; after expiry, it renews before the next command runs. It never asks anything. With SHELLVAULT_TICK=30 it
# redraws the segment every 30 seconds while nobody presses a key.

# While the shell reads this file, aliases are off. The end of the file puts them back.
__shellvault_reading=''
[[ -o aliases ]] && \builtin unsetopt aliases && __shellvault_reading=x

# The program to run. `shellvault hook` fills in its own interpreter here.
__shellvault_program=(shellvault)

__shellvault_cli() { command "${__shellvault_program[@]}" "$@"; }

shellvault() {
  case ${1-} in
    use) shift && __shellvault_use "$@" ;;
    off) shift && __shellvault_off "$@" ;;
    doctor) __shellvault_doctor "$@" ;;
    *) __shellvault_cli "$@" ;;
  esac
}

__shellvault_use() {
  emulate -L zsh && setopt no_xtrace
  case " $* " in
    *' --help '* | *' -h '*)
      __shellvault_cli help use
      return
      ;;
    ' - ')
      if [[ -z ${SHELLVAULT_PREVIOUS-} ]]; then
        print -u 2 -r -- $'error: no previous profile in this shell\nhint: shellvault use PROFILE'
        return 2
      fi
      ;;
    *' --server '*) set -- --owner "$$" "$@" ;; # inside $( ) the caller is another process
  esac
  setopt local_traps
  trap '' INT # Ctrl-C at a question ends the program that asks, with status 130; zsh itself would return 1
  __shellvault_take use "$@" && __shellvault_calm
}

__shellvault_off() {
  emulate -L zsh && setopt no_xtrace
  case ${1-} in
    '')
      if __shellvault_take env --unset; then
        __shellvault_calm
      else
        __shellvault_without_program $?
      fi
      ;;
    --help | -h) __shellvault_cli help off ;;
    *)
      print -u 2 -r -- $'error: off takes nothing: it takes out the session that is here\nhint: shellvault off'
      return 2
      ;;
  esac
}

# Says how to go on after a failure of `off` that may mean that the program was removed.
__shellvault_without_program() {
  case $1 in
    1 | 126 | 127)
      print -u 2 -r -- 'hint: if shellvault was removed, close this shell, or type:' \
        'unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN SHELLVAULT_PROFILE'
      ;;
  esac
  return $1
}

# Runs `doctor`, and tells it whether the shell still runs the hook at each prompt, which no program can see.
__shellvault_doctor() {
  if [[ -o interactive ]]; then
    local -x SHELLVAULT_HOOK=lost
    ((${+precmd_functions} && $precmd_functions[(Ie)__shellvault_precmd])) && SHELLVAULT_HOOK=alive
  fi
  __shellvault_cli "$@"
}

# Runs a program with the old secrets that this shell has set aside. Call it only in a subshell, which forgets them.
__shellvault_lend() {
  local name
  for name in ${(k)parameters[(I)_shellvault_kept_*]}; do
    typeset -gx "$name"
  done
  command "$@"
}

# Evaluates what `shellvault env` or `shellvault use` prints; the first word says which. Tracing is switched off first, or
# `set -x`, `functions -t` and traps that see each command would show the secret. zsh restores options and traps when the function ends.
__shellvault_take() {
  setopt local_options local_traps no_xtrace no_aliases # zsh parses $( ) again each time
  local statements='' code=0
  statements=$(trap - INT && __shellvault_lend "${__shellvault_program[@]}" "$1" --shell zsh "${@:2}") || code=$?
  trap - DEBUG
  if ((code == 0)); then
    builtin eval "$statements" || code=$?
  fi
  return $code
}

# After a success: no back-off, and no failure to show.
__shellvault_calm() {
  typeset -gi __shellvault_background_at=0 __shellvault_background_wait=30
  typeset -gi __shellvault_renew_at=0 __shellvault_renew_wait=30
  typeset -gi __shellvault_asked=0 __shellvault_redraw_at=0
  typeset -g __shellvault_state='' __shellvault_told=''
}

if zmodload -F zsh/datetime p:EPOCHSECONDS 2>/dev/null; then
  __shellvault_clock() { typeset -gi __shellvault_now=$EPOCHSECONDS; }
else
  __shellvault_clock() { typeset -gi __shellvault_now=${(%):-%D{%s}}; }
fi

# Reads the clock. If it was ahead and was set back, no wait may end too far in the future.
__shellvault_tell_time() {
  __shellvault_clock
  if ((__shellvault_now < __shellvault_seen)); then
    __shellvault_background_at=0 __shellvault_renew_at=0 __shellvault_redraw_at=0 __shellvault_asked=0
  fi
  __shellvault_seen=$__shellvault_now
}

# Accepts a number of seconds, and nothing that arithmetic would evaluate.
__shellvault_is_epoch() {
  case $1 in
    '' | 0* | *[^0123456789]* | ????????????*) return 1 ;;
  esac
}

# Checks whether programs see a variable: it is exported, and not empty. Its value may be a secret, so we do not expand it.
__shellvault_is_visible() { [[ ${(P)1:+${(tP)1}} == *export* ]]; }

# Looks at the credentials that programs see.
__shellvault_look() {
  typeset -g __shellvault_secret='' __shellvault_key_id='' __shellvault_default='' __shellvault_chosen=''
  if __shellvault_is_visible AWS_SECRET_ACCESS_KEY; then __shellvault_secret=1; fi
  if __shellvault_is_visible AWS_ACCESS_KEY_ID; then __shellvault_key_id=$AWS_ACCESS_KEY_ID; fi
  if __shellvault_is_visible AWS_DEFAULT_PROFILE; then __shellvault_default=$AWS_DEFAULT_PROFILE; fi
  if __shellvault_is_visible AWS_PROFILE; then __shellvault_chosen=$AWS_PROFILE; fi
}

# Picks up the session in the environment when it has changed.
__shellvault_adopt() {
  local said="${SHELLVAULT_PROFILE-} ${SHELLVAULT_EXPIRES_AT-} ${SHELLVAULT_REFRESH_AT-}"
  said+=" ${SHELLVAULT_KEY_ID-} ${AWS_ACCESS_KEY_ID-} ${AWS_PROFILE-} ${AWS_DEFAULT_PROFILE-}"
  said+=" ${AWS_SECRET_ACCESS_KEY:+${(t)AWS_SECRET_ACCESS_KEY}} ${AWS_ACCESS_KEY_ID+${(t)AWS_ACCESS_KEY_ID}}"
  said+=" ${AWS_PROFILE+${(t)AWS_PROFILE}} ${AWS_DEFAULT_PROFILE+${(t)AWS_DEFAULT_PROFILE}}"
  said+=" ${SHELLVAULT_FILES-} ${AWS_CONFIG_FILE-} ${AWS_SHARED_CREDENTIALS_FILE-}"
  said+=" ${SHELLVAULT_SERVER-} ${AWS_CONTAINER_CREDENTIALS_FULL_URI-}"
  said+=" ${SHELLVAULT_SCOPE-} ${SHELLVAULT_DANGER-*prod*} ${SHELLVAULT_PROMPT-} ${NO_COLOR-} ${TERM-}"
  if [[ $said == "${__shellvault_said-}" ]]; then
    return 0
  fi
  typeset -g __shellvault_said=$said __shellvault_foreign=''
  typeset -gi __shellvault_expires=0 __shellvault_due=0
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
  name="${name[1,40]}${SHELLVAULT_SCOPE:+${name:+ ${SHELLVAULT_SCOPE[1,20]}}}"
  name=${name//[^[:print:]]/?}
  name=${name//[\$\`\\%]/?}
  typeset -g __shellvault_name=$name
  case $name in
    *[^[:ascii:]]*) __shellvault_hide_invisible ;;
  esac
}

# Replaces characters that nobody can see: those for formatting, and letters, marks and symbols without a shape. Without
# multibyte, a pattern's ranges are ranges of bytes.
__shellvault_hide_invisible() {
  setopt local_options no_multibyte
  local name=$__shellvault_name
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
  local refresh_at='' expires_at='' state=''
  typeset -gi __shellvault_news=0
  if [[ -f ${SHELLVAULT_STAMP-} && -r $SHELLVAULT_STAMP ]]; then
    IFS=' ' builtin read -r refresh_at expires_at state <"$SHELLVAULT_STAMP" || :
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
  setopt local_options no_monitor no_bg_nice
  if ((__shellvault_now < __shellvault_background_at)); then
    return 0
  fi
  ((__shellvault_background_at = __shellvault_now + __shellvault_background_wait))
  ((__shellvault_background_wait = __shellvault_background_wait < 300 ? __shellvault_background_wait * 2 : 600))
  __shellvault_asked=$__shellvault_now
  (__shellvault_lend "${__shellvault_program[@]}" env --refresh --no-input --shell zsh </dev/null >/dev/null 2>&1 &)
}

# Renews now. The next attempt is scheduled before this one starts, so Ctrl-C does not trigger another at once. A slow
# network or a locked vault may recover at any moment, so after those both the wait and the try are short.
__shellvault_renew() {
  local -i code=0
  if ((__shellvault_now < __shellvault_renew_at)); then
    return 0
  fi
  ((__shellvault_renew_at = __shellvault_now + __shellvault_renew_wait))
  ((__shellvault_renew_wait = __shellvault_renew_wait < 300 ? __shellvault_renew_wait * 2 : 600))
  if [[ -n $__shellvault_told ]]; then
    __shellvault_take env --refresh --no-input --timeout "${SHELLVAULT_TIMEOUT:-3s}" 2>/dev/null || code=$?
  else
    __shellvault_told=1
    __shellvault_take env --refresh --no-input || code=$?
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
    __shellvault_cli env --process --refresh --no-input --shell zsh </dev/null >/dev/null 2>&1 || :
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
  emulate -L zsh && setopt no_xtrace
  __shellvault_tell_time
  __shellvault_adopt
  __shellvault_follow_config
  __shellvault_follow_server
  if ((__shellvault_due && __shellvault_now >= __shellvault_due)); then
    __shellvault_redraw_at=0
    __shellvault_read_status_file
    __shellvault_pick_up || __shellvault_background
  fi
  if ((__shellvault_now >= __shellvault_redraw_at)); then
    __shellvault_draw
  fi
  __shellvault_stay
  __shellvault_wind
}

# Schedules the next redraw of the segment, if SHELLVAULT_TICK asks for it. One at a time: an event that is already
# scheduled is enough.
__shellvault_wind() {
  case ${SHELLVAULT_TICK-} in
    '' | 0* | *[^0123456789]* | ?????*) return 0 ;;
  esac
  if ((__shellvault_expires)) && zmodload zsh/sched; then
    if [[ -z ${(M)zsh_scheduled_events:#*__shellvault_tick*} ]]; then
      sched "+$SHELLVAULT_TICK" '{ __shellvault_tick $? $-; } 2>/dev/null'
    fi
  fi
}

# zsh may also run this between a command and its prompt, and uses its status, which must then be the command's.
__shellvault_tick() {
  emulate -L zsh && setopt no_xtrace
  if zle; then
    zle -N __shellvault_look_again
    zle __shellvault_look_again -f nolast || zle __shellvault_look_again # zsh 5.8 has no -f
    zle -D __shellvault_look_again
  fi
  __shellvault_wind
  if [[ $2 != *e* ]]; then # under `set -e` a status from here would end the shell
    return $1
  fi
}

# Does the work of a prompt beside a half-typed line. Not on a continuation line, which has no segment, nor while
# completions are listed below it, which would disappear.
__shellvault_look_again() {
  emulate -L zsh && setopt no_xtrace
  local before="$SHELLVAULT_STATE $__shellvault_shown $SHELLVAULT_SEGMENT" told=$__shellvault_told
  case $CONTEXT$WIDGET$LASTWIDGET in
    *complete* | *menu* | *list*) return 0 ;;
    start*) __shellvault_precmd ;;
  esac
  if [[ -z $told ]]; then
    __shellvault_told='' # the redraw hides messages, so show it again
  fi
  if [[ $before != "$SHELLVAULT_STATE $__shellvault_shown $SHELLVAULT_SEGMENT" ]]; then
    zle .reset-prompt
  fi
  return 0
}

# Before a command: picks up a session that is already renewed, or renews one that has expired. The segment goes until our
# function runs before a prompt again.
__shellvault_preexec() {
  emulate -L zsh && setopt no_xtrace
  __shellvault_tell_time
  __shellvault_adopt
  __shellvault_fill ''
  if ((__shellvault_due && __shellvault_now >= __shellvault_due)); then
    __shellvault_read_status_file
    if ! __shellvault_pick_up && ((__shellvault_now >= __shellvault_expires)); then
      __shellvault_renew
    fi
  fi
  return 0
}

# Sets the segment's text and state, for PROMPT and for custom prompts; valid until the displayed time changes.
__shellvault_draw() {
  setopt local_options no_force_float # which emulate leaves on
  local -i left=$((__shellvault_expires - __shellvault_now))
  local time=''
  ((__shellvault_redraw_at = __shellvault_now + 1 + (left >= 3600 ? left % 3600 : left >= 60 ? left % 60 : 0)))
  typeset -g SHELLVAULT_SEGMENT='' SHELLVAULT_STATE='' __shellvault_shown=''
  if [[ -z $__shellvault_name ]]; then
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

# Chooses one of the styles.
__shellvault_paint() {
  typeset -g __shellvault_shown=$SHELLVAULT_SEGMENT
  typeset -gi __shellvault_style=4
  case $SHELLVAULT_STATE in
    fresh) __shellvault_style=${__shellvault_danger:-1} ;;
    due | refreshing) __shellvault_style=${__shellvault_danger:-2} ;;
    expired) __shellvault_style=3 ;;
  esac
  if [[ -n ${NO_COLOR-} || ${TERM-} == dumb ]]; then
    __shellvault_style=6
  fi
  if [[ ${SHELLVAULT_PROMPT-} == off ]]; then
    __shellvault_shown=''
  fi
}

# Checks whether the profile matches one of the patterns in SHELLVAULT_DANGER.
__shellvault_dangerous() {
  local pattern patterns="${SHELLVAULT_DANGER-*prod*}"
  typeset -g __shellvault_danger=''
  for pattern in ${(s: :)patterns[1,1000]}; do
    {
      if __shellvault_matches "$pattern"; then
        __shellvault_danger=5
      fi
    } always {
      TRY_BLOCK_ERROR=0 # an invalid pattern is an error, which would also abort the typed command
    } 2>/dev/null
  done
}

# Checks whether the profile matches a pattern of `*`, `?` and `[…]`. We look for the text between two stars once,
# from left to right, because the shell itself tries every combination, which takes hours for thirty stars.
__shellvault_matches() {
  local rest=${${SHELLVAULT_PROFILE-}[1,250]} pattern=$1 part
  pattern=${pattern//[()|<>]/?} # no alternatives, which can be nested, and no ranges of numbers
  part=${pattern%%\**}
  if [[ $part == "$pattern" ]]; then
    [[ $rest == ${~part} ]]
    return
  fi
  [[ $rest == ${~part}* ]] || return 1
  while
    rest=${rest#${~part}}
    pattern=${pattern#*\*}
    [[ $pattern == *\** ]]
  do
    part=*${pattern%%\**}
    [[ $rest == ${~part}* ]] || return 1
  done
  [[ $rest == *${~pattern} ]]
}

# Puts our segment back, because themes reassign PROMPT.
__shellvault_stay() {
  __shellvault_fill "$__shellvault_shown"
  if [[ -z $__shellvault_ps1 ]]; then
    :
  elif (($+functions[_p9k_precmd])); then
    __shellvault_stay_in_p10k
  else
    __shellvault_stay_in_prompt
    if [[ ${precmd_functions[-1]} != __shellvault_precmd ]]; then
      precmd_functions=(${precmd_functions:#__shellvault_precmd} __shellvault_precmd)
    fi
  fi
  __shellvault_offer
}

# The text is in psvar, where the prompt expands nothing in it. Each style has its own element, so our part of PROMPT
# never changes, and we recognize it in a PROMPT that somebody saved and restored.
__shellvault_fill() {
  if [[ -n $__shellvault_literal ]]; then # the text in PROMPT itself, from __shellvault_stay_in_prompt
    PROMPT=${PROMPT//"$__shellvault_literal"/}
    __shellvault_literal=''
  fi
  if [[ -z $__shellvault_ps1 ]]; then
    return 0
  fi
  psvar[__shellvault_filled]=''
  __shellvault_filled=$((__shellvault_slot + __shellvault_style))
  psvar[__shellvault_filled]=$1
}

# Without the option `prompt_percent` zsh shows nothing from psvar: PROMPT gets the text itself.
__shellvault_stay_in_prompt() {
  if [[ ! -o prompt_percent ]]; then
    PROMPT=${PROMPT//"$__shellvault_ps1"/}
    if [[ -n $__shellvault_shown ]]; then
      __shellvault_literal="[$__shellvault_shown] "
      PROMPT=$__shellvault_literal$PROMPT
    fi
  elif [[ -n $__shellvault_shown && $PROMPT != *"$__shellvault_ps1"* ]]; then
    PROMPT=$__shellvault_ps1$PROMPT
  fi
}

# powerlevel10k builds PROMPT from a list of segments and shows nothing else. It reads the list on start or reload.
__shellvault_stay_in_p10k() {
  case " ${POWERLEVEL9K_LEFT_PROMPT_ELEMENTS-} ${POWERLEVEL9K_RIGHT_PROMPT_ELEMENTS-} " in
    *' shellvault '*) return 0 ;;
  esac
  if (($+POWERLEVEL9K_LEFT_PROMPT_ELEMENTS)); then
    POWERLEVEL9K_LEFT_PROMPT_ELEMENTS=(shellvault $POWERLEVEL9K_LEFT_PROMPT_ELEMENTS)
  else
    typeset -ga POWERLEVEL9K_LEFT_PROMPT_ELEMENTS=(shellvault context dir vcs) # its default, and ours
  fi
  p10k reload
}

# A powerlevel10k segment, redrawn from psvar at each prompt. There is no instant_prompt_shellvault, because nobody knows
# what session the shell holds before this file is loaded.
prompt_shellvault() {
  local state style=1 look=''
  for state look in FRESH 'green ' DUE 'yellow ' EXPIRED 'red ' ATTENTION 'magenta ' DANGER 'white red' PLAIN ' '; do
    p10k segment -s $state -f "${look% *}" -b "${look#* }" -c "\${(%):-%$((__shellvault_slot + style))v}" \
      -t "%$((__shellvault_slot + style++))v"
  done
}

# Installs the hook, or whatever is missing after an rc file was reloaded or an array was assigned.
__shellvault_install() {
  emulate -L zsh && setopt no_xtrace
  if [[ -z ${__shellvault_installed-} ]]; then
    typeset -gi __shellvault_psvar_before=$#psvar
    typeset -g __shellvault_hooks_before=${+precmd_functions}${+preexec_functions}
  else
    if [[ -n $__shellvault_ps1 ]]; then
      PROMPT=${PROMPT//"$__shellvault_ps1"/}
    fi
  fi
  __shellvault_style_prompt
  typeset -g __shellvault_said='' __shellvault_name='' __shellvault_danger='' __shellvault_foreign=''
  typeset -g __shellvault_shown='' __shellvault_literal=${__shellvault_literal-}
  typeset -gi __shellvault_expires=0 __shellvault_due=0 __shellvault_news=0 __shellvault_tried=0 __shellvault_seen=0
  __shellvault_calm
  if __shellvault_is_readonly precmd_functions || __shellvault_is_readonly preexec_functions; then
    print -u 2 -r -- 'shellvault: precmd_functions or preexec_functions is readonly, so sessions are not renewed in this shell'
    return 0
  fi
  typeset -ga precmd_functions preexec_functions
  precmd_functions=(${precmd_functions:#__shellvault_precmd} __shellvault_precmd)
  if (($+functions[_p9k_precmd])); then # before its first prompt, our segment has to be in its list
    precmd_functions=(__shellvault_precmd ${precmd_functions:#__shellvault_precmd})
  fi
  preexec_functions=(${preexec_functions:#__shellvault_preexec} __shellvault_preexec)
  typeset -g __shellvault_installed=1
  __shellvault_warn_of_aliases
}

__shellvault_is_readonly() { [[ ${(P)1+${(tP)1}} == *readonly* ]]; }

# Our part of PROMPT: one conditional for each style. pure uses psvar 12 to 23 for its own texts.
__shellvault_style_prompt() {
  local look
  typeset -gi __shellvault_slot=30 __shellvault_style=1 __shellvault_filled=${__shellvault_filled:-31}
  typeset -g __shellvault_ps1=''
  local -i slot=__shellvault_slot
  if __shellvault_is_readonly PROMPT || __shellvault_is_readonly psvar; then
    return 0
  fi
  for look in '%F{green}' '%F{yellow}' '%F{red}' '%F{magenta}' '%B%F{white}%K{red}' ''; do
    slot+=1
    __shellvault_ps1+="%(${slot}V.${look}[%${slot}v]${look:+%b%f%k} .)"
  done
}

__shellvault_warn_of_aliases() {
  local word
  for word in shellvault use off; do
    if (($+galiases[$word])) || [[ $word == shellvault && $+aliases[shellvault] == 1 ]]; then
      print -u 2 -r -- "shellvault: an alias changes what you type as $word; take it away: unalias '$word'" # quoted, or it would be changed here, too
    fi
  done
}

# Removes the hook from this shell, and restores prompt and arrays.
__shellvault_remove() {
  emulate -L zsh && setopt no_xtrace
  local -i event
  if [[ -n $__shellvault_ps1 ]]; then
    PROMPT=${PROMPT//"$__shellvault_ps1"/}
  fi
  __shellvault_fill ''
  while [[ -n $__shellvault_ps1 ]] && (($#psvar > __shellvault_psvar_before)) && [[ -z $psvar[-1] ]]; do
    psvar[-1]=()
  done
  if (($precmd_functions[(Ie)__shellvault_precmd])); then
    precmd_functions=(${precmd_functions:#__shellvault_precmd})
  fi
  if (($preexec_functions[(Ie)__shellvault_preexec])); then
    preexec_functions=(${preexec_functions:#__shellvault_preexec})
  fi
  if [[ $__shellvault_hooks_before == 0? && $#precmd_functions == 0 ]]; then
    unset precmd_functions
  fi
  if [[ $__shellvault_hooks_before == ?0 && $#preexec_functions == 0 ]]; then
    unset preexec_functions
  fi
  for ((event = $#zsh_scheduled_events; event > 0; event--)); do
    if [[ ${zsh_scheduled_events[event]-} == *__shellvault_tick* ]]; then
      sched -$event
    fi
  done
  case ${__shellvault_offered-} in
    compdef) compdef -d shellvault ;;
    compctl) compctl + shellvault ;;
  esac
  __shellvault_leave_p10k
  unset -m '__shellvault_*' SHELLVAULT_SEGMENT SHELLVAULT_STATE
  unfunction -m '__shellvault_*' shellvault prompt_shellvault
}

__shellvault_leave_p10k() {
  if [[ " ${POWERLEVEL9K_LEFT_PROMPT_ELEMENTS-} " == *' shellvault '* ]]; then
    POWERLEVEL9K_LEFT_PROMPT_ELEMENTS=(${POWERLEVEL9K_LEFT_PROMPT_ELEMENTS:#shellvault})
    if (($+functions[_p9k_precmd])); then
      p10k reload
    fi
  fi
}

# <completion>: what `shellvault completion zsh` prints, too. The first line of the program's answer says what the others
# are; see shellvault/completion in its source.

# Offers what may come at the cursor.
__shellvault_complete() {
  setopt local_options no_aliases
  local -a answer first shown
  answer=("${(@f)$(command "${__shellvault_program[@]:-shellvault}" __complete zsh "${(@Q)words[2,CURRENT-1]}" "$PREFIX" </dev/null 2>/dev/null)}")
  first=(${(s: :)answer[1]})
  shift answer
  case ${first[1]-} in
    words)
      compset -p $first[2]
      if ((first[3])); then
        shown=("${(@)answer[first[3]+1,-1]}")
        answer=("${(@)answer[1,first[3]]}")
        _describe -t values value shown answer
      else
        _wanted values expl value compadd -a answer
      fi
      ;;
    files) compset -p $first[2] && _files ;;
    program)
      shift $first[2] words
      ((CURRENT -= first[2]))
      _normal
      ;;
  esac
}

# Offers the same, without descriptions, in a shell that never runs compinit.
__shellvault_complete_plainly() {
  emulate -L zsh && setopt no_xtrace
  local -a line
  local -i place
  read -cA line
  read -cn place
  reply=("${(@f)$(command "${__shellvault_program[@]:-shellvault}" __complete fish "${(@Q)line[2,place-1]}" "$1" </dev/null 2>/dev/null)}")
  if [[ $reply[1] == words ]]; then
    reply=("${(@)reply[2,-1]%%$'\t'*}")
  else
    reply=()
  fi
}

# Registers the completion. compinit may run after us.
__shellvault_offer() {
  if [[ ${__shellvault_offered-} == compdef ]]; then
    :
  elif (($+functions[compdef])); then
    typeset -g __shellvault_offered=compdef
    compdef __shellvault_complete shellvault
  elif [[ -o zle && -z ${__shellvault_offered-} ]]; then
    typeset -g __shellvault_offered=compctl
    compctl -K __shellvault_complete_plainly + -f shellvault
  fi
}
# </completion>

if [[ -o interactive ]]; then
  __shellvault_install
fi

if [[ $__shellvault_reading == x ]]; then
  unset __shellvault_reading
  setopt aliases
else
  unset __shellvault_reading
fi
