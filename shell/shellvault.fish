# shellvault for fish 3.6 on. Load it in config.fish:  shellvault hook fish | source
#
# `shellvault use PROFILE` and `shellvault off` change the shell you are in. Before each prompt and each command the
# hook compares integers, and starts no process unless a renewal is due. Inside the margin it renews the session in the
# background; after expiry, it renews before the next command runs. It never asks anything. With SHELLVAULT_TICK=30 it
# redraws the segment every 30 seconds while nobody presses a key.

# The program to run. `shellvault hook` fills in its own interpreter here.
set -g __shellvault_program shellvault

function __shellvault_cli
    command $__shellvault_program $argv
end

function shellvault
    switch "$argv[1]"
        case use
            __shellvault_use $argv[2..-1]
        case off
            __shellvault_off $argv[2..-1]
        case doctor
            __shellvault_doctor $argv
        case '*'
            __shellvault_cli $argv
    end
end

function __shellvault_use
    if builtin contains -- --help $argv; or builtin contains -- -h $argv
        __shellvault_cli help use
        return
    end
    if test "$argv" = -; and test -z "$SHELLVAULT_PREVIOUS"
        builtin printf 'error: no previous profile in this shell\nhint: shellvault use PROFILE\n' >&2
        return 2
    end
    if builtin contains -- --server $argv
        set -p argv --owner $fish_pid
    end
    __shellvault_take use $argv; and __shellvault_calm
end

function __shellvault_off
    switch "$argv[1]"
        case ''
            __shellvault_take env --unset
            and __shellvault_calm
            or __shellvault_without_program $status
        case --help -h
            __shellvault_cli help off
        case '*'
            builtin printf 'error: off takes nothing: it takes out the session that is here\nhint: shellvault off\n' >&2
            return 2
    end
end

# Says how to go on after a failure of `off` that may mean that the program was removed.
function __shellvault_without_program
    if builtin contains -- $argv[1] 1 126 127
        builtin printf 'hint: if shellvault was removed, close this shell, or type: set -e %s\n' \
            'AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN SHELLVAULT_PROFILE' >&2
    end
    return $argv[1]
end

# Runs `doctor`, and tells it whether the shell still runs the hook at each prompt, which no program can see.
function __shellvault_doctor
    if status is-interactive
        set -lx SHELLVAULT_HOOK lost
        builtin functions -q __shellvault_precmd; and set SHELLVAULT_HOOK alive
        __shellvault_cli $argv
    else
        __shellvault_cli $argv
    end
end

# Runs a program with the old secrets that this shell has set aside. The end of the function forgets them.
function __shellvault_lend
    set -l IFS \n # without it, fish splits no list into its lines
    for name in (set -gn | string match '_shellvault_kept_*')
        set -fx $name $$name
    end
    command $argv
end

# Evaluates what `shellvault env` or `shellvault use` prints; the first word says which. Tracing is switched off first, or
# fish_trace would show the secret.
function __shellvault_take
    set -l fish_trace
    __shellvault_lend $__shellvault_program $argv[1] --shell fish $argv[2..-1] | builtin source # not through ( ), which ignores a caller's 2>/dev/null
    set -l codes $pipestatus
    test $codes[1] -eq 0
    and return $codes[2]
    return $codes[1]
end

# After a success: no back-off, and no failure to show.
function __shellvault_calm
    set -g __shellvault_background_at 0
    set -g __shellvault_background_wait 30
    set -g __shellvault_renew_at 0
    set -g __shellvault_renew_wait 30
    set -g __shellvault_asked 0
    set -g __shellvault_redraw_at 0
    set -g __shellvault_state
    set -g __shellvault_told
end

# fish has no clock, but a file's modification time plus its age is the time, and builtins give both.
function __shellvault_clock
    __shellvault_look_around
    set -g __shellvault_written $__shellvault_around[1]
    set -g __shellvault_age $__shellvault_around[2]
    set -g __shellvault_now (builtin math "$__shellvault_written + $__shellvault_age")
end

# Reads the file's two times, and where the prompt function comes from, in one command substitution: nothing else at a
# prompt takes as long.
function __shellvault_look_around
    set -l IFS \n
    set -g __shellvault_around (builtin path mtime -- /; builtin path mtime -R -- /; builtin functions --details --verbose fish_mode_prompt)
end

