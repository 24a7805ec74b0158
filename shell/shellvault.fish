# shellvault for fish 3.6 on. Load it in config.fish:  shellvault hook fish | source
#
# `shellvault use PROFILE` and `shellvault off` work in the shell itself. Before each prompt and each command integers
# are compared, and nothing is forked while nothing is due. Inside the margin the session is renewed in the background;
# once it has expired, before the next command runs. The hook never asks anything. With SHELLVAULT_TICK=30 the segment
# is drawn anew every 30 seconds while nobody presses a key.

# The program. `shellvault hook` puts its own interpreter here.
set -g __shellvault_program shellvault

function __shellvault_cli
    command $__shellvault_program $argv
end

function shellvault
    switch "$argv[1]"
        case use
            __shellvault_use $argv[2..-1]
        case off
            __shellvault_use --unset $argv[2..-1]
        case '*'
            __shellvault_cli $argv
    end
end

function __shellvault_use
    if not set -q argv[1]
        printf 'error: which profile?\nhint: shellvault use PROFILE; shellvault list shows them\n' >&2
        return 2
    end
    __shellvault_take $argv
    or return
    __shellvault_calm
end

# Evaluates what `shellvault env` prints. Tracing is off before the secret comes, or fish_trace would show it.
function __shellvault_take
    set -l fish_trace
    __shellvault_cli env --shell fish $argv | source # not through ( ), which a caller's 2>/dev/null does not reach
    set -l codes $pipestatus
    test $codes[1] -eq 0
    and return $codes[2]
    return $codes[1]
end

# After a success: no waiting, nothing to tell.
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

# fish has no clock: a file's time and its age, both of them builtins, add up to one.
function __shellvault_clock
    path mtime -- / | builtin read -l written
    path mtime -R -- / | builtin read -l age
    set -g __shellvault_now (math "$written + $age")
end

# A number of seconds, and nothing else.
function __shellvault_is_epoch
    string match -qr '^[1-9][0-9]{0,10}$' -- "$argv[1]"
end

# Takes over what the environment says, when it says something new.
function __shellvault_adopt
    set -l said "$SHELLVAULT_PROFILE $SHELLVAULT_EXPIRES_AT $SHELLVAULT_REFRESH_AT" \
        x$SHELLVAULT_DANGER "$SHELLVAULT_PROMPT $NO_COLOR"
    if test "$said" = "$__shellvault_said"
        return 0
    end
    set -g __shellvault_said $said
    set -g __shellvault_expires 0
    set -g __shellvault_due 0
    __shellvault_calm
    if __shellvault_is_epoch "$SHELLVAULT_EXPIRES_AT"; and __shellvault_is_epoch "$SHELLVAULT_REFRESH_AT"
        set -g __shellvault_expires $SHELLVAULT_EXPIRES_AT
        set -g __shellvault_due $SHELLVAULT_REFRESH_AT
    end
    __shellvault_label
    __shellvault_dangerous
end

# The profile's name as it is shown: wherever a person puts it, nothing in it can run, move the cursor or turn
# the line's direction. Where the locale has no letters but ASCII's, it shows no other ones.
function __shellvault_label
    set -l name (string sub -l 40 -- "$SHELLVAULT_PROFILE" | string join '?')
    set -g __shellvault_name (string replace -ra '[\p{C}\p{Zl}\p{Zp}$`\\\\%]' '?' -- "$name")
end

# Reads the stamp: when another shell has renewed the session, and whether a person is needed.
function __shellvault_read_stamp
    set -l refresh_at
    set -l expires_at
    set -l state
    set -g __shellvault_news 0
    if test -f "$SHELLVAULT_STAMP" -a -r "$SHELLVAULT_STAMP"
        builtin read -d ' ' refresh_at expires_at state <"$SHELLVAULT_STAMP"
    end
    if contains -- "$state" mfa locked failed
        set -g __shellvault_state $state
    else
        set -g __shellvault_state
    end
    if __shellvault_is_epoch "$expires_at"; and test $expires_at != $__shellvault_expires -a $expires_at -gt $__shellvault_now
        set -g __shellvault_news $expires_at
    end
end

