# shellvault for nushell 0.102 on. nushell evaluates no text, so save this file where it is loaded, once:
#   mkdir $nu.user-autoload-dirs.0
#   shellvault hook nushell | save -f $"($nu.user-autoload-dirs.0)/shellvault.nu"
#
# `shellvault use PROFILE` and `shellvault off` change the shell you are in. Before each prompt and each command the
# hook compares integers, and starts no process unless a renewal is due. Inside the margin it renews the session in the
# background; after expiry, it renews before the next command runs. It never asks anything.

# The program to run. `shellvault hook` fills in its own interpreter here.
const __shellvault_program = [shellvault]

def --wrapped __shellvault_cli [...words] {
  ^($__shellvault_program | first) ...($__shellvault_program | skip 1) ...$words
}

# AWS credentials in this shell: `shellvault use PROFILE`, `shellvault off`, and all of the program's commands.
def --env --wrapped shellvault [...words] {
  if $words.0? == use {
    __shellvault_use ...($words | skip 1)
  } else if $words.0? == off {
    __shellvault_off ...($words | skip 1)
  } else {
    __shellvault_cli ...$words
  }
}

def --env --wrapped __shellvault_use [...words] {
  if '--help' in $words or '-h' in $words {
    __shellvault_cli help use
    return
  }
  let owner = if '--server' in $words { ['--owner' $nu.pid] } else { [] }
  __shellvault_take use ...$owner ...$words
  __shellvault_calm
}

def --env --wrapped __shellvault_off [...words] {
  if ($words | is-empty) {
    __shellvault_without_program
    __shellvault_take env --unset
    __shellvault_calm
  } else if $words.0 in ['--help' '-h'] {
    __shellvault_cli help off
  } else {
    error make {msg: 'off takes nothing: it takes out the session that is here', help: 'shellvault off'}
  }
}

# Says how to leave the session if the program was removed.
def __shellvault_without_program [] {
  if (which --all ($__shellvault_program | first) | where type == external | is-empty) {
    let names = 'AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN SHELLVAULT_PROFILE'
    print --stderr $'hint: if shellvault was removed, close this shell, or type: hide-env ($names)'
  }
}

# Loads what `shellvault env` or `shellvault use` prints; the first word says which. If that fails, so does this, before
# anything is loaded.
def --env --wrapped __shellvault_take [verb, ...words] {
  let printed = (__shellvault_cli $verb --shell nushell ...$words)
  $printed | from json | load-env
}

# After a success: no back-off, and no failure to show. Nothing but this hook reads the record, and no program gets it.
def --env __shellvault_calm [] {
  $env.__shellvault = ($env.__shellvault? | default {} | merge {
    background_at: 0
    background_wait: 30
    renew_at: 0
    renew_wait: 30
    asked: 0
    redraw_at: 0
    state: ''
    told: false
  })
}

# Reads the clock. If it was ahead and was set back, no wait may end too far in the future.
def --env __shellvault_tell_time [] {
  let now = (date now | into int) // 1_000_000_000
  if $now < $env.__shellvault.now {
    $env.__shellvault = ($env.__shellvault | merge {background_at: 0, renew_at: 0, redraw_at: 0, asked: 0})
  }
  $env.__shellvault.now = $now
}

# Accepts a number of seconds, and nothing else.
def __shellvault_is_epoch [text] {
  $text =~ '\A[1-9][0-9]{0,10}\z'
}

