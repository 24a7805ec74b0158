# shellvault for elvish 0.19 on. Load it in rc.elv:  eval (shellvault hook elvish | slurp)
#
# `shellvault use PROFILE` and `shellvault off` change the shell you are in. Before each prompt and each command the
# hook compares integers, and starts no process unless a renewal is due. Inside the margin it renews the session in the
# background; after expiry, it renews before the next command runs. It never asks anything.
#
# `eval` leaves no variables behind, so these functions know one another and nobody else knows them. They have to be
# defined before they are used.

use path
use re
use str

# The program to run. `shellvault hook` fills in its own interpreter here.
var program = [shellvault]

# Letters, marks and symbols without a shape.
var invisible = (str:join '' [
  '\x{34f}\x{115f}\x{1160}\x{17b4}\x{17b5}\x{180b}-\x{180f}\x{2800}\x{3164}'
  '\x{fe00}-\x{fe0f}\x{ffa0}\x{e0000}-\x{fffff}'
])

var said = []
var name = ''
var danger = $false
var foreign = $false
var expires = (num 0)
var due = (num 0)
var now = (num 0)
var seen = (num 0)
var booted = (num 0)
var measure-at = (num 0)
var news = (num 0)
var tried = (num 0)
var background-at = (num 0)
var background-wait = (num 30)
var renew-at = (num 0)
var renew-wait = (num 30)
var asked = (num 0)
var redraw-at = (num 0)
var state = ''
var told = $false
var colour = ''
var in-prompt = $false
var is-removed = $false

fn cli {|@words|
  (external $program[0]) (all $program[1..]) $@words
}

# Runs a function while programs see the old secrets that this shell has set aside.
fn lend {|run|
  var names = []
  for each $before-chdir {
    if (has-key $each opt-names) {
      for index [(range (count $each[opt-names]))] {
        if (str:has-prefix $each[opt-names][$index] _shellvault_kept_) {
          set names = [$@names $each[opt-names][$index]]
          set-env $each[opt-names][$index] $each[opt-defaults][$index]
        }
      }
    }
  }
  try {
    $run
  } finally {
    each $unset-env~ $names
  }
}

# Evaluates what `shellvault env` or `shellvault use` prints; the first word says which. If it fails, so does this.
fn take {|verb @words|
  eval (lend { cli $verb --shell elvish $@words | slurp })
}

# After a success: no back-off, and no failure to show.
fn calm {
  set background-at = (num 0)
  set background-wait = (num 30)
  set renew-at = (num 0)
  set renew-wait = (num 30)
  set asked = (num 0)
  set redraw-at = (num 0)
  set state = ''
  set told = $false
}

fn use-profile {|@words|
  if (or (has-value $words --help) (has-value $words -h)) {
    cli help use
    return
  }
  if (has-value $words --server) {
    set words = [--owner $pid $@words]
  }
  take use $@words
  calm
}

# Says how to go on after a failure of `off` that may mean that the program was removed.
fn without-program {|reason|
  if (or (not (has-key $reason exit-status)) (has-value [1 126 127] $reason[exit-status])) {
    echo 'hint: if shellvault was removed, close this shell, or type: '^
      'each $unset-env~ [AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN SHELLVAULT_PROFILE]' >&2
  }
}

fn off {|@words|
  if (eq $words []) {
    try {
      take env --unset
    } catch failure {
      without-program $failure[reason]
      fail $failure
    }
    calm
  } elif (has-value [--help -h] $words[0]) {
    cli help off
  } else {
    e:sh -c 'printf "error: %s\nhint: shellvault off\n" "off takes nothing: it takes out the session that is here"; exit 2' >&2
  }
}

# A program that failed has said why, so a failure says no more than its status: elvish would show our own code.
fn shellvault {|@words|
  var status = 0
  try {
    if (and (not-eq $words []) (eq $words[0] use)) {
      use-profile (all $words[1..])
    } elif (and (not-eq $words []) (eq $words[0] off)) {
      off (all $words[1..])
    } else {
      cli $@words
    }
  } catch failure {
    if (not (has-key $failure[reason] exit-status)) {
      fail $failure
    }
    set status = $failure[reason][exit-status]
  }
  if (not-eq $status 0) {
    fail 'shellvault exited with '$status
  }
}