# Checks whether it is too early for anything to be due or to look different. To do without arithmetic, which would take
# another substitution, it compares the file's age with the age at which something will change.
function __shellvault_is_early
    test $__shellvault_redraw_at != 0; and not set -q SHELLVAULT_TICK
    and test "$__shellvault_around[1]" = "$__shellvault_written" -a "$__shellvault_around[2]" -ge "$__shellvault_age" -a "$__shellvault_around[2]" -lt "$__shellvault_changes_at"
end

# Reads the clock. If it was ahead and was set back, no wait may end too far in the future.
function __shellvault_tell_time
    __shellvault_clock
    if test $__shellvault_now -lt $__shellvault_seen
        set -g __shellvault_background_at 0
        set -g __shellvault_renew_at 0
        set -g __shellvault_redraw_at 0
        set -g __shellvault_asked 0
        set -g __shellvault_tick_at 0
    end
    set -g __shellvault_seen $__shellvault_now
end

# Accepts a number of seconds, and nothing else.
function __shellvault_is_epoch
    string match -qr '^[1-9][0-9]{0,10}$' -- "$argv[1]"
end

# Checks whether programs see a variable: it is exported, and not empty. Its value may be a secret, so no trace shows it.
function __shellvault_is_visible
    set -l fish_trace
    set -qx $argv[1]; and test -n "$$argv[1]"
end

# Looks at the credentials that programs see.
function __shellvault_look
    set -g __shellvault_secret
    set -g __shellvault_key_id
    set -g __shellvault_default
    set -g __shellvault_chosen
    __shellvault_is_visible AWS_SECRET_ACCESS_KEY; and set __shellvault_secret 1
    __shellvault_is_visible AWS_ACCESS_KEY_ID; and set __shellvault_key_id "$AWS_ACCESS_KEY_ID"
    __shellvault_is_visible AWS_DEFAULT_PROFILE; and set __shellvault_default "$AWS_DEFAULT_PROFILE"
    __shellvault_is_visible AWS_PROFILE; and set __shellvault_chosen "$AWS_PROFILE"
    return 0
end

# Picks up the session in the environment when it has changed.
function __shellvault_adopt
    set -l fish_trace # would show the secret
    set -qx AWS_SECRET_ACCESS_KEY AWS_ACCESS_KEY_ID AWS_PROFILE AWS_DEFAULT_PROFILE
    set -l hidden $status
    test -n "$AWS_SECRET_ACCESS_KEY"; or set hidden x
    set -l said "$SHELLVAULT_PROFILE $SHELLVAULT_EXPIRES_AT $SHELLVAULT_REFRESH_AT" \
        "$SHELLVAULT_KEY_ID $AWS_ACCESS_KEY_ID $AWS_PROFILE $AWS_DEFAULT_PROFILE $hidden" \
        "$SHELLVAULT_FILES $AWS_CONFIG_FILE $AWS_SHARED_CREDENTIALS_FILE" \
        "$SHELLVAULT_SERVER $AWS_CONTAINER_CREDENTIALS_FULL_URI" \
        x$SHELLVAULT_DANGER "$SHELLVAULT_SCOPE $SHELLVAULT_PROMPT $NO_COLOR $TERM"
    if test "$said" = "$__shellvault_said"
        return 0
    end
    set -g __shellvault_said $said
    set -g __shellvault_expires 0
    set -g __shellvault_due 0
    set -g __shellvault_foreign
    __shellvault_calm
    __shellvault_look
    if not __shellvault_is_ours
        set -g __shellvault_foreign 1
    else if __shellvault_is_epoch "$SHELLVAULT_EXPIRES_AT"; and __shellvault_is_epoch "$SHELLVAULT_REFRESH_AT"
        set -g __shellvault_expires $SHELLVAULT_EXPIRES_AT
        set -g __shellvault_due $SHELLVAULT_REFRESH_AT
    end
    __shellvault_label
    __shellvault_dangerous
end

# Checks whether the session is still what AWS sees: not other keys, no keys, or a profile chosen since.
function __shellvault_is_ours
    for chosen in "$__shellvault_chosen" "$__shellvault_default"
        if not builtin contains -- $chosen '' "$SHELLVAULT_PROFILE"
            return 1
        end
    end
    if test -n "$SHELLVAULT_SERVER" # no credentials, but the address of an endpoint
        test -z "$__shellvault_key_id" -a "$AWS_CONTAINER_CREDENTIALS_FULL_URI" = "$SHELLVAULT_SERVER"; and __shellvault_has_files
    else if test -n "$SHELLVAULT_FILES" # no credentials, but a profile that asks for them
        test -z "$__shellvault_key_id" -a "$__shellvault_chosen" = "$SHELLVAULT_PROFILE"; and __shellvault_has_files
    else
        test -n "$__shellvault_key_id" -a -n "$__shellvault_secret" -a "$__shellvault_key_id" = "$SHELLVAULT_KEY_ID"
    end