# Renews in the background, ever more rarely while it does not help.
function __shellvault_background
    if test $__shellvault_now -lt $__shellvault_background_at
        return 0
    end
    set -g __shellvault_background_at (math $__shellvault_now + $__shellvault_background_wait)
    set -g __shellvault_background_wait (math "min($__shellvault_background_wait * 2, 600)")
    set -g __shellvault_asked $__shellvault_now
    # a child of nobody's is no job, and leaves $last_pid alone
    set -l nothing (command sh -c '"$@" </dev/null >/dev/null 2>&1 &' sh $__shellvault_program env --refresh --no-input --shell fish)
end

# Renews here and now. The next try is put off before this one begins, so that Ctrl-C is not answered by another.
function __shellvault_renew
    if test $__shellvault_now -lt $__shellvault_renew_at
        return 0
    end
    set -g __shellvault_renew_at (math $__shellvault_now + $__shellvault_renew_wait)
    set -g __shellvault_renew_wait (math "min($__shellvault_renew_wait * 2, 600)")
    if test -n "$__shellvault_told"
        __shellvault_take --refresh --no-input 2>/dev/null
        or return 0
    else
        set -g __shellvault_told 1
        __shellvault_take --refresh --no-input
        or return 0
    end
    __shellvault_adopt
end

# Takes over what another shell, or our own background, has renewed; once, should it turn out to be nothing.
function __shellvault_pick_up
    if test $__shellvault_news = 0 -o $__shellvault_news = $__shellvault_tried
        return 1
    end
    set -g __shellvault_tried $__shellvault_news
    set -g __shellvault_renew_at 0
    __shellvault_renew
end

function __shellvault_precmd --on-event fish_prompt
    set -l code $status
    __shellvault_adopt
    if test $__shellvault_expires != 0
        __shellvault_clock
        if test $__shellvault_now -ge $__shellvault_due
            set -g __shellvault_redraw_at 0
            __shellvault_read_stamp
            __shellvault_pick_up
            or __shellvault_background
        end
    end
    if test $__shellvault_now -ge $__shellvault_redraw_at
        __shellvault_draw
    end
    __shellvault_stay
    __shellvault_wind
    return $code
end

# Sees that the segment is drawn again while a person looks at it, for those who ask for it. fish has no timer: a child
# of nobody's sleeps, and sends the signal that everybody ignores who does not listen for it, as what this shell may have
# become by then. One at a time; should it be lost, another one follows the next prompt.
function __shellvault_wind
    if not set -q SHELLVAULT_TICK; or test $__shellvault_expires = 0 -o $__shellvault_now -lt $__shellvault_tick_at
        return 0
    end
    if string match -qr '^[1-9][0-9]{0,3}$' -- "$SHELLVAULT_TICK"
        set -g __shellvault_tick_at (math $__shellvault_now + $SHELLVAULT_TICK)
        function __shellvault_tick --on-signal URG
            __shellvault_look_again 2>/dev/null
        end
        set -l nothing (command sh -c '{ sleep "$1" && kill -URG "$2"; } </dev/null >/dev/null 2>&1 &' sh $SHELLVAULT_TICK $fish_pid)
    end
end

# What is done before a prompt, beside a half-typed line. Not while choices are listed below it, which would go away.
function __shellvault_look_again
    set -l before "$SHELLVAULT_STATE $__shellvault_shown $SHELLVAULT_SEGMENT"
    set -l told $__shellvault_told
    if commandline --paging-mode; or commandline --search-mode
        __shellvault_clock
        __shellvault_wind
        return 0
    end
    __shellvault_precmd
    if test -z "$told"
        set -g __shellvault_told # a message now was not seen
    end
    if test "$before" != "$SHELLVAULT_STATE $__shellvault_shown $SHELLVAULT_SEGMENT"
        commandline -f repaint
    end
end

# Before a command: only what has expired is of any concern.
function __shellvault_preexec --on-event fish_preexec
    __shellvault_adopt
    if test $__shellvault_expires = 0
        return 0
    end
    __shellvault_clock
    if test $__shellvault_now -ge $__shellvault_expires
        __shellvault_read_stamp
        if not __shellvault_pick_up; and not contains -- "$__shellvault_state" mfa locked
            __shellvault_renew
        end
    end
end