# elvish has no clock. Linux says how long it has been running, and, once a minute here, when it was started; elsewhere
# this takes a process.
fn clock {
  if (not (path:is-regular /proc/uptime)) {
    set now = (num (e:date +%s))
    return
  }
  var uptime = (num [(str:split . (slurp </proc/uptime))][0])
  if (or (>= $uptime $measure-at) (< $uptime (- $measure-at 60))) {
    set booted = (num (re:find '(?m)^btime (\d+)$' (slurp </proc/stat))[groups][1][text])
    set measure-at = (+ $uptime 60)
  }
  set now = (+ $booted $uptime)
}

# Reads the clock. If it was ahead and was set back, no wait may end too far in the future.
fn tell-time {
  clock
  if (< $now $seen) {
    set background-at = (num 0)
    set renew-at = (num 0)
    set redraw-at = (num 0)
    set asked = (num 0)
  }
  set seen = $now
}

# Accepts a number of seconds, and nothing else.
fn is-epoch {|text|
  re:match '\A[1-9][0-9]{0,10}\z' $text
}

# Checks whether programs read the config file that was made for them, and the credentials file chosen then.
fn has-files {
  eq $E:AWS_CONFIG_FILE':'$E:AWS_SHARED_CREDENTIALS_FILE $E:SHELLVAULT_FILES
}

# Checks whether the session is still what AWS sees: not other keys, no keys, or a profile chosen since.
fn is-ours {
  for chosen [$E:AWS_PROFILE $E:AWS_DEFAULT_PROFILE] {
    if (not (has-value ['' $E:SHELLVAULT_PROFILE] $chosen)) {
      put $false
      return
    }
  }
  if (not-eq $E:SHELLVAULT_SERVER '') { # no credentials, but the address of an endpoint
    and (eq $E:AWS_ACCESS_KEY_ID '') (eq $E:AWS_CONTAINER_CREDENTIALS_FULL_URI $E:SHELLVAULT_SERVER) (has-files)
  } elif (not-eq $E:SHELLVAULT_FILES '') { # no credentials, but a profile that asks for them
    and (eq $E:AWS_ACCESS_KEY_ID '') (eq $E:AWS_PROFILE $E:SHELLVAULT_PROFILE) (has-files)
  } else {
    and (not-eq $E:AWS_ACCESS_KEY_ID '') (not-eq $E:AWS_SECRET_ACCESS_KEY '') ^
      (eq $E:AWS_ACCESS_KEY_ID $E:SHELLVAULT_KEY_ID)
  }
}

# Shortens a name, and replaces what could run code elsewhere, move the cursor, reverse the line, or not be seen.
fn harmless {|text limit|
  var letters = [(str:split '' $text)]
  if (> (count $letters) $limit) {
    set text = (str:join '' $letters[..$limit])
  }
  set text = (re:replace '[^\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}]|[$`\\%\x{fffd}]' '?' $text)
  re:replace '['$invisible']' '?' $text
}

# Makes the name to display, with the scope of a narrowed session.
fn label {
  set name = (harmless $E:SHELLVAULT_PROFILE 40)
  if (and (not-eq $name '') (not-eq $E:SHELLVAULT_SCOPE '')) {
    set name = $name' '(harmless $E:SHELLVAULT_SCOPE 20)
  }
}

# Checks whether the profile matches one of the patterns of `*` and `?` in SHELLVAULT_DANGER.
fn dangerous {
  var patterns = '*prod*'
  if (has-env SHELLVAULT_DANGER) {
    set patterns = $E:SHELLVAULT_DANGER
  }
  set danger = $false
  for pattern [(str:split ' ' $patterns)] {
    var expression = (str:replace '\?' . (str:replace '\*' '.*' (re:quote $pattern)))
    if (and (not-eq $pattern '') (re:match '(?s)\A'$expression'\z' $E:SHELLVAULT_PROFILE)) {
      set danger = $true
    }
  }
}