end

# Checks whether programs read the config file that was made for them, and the credentials file chosen then.
function __shellvault_has_files
    test "$AWS_CONFIG_FILE:$AWS_SHARED_CREDENTIALS_FILE" = "$SHELLVAULT_FILES"
end

# Makes the name to display, with the scope of a narrowed session. Wherever it is placed, nothing in it can run, move the
# cursor or reverse the direction of the line. In an ASCII locale, other letters become question marks.
function __shellvault_label
    set -l name (string sub -l 40 -- "$SHELLVAULT_PROFILE" | string join '?')
    if test -n "$name" -a -n "$SHELLVAULT_SCOPE"
        set name "$name "(string sub -l 20 -- "$SHELLVAULT_SCOPE" | string join '?')
    end
    set -g __shellvault_name (string replace -ra '[\p{C}\p{Zl}\p{Zp}$`\\\\%]' '?' -- "$name")
    __shellvault_hide_invisible
end

# Replaces characters that nobody can see: letters, marks and symbols without a shape.
function __shellvault_hide_invisible
    set -l invisible '\x{34f}\x{115f}\x{1160}\x{17b4}\x{17b5}\x{180b}-\x{180f}\x{2800}\x{3164}\x{fe00}-\x{fe0f}\x{ffa0}\x{e0000}-\x{fffff}'
    set -g __shellvault_name (string replace -ra "[$invisible]" '?' -- "$__shellvault_name")
end

# Reads the status file: whether another shell has renewed the session, and whether you have to act.
function __shellvault_read_status_file
    set -l refresh_at
    set -l expires_at
    set -l state
    set -g __shellvault_news 0
    if test -f "$SHELLVAULT_STAMP" -a -r "$SHELLVAULT_STAMP"
        builtin read -d ' ' refresh_at expires_at state <"$SHELLVAULT_STAMP"
    end
    if builtin contains -- "$state" mfa locked failed
        set -g __shellvault_state $state
    else
        set -g __shellvault_state
    end
    if __shellvault_is_epoch "$expires_at"; and test $expires_at != $__shellvault_expires -a $expires_at -gt $__shellvault_now
        set -g __shellvault_news $expires_at
    end
end

# Renews in the background, less and less often while it keeps failing.
function __shellvault_background
    if test $__shellvault_now -lt $__shellvault_background_at
        return 0
    end
    set -g __shellvault_background_at (builtin math $__shellvault_now + $__shellvault_background_wait)
    set -g __shellvault_background_wait (builtin math "min($__shellvault_background_wait * 2, 600)")
    set -g __shellvault_asked $__shellvault_now
    # an orphan is not a job, and leaves $last_pid alone
    set -l nothing (__shellvault_lend sh -c '"$@" </dev/null >/dev/null 2>&1 &' sh $__shellvault_program env --refresh --no-input --shell fish)
end

# Renews now. The next attempt is scheduled before this one starts, so Ctrl-C does not trigger another at once. A slow
# network or a locked vault may recover at any moment, so after those both the wait and the try are short.
function __shellvault_renew
    if test $__shellvault_now -lt $__shellvault_renew_at
        return 0
    end
    set -g __shellvault_renew_at (builtin math $__shellvault_now + $__shellvault_renew_wait)
    set -g __shellvault_renew_wait (builtin math "min($__shellvault_renew_wait * 2, 600)")
    set -l patience 3s
    if test -n "$SHELLVAULT_TIMEOUT"
        set patience $SHELLVAULT_TIMEOUT
    end
    if test -n "$__shellvault_told"
        __shellvault_take env --refresh --no-input --timeout $patience 2>/dev/null
    else
        set -g __shellvault_told 1
        __shellvault_take env --refresh --no-input
    end
    switch $status
        case 0
            __shellvault_adopt
        case 5 8
            __shellvault_tell_time
            set -g __shellvault_renew_at (builtin math $__shellvault_now + 3)
            set -g __shellvault_renew_wait 30
    end
end

# Picks up what another shell or our own background job has renewed; only once, in case there is nothing to pick up.
function __shellvault_pick_up
    if test $__shellvault_news = 0 -o $__shellvault_news = $__shellvault_tried
        return 1
    end
    set -g __shellvault_tried $__shellvault_news
    set -g __shellvault_renew_at 0
    __shellvault_renew