# Picks up the session in the environment when it has changed.
def --env __shellvault_adopt [] {
  let said = ([
    $env.SHELLVAULT_PROFILE?, $env.SHELLVAULT_EXPIRES_AT?, $env.SHELLVAULT_REFRESH_AT?, $env.SHELLVAULT_KEY_ID?
    $env.AWS_ACCESS_KEY_ID?, $env.AWS_PROFILE?, $env.AWS_DEFAULT_PROFILE?
    $env.SHELLVAULT_FILES?, $env.AWS_CONFIG_FILE?, $env.AWS_SHARED_CREDENTIALS_FILE?
    $env.SHELLVAULT_SERVER?, $env.AWS_CONTAINER_CREDENTIALS_FULL_URI?
    $env.SHELLVAULT_DANGER?, $env.SHELLVAULT_SCOPE?, $env.SHELLVAULT_PROMPT?, $env.NO_COLOR?, $env.TERM?
  ] | append (($env.AWS_SECRET_ACCESS_KEY? | default '') != ''))
  if $said == $env.__shellvault.said {
    return
  }
  __shellvault_calm
  $env.__shellvault = ($env.__shellvault | merge {said: $said, expires: 0, due: 0, foreign: false})
  let expires = ($env.SHELLVAULT_EXPIRES_AT? | default '' | into string)
  let due = ($env.SHELLVAULT_REFRESH_AT? | default '' | into string)
  if not (__shellvault_is_ours) {
    $env.__shellvault.foreign = true
  } else if (__shellvault_is_epoch $expires) and (__shellvault_is_epoch $due) {
    $env.__shellvault = ($env.__shellvault | merge {expires: ($expires | into int), due: ($due | into int)})
  }
  $env.__shellvault.name = (__shellvault_label)
  $env.__shellvault.danger = (__shellvault_dangerous)
}

# Checks whether the session is still what AWS sees: not other keys, no keys, or a profile chosen since.
def __shellvault_is_ours [] {
  let profile = ($env.SHELLVAULT_PROFILE? | default '')
  let chosen = ($env.AWS_PROFILE? | default '')
  let key_id = ($env.AWS_ACCESS_KEY_ID? | default '')
  let server = ($env.SHELLVAULT_SERVER? | default '')
  if ($chosen not-in ['' $profile]) or (($env.AWS_DEFAULT_PROFILE? | default '') not-in ['' $profile]) {
    return false
  }
  if $server != '' { # no credentials, but the address of an endpoint
    $key_id == '' and $env.AWS_CONTAINER_CREDENTIALS_FULL_URI? == $server and (__shellvault_has_files)
  } else if ($env.SHELLVAULT_FILES? | default '') != '' { # no credentials, but a profile that asks for them
    $key_id == '' and $chosen == $profile and (__shellvault_has_files)
  } else {
    ($key_id != '' and ($env.AWS_SECRET_ACCESS_KEY? | default '') != ''
      and $key_id == $env.SHELLVAULT_KEY_ID?)
  }
}

# Checks whether programs read the config file that was made for them, and the credentials file chosen then.
def __shellvault_has_files [] {
  let files = $"($env.AWS_CONFIG_FILE? | default ''):($env.AWS_SHARED_CREDENTIALS_FILE? | default '')"
  $files == ($env.SHELLVAULT_FILES? | default '')
}

# Makes the name to display, with the scope of a narrowed session.
def __shellvault_label [] {
  [
    (__shellvault_harmless ($env.SHELLVAULT_PROFILE? | default '' | into string) 40)
    (__shellvault_harmless ($env.SHELLVAULT_SCOPE? | default '' | into string) 20)
  ] | where $it != '' | str join ' '
}

# Shortens a name, and replaces what could run code elsewhere, move the cursor, reverse the line, or not be seen.
def __shellvault_harmless [text, limit] {
  let invisible = ([
    '[\x{34f}\x{115f}\x{1160}\x{17b4}\x{17b5}\x{180b}-\x{180f}\x{2800}\x{3164}'
    '\x{fe00}-\x{fe0f}\x{ffa0}\x{e0000}-\x{fffff}]'
  ] | str join)
  ($text | split chars | first $limit | str join
    | str replace --all --regex '[^\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}]|[$`\\%\x{fffd}]' '?'
    | str replace --all --regex $invisible '?')
}