# Picks up the session in the environment when it has changed.
fn adopt {
  var says = [(each {|each| if (has-env $each) { put =(get-env $each) } else { put '' } } [
    SHELLVAULT_PROFILE SHELLVAULT_EXPIRES_AT SHELLVAULT_REFRESH_AT SHELLVAULT_KEY_ID AWS_ACCESS_KEY_ID
    AWS_PROFILE AWS_DEFAULT_PROFILE SHELLVAULT_FILES AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE
    SHELLVAULT_SERVER AWS_CONTAINER_CREDENTIALS_FULL_URI
    SHELLVAULT_DANGER SHELLVAULT_SCOPE SHELLVAULT_PROMPT NO_COLOR TERM
  ]) (eq $E:AWS_SECRET_ACCESS_KEY '')]
  if (eq $says $said) {
    return
  }
  set said = $says
  set expires due = (num 0) (num 0)
  set foreign = $false
  calm
  if (not (is-ours)) {
    set foreign = $true
  } elif (and (is-epoch $E:SHELLVAULT_EXPIRES_AT) (is-epoch $E:SHELLVAULT_REFRESH_AT)) {
    set expires due = (num $E:SHELLVAULT_EXPIRES_AT) (num $E:SHELLVAULT_REFRESH_AT)
  }
  label
  dangerous
}

# Reads the status file: whether another shell has renewed the session, and whether you have to act.
fn read-status-file {
  var words = []
  set news = (num 0)
  set state = ''
  try {
    if (path:is-regular &follow-symlink=$true $E:SHELLVAULT_STAMP) {
      set words = [(re:split '\s+' (slurp <$E:SHELLVAULT_STAMP)) '' '']
    }
  } catch _ { # no such file, or not ours to read
    nop
  }
  if (< (count $words) 3) {
    return
  }
  if (has-value [mfa locked failed] $words[2]) {
    set state = $words[2]
  }
  if (and (is-epoch $words[1]) (!= $words[1] $expires) (> $words[1] $now)) {
    set news = (num $words[1])
  }
}

fn longer {|wait|
  if (> $wait 300) { put (num 600) } else { * $wait 2 }
}

# Renews in the background, less and less often while it keeps failing.
fn background {
  if (< $now $background-at) {
    return
  }
  set background-at = (+ $now $background-wait)
  set background-wait = (longer $background-wait)
  set asked = $now
  # an orphan is not a job
  lend { e:sh -c '"$@" </dev/null >/dev/null 2>&1 &' sh $@program env --refresh --no-input --shell elvish }
}

# Renews now. The next attempt is scheduled before this one starts, so Ctrl-C does not trigger another at once. A slow
# network or a locked vault may recover at any moment, so after those both the wait and the try are short.
fn renew {
  if (< $now $renew-at) {
    return
  }
  set renew-at = (+ $now $renew-wait)
  set renew-wait = (longer $renew-wait)
  var patience = 3s
  if (not-eq $E:SHELLVAULT_TIMEOUT '') {
    set patience = $E:SHELLVAULT_TIMEOUT
  }
  try {
    if $told {
      take env --refresh --no-input --timeout $patience 2>/dev/null
    } else {
      set told = $true
      take env --refresh --no-input
    }
    adopt
  } catch failure {
    var reason = $failure[reason]
    if (and (has-key $reason exit-status) (has-value [5 8] $reason[exit-status])) {
      tell-time
      set renew-at = (+ $now 3)
      set renew-wait = (num 30)
    }
  }
}

# Picks up what another shell or our own background job has renewed; only once, in case there is nothing to pick up.
fn pick-up {
  if (has-value [(num 0) $tried] $news) {
    put $false
    return
  }
  set tried = $news
  set renew-at = (num 0)
  renew
  put $true
}

# Sets the segment's text and state, for our prompt and for custom ones; valid until the displayed time changes. They
# are environment variables, since a function of yours could not find others.
fn show {|what time|
  set-env SHELLVAULT_STATE $what
  set-env SHELLVAULT_SEGMENT (str:join ' ' [$name $@time])
  set colour = [magenta]
  if (eq $what fresh) {
    set colour = [green]
  } elif (has-value [due refreshing] $what) {
    set colour = [yellow]
  } elif (eq $what expired) {
    set colour = [red]
  }
  if (and $danger (has-value [fresh due refreshing] $what)) {
    set colour = [bold white bg-red]
  }
}