end

# Regenerates the config file that shellvault made for programs, once the user's own is newer.
function __shellvault_follow_config
    if test -e "$AWS_CONFIG_FILE" -a "$SHELLVAULT_CONFIG_FILE" -nt "$AWS_CONFIG_FILE"; and __shellvault_has_files
        __shellvault_cli env --process --refresh --no-input --shell fish </dev/null >/dev/null 2>&1
    end
end

# With an endpoint, nothing is due in this shell, so the status file is read before each prompt.
function __shellvault_follow_server
    set -l state "$__shellvault_state"
    __shellvault_read_status_file
    if test "$state" != "$__shellvault_state"
        set -g __shellvault_redraw_at 0
    end
end

function __shellvault_precmd --on-event fish_prompt
    set -l code $status
    set -g __shellvault_running
    __shellvault_adopt
    if test -n "$SHELLVAULT_CONFIG_FILE"
        __shellvault_follow_config
    end
    if test -n "$SHELLVAULT_SERVER"
        __shellvault_follow_server
    end
    __shellvault_look_around
    if test $__shellvault_expires = 0
        if test $__shellvault_now -ge $__shellvault_redraw_at
            __shellvault_draw
            __shellvault_look_around # a handler of SHELLVAULT_SEGMENT may have replaced the prompt function
        end
    else if not __shellvault_is_early
        __shellvault_check
    end
    __shellvault_stay
    __shellvault_wind
    return $code
end

# Renews a session that is due, draws the segment if it looks different by now, and works out when to check again.
function __shellvault_check
    __shellvault_tell_time
    if test $__shellvault_now -ge $__shellvault_due
        set -g __shellvault_redraw_at 0
        __shellvault_read_status_file
        __shellvault_pick_up
        or __shellvault_background
    end
    if test $__shellvault_now -ge $__shellvault_redraw_at
        __shellvault_draw
    end
    set -g __shellvault_changes_at (builtin math "min($__shellvault_due, $__shellvault_redraw_at) - $__shellvault_written")
    __shellvault_look_around # a handler may have replaced the prompt function
end

# Schedules the next redraw of the segment, if SHELLVAULT_TICK asks for it. fish has no timer, so an orphan sleeps and
# sends URG, a signal that is ignored by default, even by a program that replaced this shell meanwhile. One at a time; if
# it gets lost, the next prompt starts another.
function __shellvault_wind
    if not set -q SHELLVAULT_TICK; or test $__shellvault_expires = 0 -o $__shellvault_now -lt $__shellvault_tick_at
        return 0
    end
    if string match -qr '^[1-9][0-9]{0,3}$' -- "$SHELLVAULT_TICK"
        set -g __shellvault_tick_at (builtin math $__shellvault_now + $SHELLVAULT_TICK)
        function __shellvault_tick --on-signal URG
            __shellvault_look_again 2>/dev/null
        end
        set -l nothing (command sh -c '{ sleep "$1" && kill -URG "$2"; } </dev/null >/dev/null 2>&1 &' sh $SHELLVAULT_TICK $fish_pid)
    end
end

# Does the work of a prompt beside a half-typed line, unless completions are listed below it, which would disappear.
function __shellvault_look_again
    set -l before "$SHELLVAULT_STATE $__shellvault_shown $SHELLVAULT_SEGMENT"
    set -l told $__shellvault_told
    if builtin commandline --paging-mode; or builtin commandline --search-mode
        __shellvault_clock
        __shellvault_wind
        return 0
    end
    set -l running $__shellvault_running
    __shellvault_precmd
    set -g __shellvault_running $running
    if test -z "$told"
        set -g __shellvault_told # the redraw hides messages, so show it again
    end
    if test "$before" != "$SHELLVAULT_STATE $__shellvault_shown $SHELLVAULT_SEGMENT"
        builtin commandline -f repaint
    end
end

# Before a command: picks up a session that is already renewed, or renews one that has expired.
function __shellvault_preexec --on-event fish_preexec
    set -g __shellvault_running 1
    __shellvault_adopt
    if test $__shellvault_expires = 0
        return 0
    end
    __shellvault_look_around
    if __shellvault_is_early
        return 0
    end
    __shellvault_tell_time
    if test $__shellvault_now -ge $__shellvault_due
        __shellvault_read_status_file
        if not __shellvault_pick_up; and test $__shellvault_now -ge $__shellvault_expires
            __shellvault_renew
        end
    end