# Checks whether the profile matches one of the patterns of `*` and `?` in SHELLVAULT_DANGER.
def __shellvault_dangerous [] {
  let profile = ($env.SHELLVAULT_PROFILE? | default '' | into string)
  $env.SHELLVAULT_DANGER? | default '*prod*' | split row ' ' | where $it != '' | any {|pattern|
    let expression = ($pattern
      | str replace --all --regex '[\\.+^$()\[\]{}|]' '\$0'
      | str replace --all '*' '.*'
      | str replace --all '?' '.')
    $profile =~ ('(?s)\A' + $expression + '\z')
  }
}

# Reads the status file: whether another shell has renewed the session, and whether you have to act.
def --env __shellvault_read_status_file [] {
  let file = ($env.SHELLVAULT_STAMP? | default '')
  let words = try {
    if ($file | path expand | path type) != file { [] } else {
      open --raw $file | into string | split row ' ' | str trim
    }
  } catch { [] } # not ours to read
  let expires = ($words.1? | default '')
  let expires = if (__shellvault_is_epoch $expires) { $expires | into int } else { 0 }
  let is_new = $expires > $env.__shellvault.now and $expires != $env.__shellvault.expires
  $env.__shellvault.state = if $words.2? in [mfa locked failed] { $words.2 } else { '' }
  $env.__shellvault.news = if $is_new { $expires } else { 0 }
}

# Renews in the background, less and less often while it keeps failing.
def --env __shellvault_background [] {
  let now = $env.__shellvault.now
  if $now < $env.__shellvault.background_at {
    return
  }
  $env.__shellvault = ($env.__shellvault | merge {
    background_at: ($now + $env.__shellvault.background_wait)
    background_wait: ([($env.__shellvault.background_wait * 2) 600] | math min)
    asked: $now
  })
  # an orphan is not a job
  (^sh -c '"$@" </dev/null >/dev/null 2>&1 &' sh ...$__shellvault_program env --refresh --no-input --shell nushell
    | complete | ignore)
}

# Renews now. The next attempt is scheduled before this one starts, so Ctrl-C does not trigger another at once. A slow
# network or a locked vault may recover at any moment, so after those both the wait and the try are short.
def --env __shellvault_renew [] {
  let now = $env.__shellvault.now
  let told = $env.__shellvault.told
  if $now < $env.__shellvault.renew_at {
    return
  }
  $env.__shellvault = ($env.__shellvault | merge {
    renew_at: ($now + $env.__shellvault.renew_wait)
    renew_wait: ([($env.__shellvault.renew_wait * 2) 600] | math min)
    told: true
  })
  let timeout = ($env.SHELLVAULT_TIMEOUT? | default '')
  let patience = if $timeout != '' { $timeout } else { '3s' }
  let words = [env --refresh --no-input --shell nushell]
  let done = if $told {
    __shellvault_cli ...$words --timeout $patience | complete
  } else { # its messages are shown while it runs
    try {
      {exit_code: 0, stdout: (__shellvault_cli ...$words)}
    } catch {|failure|
      {exit_code: ($failure.exit_code? | default 1)}
    }
  }
  if $done.exit_code == 0 {
    $done.stdout | from json | load-env
    __shellvault_adopt
    return
  }
  if $done.exit_code in [5 8] {
    __shellvault_tell_time
    $env.__shellvault = ($env.__shellvault | merge {renew_at: ($env.__shellvault.now + 3), renew_wait: 30})
  }
}

# Picks up what another shell or our own background job has renewed; only once, in case there is nothing to pick up.
# Says whether there was anything new.
def --env __shellvault_pick_up [] {
  let news = $env.__shellvault.news
  $env.__shellvault.is_new = $news not-in [0 $env.__shellvault.tried]
  if $env.__shellvault.is_new {
    $env.__shellvault = ($env.__shellvault | merge {tried: $news, renew_at: 0})
    __shellvault_renew
  }
}

# Regenerates the config file that shellvault made for programs, once the user's own is newer.
def __shellvault_follow_config [] {
  let made = ($env.AWS_CONFIG_FILE? | default '')
  let own = $env.SHELLVAULT_CONFIG_FILE
  if ($made | path exists) and ($own | path exists) and (__shellvault_has_files) {
    if (ls --long $own).0.modified > (ls --long $made).0.modified {
      __shellvault_cli env --process --refresh --no-input --shell nushell | complete | ignore
    }
  }
}