fn draw {
  set redraw-at = (+ $now 1)
  if (eq $name '') {
    unset-env SHELLVAULT_SEGMENT
    unset-env SHELLVAULT_STATE
  } elif $foreign {
    show foreign []
    set-env SHELLVAULT_SEGMENT $name'?'
  } elif (not-eq $E:SHELLVAULT_SERVER '') {
    if (has-value [mfa locked] $state) {
      show $state [srv $state]
    } elif (eq $state failed) {
      show due [srv !]
    } else {
      show fresh [srv]
    }
  } elif (== $expires 0) {
    show fresh []
  } else {
    var left = (- $expires $now)
    var time = []
    if (>= $left 3600) {
      set time = [(to-string (/ (- $left (% $left 3600)) 3600))h]
      set redraw-at = (+ $now 1 (% $left 3600))
    } elif (>= $left 60) {
      set time = [(to-string (/ (- $left (% $left 60)) 60))m]
      set redraw-at = (+ $now 1 (% $left 60))
    } elif (> $left 0) {
      set time = [(to-string $left)s]
    }
    if (has-value [mfa locked] $state) {
      show $state [$@time $state]
    } elif (<= $left 0) {
      show expired [expired]
    } elif (< $now $due) {
      show fresh $time
    } elif (and (not-eq $state failed) (< (- $now $asked) 30)) {
      show refreshing [$@time '~']
    } else {
      show due [$@time !]
    }
  }
}

# Renews a session that is due, and draws the segment if it looks different by now.
fn check {
  tell-time
  if (and (!= $expires 0) (>= $now $due)) {
    set redraw-at = (num 0)
    read-status-file
    if (not (pick-up)) {
      background
    }
  }
  if (>= $now $redraw-at) {
    draw
  }
}

# With an endpoint, nothing is due in this shell, so the status file is read before each prompt.
fn follow-server {
  var before = $state
  read-status-file
  if (not-eq $state $before) {
    set redraw-at = (num 0)
  }
}

# Prints the segment for the prompt. Handlers that ran after ours may have changed the session.
fn segment {
  adopt
  if (== $redraw-at 0) {
    clock
    draw
  }
  if (or (eq $E:SHELLVAULT_SEGMENT '') (eq $name '') (eq $E:SHELLVAULT_PROMPT off)) {
    return
  }
  if (or (not-eq $E:NO_COLOR '') (eq $E:TERM dumb)) {
    put '['$E:SHELLVAULT_SEGMENT'] '
  } else {
    put (styled '['$E:SHELLVAULT_SEGMENT']' $@colour) ' '
  }
}

fn is-marked {|function mark|
  and (has-key $function opt-names) (has-value $function[opt-names] $mark)
}

# Puts our segment before a prompt that does not show it yet. A prompt that was made of ours calls it once more.
fn stay {
  if (is-marked $edit:prompt __shellvault_before) {
    return
  }
  set edit:prompt = {|&__shellvault_before=$edit:prompt|
    if (or $in-prompt $is-removed) {
      $__shellvault_before
      return
    }
    set in-prompt = $true
    try {
      try { segment } catch _ { nop }
      $__shellvault_before
    } finally {
      set in-prompt = $false
    }
  }
}

fn precmd {
  adopt
  if (not-eq $E:SHELLVAULT_SERVER '') {
    follow-server
  }
  check
  stay
}

# Before a command: picks up a session that is already renewed, or renews one that has expired.
fn preexec {
  adopt
  if (== $expires 0) {
    return
  }
  tell-time
  if (>= $now $due) {
    read-status-file
    if (and (not (pick-up)) (>= $now $expires)) {
      renew
    }
  }
}

# Returns a list of hooks without ours.
fn others {|hooks|
  put [(each {|each| if (not (is-marked $each __shellvault_remove)) { put $each } } $hooks)]
}

# Removes the hook from this shell, and restores the prompt.
fn remove {
  set is-removed = $true
  if (is-marked $edit:prompt __shellvault_before) {
    set edit:prompt = $edit:prompt[opt-defaults][0]
  }
  set edit:before-readline = (others $edit:before-readline)
  set edit:after-readline = (others $edit:after-readline)
  edit:add-var shellvault~ (external shellvault)
  unset-env SHELLVAULT_SEGMENT
  unset-env SHELLVAULT_STATE
}

# Installs the hook, in place of one that was loaded before. Nothing that fails here may break a prompt or a command.
for each $edit:before-readline {
  if (is-marked $each __shellvault_remove) {
    $each[opt-defaults][0]
  }
}
set edit:before-readline = [$@edit:before-readline {|&__shellvault_remove=$remove~| try { precmd } catch _ { nop } }]
set edit:after-readline = [$@edit:after-readline {|_ &__shellvault_remove=$remove~| try { preexec } catch _ { nop } }]
edit:add-var shellvault~ $shellvault~