end

# Sets the segment's text and state, for our prompt and for custom ones; valid until the displayed time changes.
function __shellvault_draw
    set -g SHELLVAULT_SEGMENT
    set -g SHELLVAULT_STATE
    set -g __shellvault_shown
    set -g __shellvault_redraw_at (builtin math $__shellvault_now + 1)
    if test -z "$__shellvault_name"
        return 0
    end
    if test -n "$__shellvault_foreign"
        set -g SHELLVAULT_STATE foreign
        set -g SHELLVAULT_SEGMENT "$__shellvault_name?"
        __shellvault_paint
        return 0
    end
    set -g SHELLVAULT_STATE fresh
    set -l time
    if test -n "$SHELLVAULT_SERVER"
        set time srv
        if builtin contains -- "$__shellvault_state" mfa locked
            set -g SHELLVAULT_STATE $__shellvault_state
            set time srv $__shellvault_state
        else if test "$__shellvault_state" = failed
            set -g SHELLVAULT_STATE due
            set time srv !
        end
    else if test $__shellvault_expires != 0
        set -l left (builtin math $__shellvault_expires - $__shellvault_now)
        if test $left -ge 3600
            set time (builtin math -s0 $left / 3600)h
            set -g __shellvault_redraw_at (builtin math $__shellvault_now + 1 + $left % 3600)
        else if test $left -ge 60
            set time (builtin math -s0 $left / 60)m
            set -g __shellvault_redraw_at (builtin math $__shellvault_now + 1 + $left % 60)
        else if test $left -gt 0
            set time {$left}s
        end
        if builtin contains -- "$__shellvault_state" mfa locked
            set -g SHELLVAULT_STATE $__shellvault_state
            set time $time $__shellvault_state
        else if test $left -le 0
            set -g SHELLVAULT_STATE expired
            set time expired
        else if test $__shellvault_now -ge $__shellvault_due
            set -g SHELLVAULT_STATE due
            set time $time !
            if test "$__shellvault_state" != failed -a (builtin math $__shellvault_now - $__shellvault_asked) -lt 30
                set -g SHELLVAULT_STATE refreshing
                set time[2] '~'
            end
        end
    end
    set -g SHELLVAULT_SEGMENT (string join ' ' -- $__shellvault_name $time)
    __shellvault_paint
end

function __shellvault_paint
    if test "$SHELLVAULT_PROMPT" = off
        return 0
    end
    set -l colour magenta
    switch $SHELLVAULT_STATE
        case fresh
            set colour green
        case due refreshing
            set colour yellow
        case expired
            set colour red
    end
    if test -n "$__shellvault_danger"; and builtin contains $SHELLVAULT_STATE fresh due refreshing
        set colour --bold white --background red
    end
    if test -n "$NO_COLOR" -o "$TERM" = dumb
        set -g __shellvault_shown "[$SHELLVAULT_SEGMENT] "
    else
        set -g __shellvault_shown "$(builtin printf '%s[%s]%s ' "$(builtin set_color $colour)" $SHELLVAULT_SEGMENT "$(builtin set_color normal)")"
    end
end

# Checks whether the profile matches one of the patterns in SHELLVAULT_DANGER.
function __shellvault_dangerous
    set -l IFS \n
    set -l patterns '*prod*'
    if set -q SHELLVAULT_DANGER
        set patterns (string sub -l 1000 -- "$SHELLVAULT_DANGER" | string split -n ' ')
    end
    set -g __shellvault_danger
    for pattern in $patterns
        if __shellvault_matches $pattern
            set -g __shellvault_danger 1
        end
    end
end

# Checks whether the profile matches a pattern of `*` and `?`. fish needs no help with many stars.
function __shellvault_matches
    string match -q -- $argv[1] (string sub -l 250 -- "$SHELLVAULT_PROFILE")
end

# Puts our segment back, because themes redefine the prompt functions. fish_mode_prompt runs before fish_prompt, which
# still sees the status of the last command. A wrapper calls ours; we find out by calling it once per definition.
function __shellvault_stay
    if test "$__shellvault_mode" = "$__shellvault_around[3..-1]"
        return 0
    end
    set -g __shellvault_drawn
    if builtin functions -q fish_mode_prompt
        fish_mode_prompt >/dev/null
    end
    if test -z "$__shellvault_drawn"
        builtin functions -e __shellvault_mode_before
        if builtin functions -q fish_mode_prompt
            builtin functions -c fish_mode_prompt __shellvault_mode_before
        end
        function fish_mode_prompt --description 'shellvault segment'
            if builtin functions -q __shellvault_segment
                __shellvault_segment
            end
        end
    end
    __shellvault_look_around
    set -g __shellvault_mode "$__shellvault_around[3..-1]"