# With an endpoint, nothing is due in this shell, so the status file is read before each prompt.
def --env __shellvault_follow_server [] {
  let before = $env.__shellvault.state
  __shellvault_read_status_file
  if $env.__shellvault.state != $before {
    $env.__shellvault.redraw_at = 0
  }
}

def --env __shellvault_precmd [] {
  __shellvault_adopt
  if ($env.SHELLVAULT_CONFIG_FILE? | default '') != '' {
    __shellvault_follow_config
  }
  if ($env.SHELLVAULT_SERVER? | default '') != '' {
    __shellvault_follow_server
  }
  __shellvault_check
  __shellvault_stay
}

# Renews a session that is due, and draws the segment if it looks different by now.
def --env __shellvault_check [] {
  __shellvault_tell_time
  if $env.__shellvault.expires != 0 and $env.__shellvault.now >= $env.__shellvault.due {
    $env.__shellvault.redraw_at = 0
    __shellvault_read_status_file
    __shellvault_pick_up
    if not $env.__shellvault.is_new {
      __shellvault_background
    }
  }
  if $env.__shellvault.now >= $env.__shellvault.redraw_at {
    __shellvault_draw
  }
}

# Before a command: picks up a session that is already renewed, or renews one that has expired.
def --env __shellvault_preexec [] {
  __shellvault_adopt
  if $env.__shellvault.expires == 0 {
    return
  }
  __shellvault_tell_time
  if $env.__shellvault.now >= $env.__shellvault.due {
    __shellvault_read_status_file
    __shellvault_pick_up
    if not $env.__shellvault.is_new and $env.__shellvault.now >= $env.__shellvault.expires {
      __shellvault_renew
    }
  }
}

# Sets the segment's text and state, for our prompt and for custom ones; valid until the displayed time changes. A hook
# can set nothing but environment variables.
def --env __shellvault_draw [] {
  let now = $env.__shellvault.now
  let left = $env.__shellvault.expires - $now
  let state = $env.__shellvault.state
  $env.__shellvault.redraw_at = $now + 1
  if $env.__shellvault.name == '' {
    hide-env --ignore-errors SHELLVAULT_SEGMENT SHELLVAULT_STATE
    return
  }
  if $env.__shellvault.foreign {
    __shellvault_show foreign []
    $env.SHELLVAULT_SEGMENT = $"($env.__shellvault.name)?"
  } else if ($env.SHELLVAULT_SERVER? | default '') != '' {
    if $state in [mfa locked] {
      __shellvault_show $state [srv $state]
    } else if $state == failed {
      __shellvault_show due [srv '!']
    } else {
      __shellvault_show fresh [srv]
    }
  } else if $env.__shellvault.expires == 0 {
    __shellvault_show fresh []
  } else {
    mut time = if $left > 0 { [$'($left)s'] } else { [] }
    if $left >= 3600 {
      $time = [$'($left // 3600)h']
      $env.__shellvault.redraw_at = $now + 1 + $left mod 3600
    } else if $left >= 60 {
      $time = [$'($left // 60)m']
      $env.__shellvault.redraw_at = $now + 1 + $left mod 60
    }
    if $state in [mfa locked] {
      __shellvault_show $state [...$time $state]
    } else if $left <= 0 {
      __shellvault_show expired [expired]
    } else if $now < $env.__shellvault.due {
      __shellvault_show fresh $time
    } else if $state != failed and $now - $env.__shellvault.asked < 30 {
      __shellvault_show refreshing [...$time '~']
    } else {
      __shellvault_show due [...$time '!']
    }
  }
}

def --env __shellvault_show [state, time] {
  $env.SHELLVAULT_STATE = $state
  $env.SHELLVAULT_SEGMENT = ([$env.__shellvault.name ...$time] | str join ' ')
}