# The segment's text and state, for the prompt and for those who place it themselves; good until the time left reads
# otherwise.
function __shellvault_draw
    set -g SHELLVAULT_SEGMENT
    set -g SHELLVAULT_STATE
    set -g __shellvault_shown
    set -g __shellvault_redraw_at (math $__shellvault_now + 1)
    if test -z "$__shellvault_name"
        return 0
    end
    set -g SHELLVAULT_STATE fresh
    set -l time
    if test $__shellvault_expires != 0
        set -l left (math $__shellvault_expires - $__shellvault_now)
        if test $left -ge 3600
            set time (math -s0 $left / 3600)h
            set -g __shellvault_redraw_at (math $__shellvault_now + 1 + $left % 3600)
        else if test $left -ge 60
            set time (math -s0 $left / 60)m
            set -g __shellvault_redraw_at (math $__shellvault_now + 1 + $left % 60)
        else if test $left -gt 0
            set time {$left}s
        end
        if contains -- "$__shellvault_state" mfa locked
            set -g SHELLVAULT_STATE $__shellvault_state
            set time $time $__shellvault_state
        else if test $left -le 0
            set -g SHELLVAULT_STATE expired
            set time expired
        else if test $__shellvault_now -ge $__shellvault_due
            set -g SHELLVAULT_STATE due
            set time $time !
            if test "$__shellvault_state" != failed -a (math $__shellvault_now - $__shellvault_asked) -lt 30
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
    if test -n "$__shellvault_danger"; and contains $SHELLVAULT_STATE fresh due refreshing
        set colour --bold white --background red
    end
    if test -n "$NO_COLOR"
        set -g __shellvault_shown "[$SHELLVAULT_SEGMENT] "
    else
        set -g __shellvault_shown "$(printf '%s[%s]%s ' "$(set_color $colour)" $SHELLVAULT_SEGMENT "$(set_color normal)")"
    end
end

# Says whether the profile matches one of the patterns in SHELLVAULT_DANGER.
function __shellvault_dangerous
    set -l patterns '*prod*'
    if set -q SHELLVAULT_DANGER
        set patterns (string split -n ' ' -- "$SHELLVAULT_DANGER")
    end
    set -g __shellvault_danger
    for pattern in $patterns
        if string match -q -- $pattern "$SHELLVAULT_PROFILE"
            set -g __shellvault_danger 1
        end
    end
end

# Keeps our place, for themes define the prompt's functions anew. This one is run before fish_prompt, which then still
# sees the status of the person's own command.
function __shellvault_stay
    set -l details (functions --details --verbose fish_mode_prompt)
    if test "$details[5]" = 'the segment of shellvault'
        return 0
    end
    functions -e __shellvault_mode_before
    if functions -q fish_mode_prompt
        functions -c fish_mode_prompt __shellvault_mode_before
    end
    function fish_mode_prompt --description 'the segment of shellvault'
        if test -z "$(status current-commandline)" # `read` has a prompt too
            builtin echo -n -- "$__shellvault_shown"
        end
        if functions -q __shellvault_mode_before
            __shellvault_mode_before
        end
    end
end

function __shellvault_install
    set -g __shellvault_said
    set -g __shellvault_name
    set -g __shellvault_danger
    set -g __shellvault_expires 0
    set -g __shellvault_due 0
    set -g __shellvault_news 0
    set -g __shellvault_tried 0
    set -g __shellvault_now 0
    set -g __shellvault_tick_at 0
    __shellvault_calm
    complete -c shellvault -f
    complete -c shellvault -n __fish_use_subcommand -a 'use off env exec export login add import list sso rotate remove status doctor clear lock unlock hook demo'
    complete -c shellvault -n '__fish_seen_subcommand_from use env exec export login clear' -a '(__shellvault_cli list --profiles 2>/dev/null)'
    complete -c shellvault -n '__fish_seen_subcommand_from add remove rm rotate' -a '(__shellvault_cli list --credentials 2>/dev/null)'
    set -g __shellvault_installed 1
end

# Takes the hook out of this shell; the prompt is as it was.
function __shellvault_remove
    set -l details (functions --details --verbose fish_mode_prompt)
    if test "$details[5]" = 'the segment of shellvault'
        functions -e fish_mode_prompt
        if functions -q __shellvault_mode_before
            functions -c __shellvault_mode_before fish_mode_prompt
        end
    end
    complete -c shellvault -e
    set -eg SHELLVAULT_SEGMENT
    set -eg SHELLVAULT_STATE
    for name in (set -gn | string match '__shellvault_*')
        set -eg $name
    end
    functions -e shellvault (functions -an | string match '__shellvault_*')
end

if status is-interactive; and not set -q __shellvault_installed
    __shellvault_install
end