end

# Shows the segment and the previous fish_mode_prompt. Handlers that ran after ours may have changed the session.
function __shellvault_segment
    set -g __shellvault_drawn 1
    if set -q __shellvault_in_mode # the previous one copied ours, and calls it
        return
    end
    if test -z "$__shellvault_running" # `read` has a prompt, too
        __shellvault_adopt
        if test $__shellvault_redraw_at = 0
            __shellvault_clock
            __shellvault_draw
        end
        builtin echo -n -- "$__shellvault_shown"
    end
    if builtin functions -q __shellvault_mode_before
        set -g __shellvault_in_mode 1
        __shellvault_mode_before
        set -eg __shellvault_in_mode
    end
end

# Installs the hook, or whatever is missing after config.fish was reloaded.
function __shellvault_install
    set -g __shellvault_said
    set -g __shellvault_name
    set -g __shellvault_danger
    set -g __shellvault_expires 0
    set -g __shellvault_due 0
    set -g __shellvault_news 0
    set -g __shellvault_tried 0
    set -g __shellvault_now 0
    set -g __shellvault_written
    set -g __shellvault_age 0
    set -g __shellvault_changes_at 0
    set -g __shellvault_tick_at 0
    set -g __shellvault_seen 0
    set -g __shellvault_foreign
    set -g __shellvault_shown
    set -g __shellvault_mode
    __shellvault_calm
    if set -q __shellvault_installed
        return
    end
    set -g __shellvault_installed 1
    set -g __shellvault_running
    __shellvault_offer
end

# Removes the hook from this shell, and restores the prompt.
function __shellvault_remove
    set -l IFS \n
    if builtin functions --details --verbose fish_mode_prompt | string match -q 'shellvault segment'
        builtin functions -e fish_mode_prompt
        if builtin functions -q __shellvault_mode_before
            builtin functions -c __shellvault_mode_before fish_mode_prompt
        end
    end
    builtin complete -c shellvault -e
    set -eg SHELLVAULT_SEGMENT
    set -eg SHELLVAULT_STATE
    for name in (set -gn | string match '__shellvault_*')
        set -eg $name
    end
    builtin functions -e shellvault (builtin functions -an | string match '__shellvault_*')
end

# <completion>: what `shellvault completion fish` prints, too. The first line of the program's answer says what the others
# are; see shellvault/completion in its source.

# Offers what may come at the cursor.
function __shellvault_complete
    set -q __shellvault_offering; and return
    set -l IFS \n
    test (builtin complete -c shellvault | builtin count) -gt 1; and __shellvault_offer
    set -q __shellvault_program; or set -l __shellvault_program shellvault
    set -l words (builtin commandline -opc)
    set -l word (builtin commandline -ct)
    set -l place (builtin contains -i -- shellvault $words); or set place 1
    set words $words[$place..-1] # without the `if` in `if X=1 shellvault`
    set -l answer (command $__shellvault_program __complete fish $words[2..-1] "$word" </dev/null 2>/dev/null)
    set -l count (string split -f 2 ' ' -- $answer[1])
    switch "$answer[1]"
        case words
            builtin printf '%s\n' $answer[2..-1]
        case 'files *'
            builtin printf '%s\n' (string sub -l $count -- "$word")(builtin complete -C "'' $(string sub -s (builtin math $count + 1) -- "$word")")
        case 'program *'
            set -l before (string escape -- $words[(builtin math $count + 1)..-1])
            builtin complete -C "$(string join ' ' -- $before "$word")"
    end
end

# Registers the completion. At the first Tab, fish would add what it has in a file for shellvault, such as all options of
# the man page, whatever the command. So fish loads that file now, and what it adds is erased.
function __shellvault_offer
    set -q __shellvault_offering; and return
    set -g __shellvault_offering
    builtin complete -c shellvault -f
    builtin complete -C 'shellvault ' >/dev/null
    builtin complete -c shellvault -e
    builtin complete -c shellvault -e # in fish 4, the second time means that no file is loaded later either
    builtin complete -c shellvault -f -a '(__shellvault_complete)'
    set -eg __shellvault_offering
end
# </completion>

if status is-interactive
    __shellvault_install
end