# Returns the segment for the prompt. Handlers that ran after ours may have changed the session.
def __shellvault_segment [] {
  __shellvault_adopt
  if $env.__shellvault.redraw_at == 0 {
    __shellvault_tell_time
    __shellvault_draw
  }
  let state = ($env.SHELLVAULT_STATE? | default '')
  if $env.__shellvault.name == '' or $state == '' or $env.SHELLVAULT_PROMPT? == off {
    return ''
  }
  let colour = match $state {
    'fresh' => '32'
    'due' | 'refreshing' => '33'
    'expired' => '31'
    _ => '35'
  }
  let shown = if $env.__shellvault.danger and $state in [fresh due refreshing] { '1;37;41' } else { $colour }
  if ($env.NO_COLOR? | default '') != '' or $env.TERM? == dumb {
    $"[($env.SHELLVAULT_SEGMENT)] "
  } else {
    $"\u{1b}[($shown)m[($env.SHELLVAULT_SEGMENT)]\u{1b}[0m "
  }
}

# The prompt: our segment, and the prompt that was there. One that was made of ours calls it once more.
def __shellvault_prompt [before] {
  let is_outer = not ($env.__shellvault?.in_prompt? | default true)
  let segment = if $is_outer { try { __shellvault_segment } catch { '' } } else { '' }
  if $is_outer {
    $env.__shellvault.in_prompt = true
  }
  $"($segment)(if ($before | describe) == closure { do $before } else { $before })"
}

# Checks whether the prompt is ours.
def __shellvault_is_shown [] {
  let prompt = $env.PROMPT_COMMAND?
  ($prompt | describe) == closure and (view source $prompt) =~ '^\{\|\| __shellvault_prompt \$before'
}

# Puts our segment before a prompt that does not show it yet.
def --env __shellvault_stay [] {
  if (__shellvault_is_shown) {
    return
  }
  let before = ($env.PROMPT_COMMAND? | default '')
  $env.__shellvault.before = $before
  $env.PROMPT_COMMAND = {|| __shellvault_prompt $before }
}

# Returns a list of hooks without ours.
def __shellvault_others [hooks] {
  $hooks | default [] | append [] | where {|hook| not (($hook | describe) =~ '^record' and $hook.shellvault? == 1) }
}

# Installs the hook, or whatever is missing. Nothing that fails here may break a prompt or a command, or change the
# status of the last one.
def --env __shellvault_install [] {
  $env.__shellvault = ($env.__shellvault? | default {before: ''} | merge {
    said: [], name: '', danger: false, foreign: false, expires: 0, due: 0, now: 0, news: 0, tried: 0, is_new: false
    in_prompt: false
  })
  __shellvault_calm
  $env.config.hooks.pre_prompt = (__shellvault_others $env.config.hooks.pre_prompt? | append {
    shellvault: 1
    code: {|| let status = $env.LAST_EXIT_CODE; try { __shellvault_precmd } catch { }; $env.LAST_EXIT_CODE = $status }
  })
  $env.config.hooks.pre_execution = (__shellvault_others $env.config.hooks.pre_execution? | append {
    shellvault: 1
    code: {|| let status = $env.LAST_EXIT_CODE; try { __shellvault_preexec } catch { }; $env.LAST_EXIT_CODE = $status }
  })
}

# Removes the hook from this shell, and restores the prompt. The commands stay until `hide` or the end of the shell.
def --env __shellvault_remove [] {
  $env.config.hooks.pre_prompt = (__shellvault_others $env.config.hooks.pre_prompt?)
  $env.config.hooks.pre_execution = (__shellvault_others $env.config.hooks.pre_execution?)
  if (__shellvault_is_shown) {
    $env.PROMPT_COMMAND = $env.__shellvault.before
  }
  hide-env --ignore-errors __shellvault SHELLVAULT_SEGMENT SHELLVAULT_STATE
}

if $nu.is-interactive {
  __shellvault_install
}
