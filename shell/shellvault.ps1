# shellvault for PowerShell 7, and for Windows PowerShell 5.1. Load it in $PROFILE:
#   shellvault hook powershell | Out-String | Invoke-Expression
#
# It is written from PowerShell's documentation, and no PowerShell has ever run it.
#
# `shellvault use PROFILE` and `shellvault off` change the shell you are in. Before each prompt and each command the
# hook compares integers, and starts no process unless a renewal is due. Inside the margin it renews the session in the
# background; after expiry, it renews before the next command runs. It never asks anything.

# The program to run. `shellvault hook` fills in its own interpreter here.
$global:__shellvault_program = @('shellvault')

# What the segment depends on.
$global:__shellvault_watched = @(
    'SHELLVAULT_PROFILE', 'SHELLVAULT_EXPIRES_AT', 'SHELLVAULT_REFRESH_AT', 'SHELLVAULT_KEY_ID'
    'AWS_ACCESS_KEY_ID', 'AWS_PROFILE', 'AWS_DEFAULT_PROFILE'
    'SHELLVAULT_FILES', 'AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE'
    'SHELLVAULT_SERVER', 'AWS_CONTAINER_CREDENTIALS_FULL_URI'
    'SHELLVAULT_DANGER', 'SHELLVAULT_SCOPE', 'SHELLVAULT_PROMPT', 'NO_COLOR', 'TERM'
)

# AWS credentials in this shell: `shellvault use PROFILE`, `shellvault off`, and all of the program's commands.
function global:shellvault {
    Microsoft.PowerShell.Core\Set-StrictMode -Off
    $words = @(__shellvault_words $MyInvocation $args)
    $rest = @($words | Select-Object -Skip 1)
    if ($words[0] -ceq 'use') {
        __shellvault_use @rest
    } elseif ($words[0] -ceq 'off') {
        __shellvault_off @rest
    } elseif ($MyInvocation.ExpectingInput) {
        $before = @($global:__shellvault_program | Select-Object -Skip 1)
        $input | & $global:__shellvault_program[0] @before @words
    } else {
        __shellvault_cli @words
    }
}

# Returns the words of a call. PowerShell keeps the first bare `--` from functions, so it is put back where it was typed.
function global:__shellvault_words {
    param($call, $words)
    $tree = [System.Management.Automation.Language.Parser]::ParseInput(
        "$($call.DisplayScriptPosition.Text)", [ref]$null, [ref]$null)
    $commands = $tree.FindAll({ $args[0] -is [System.Management.Automation.Language.CommandAst] }, $true)
    $command = $commands | Where-Object { $_.GetCommandName() -eq $call.InvocationName } | Select-Object -First 1
    $typed = @($command.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.Extent.Text })
    $at = [array]::IndexOf($typed, '--')
    if ($at -lt 0 -or $at -gt $words.Count) {
        return $words
    }
    @($words | Select-Object -First $at) + '--' + @($words | Select-Object -Skip $at)
}

function global:__shellvault_cli {
    $PSNativeCommandUseErrorActionPreference = $false
    $words = @($global:__shellvault_program | Select-Object -Skip 1) + $args
    & $global:__shellvault_program[0] @words
}

function global:__shellvault_use {
    if ($args -ccontains '--help' -or $args -ccontains '-h') {
        __shellvault_cli help use
        return
    }
    $owner = @()
    if ($args -ccontains '--server') {
        $owner = @('--owner', "$PID")
    }
    __shellvault_take use @owner @args
    if ($global:LASTEXITCODE -eq 0) {
        __shellvault_calm
    }
}

function global:__shellvault_off {
    if ($args.Count -eq 0) {
        __shellvault_take env --unset
        if ($global:LASTEXITCODE -eq 0) {
            __shellvault_calm
        }
    } elseif (@('--help', '-h') -ccontains $args[0]) {
        __shellvault_cli help off
    } else {
        [Console]::Error.WriteLine('error: off takes nothing: it takes out the session that is here')
        [Console]::Error.WriteLine('hint: shellvault off')
        $global:LASTEXITCODE = 2
    }
}

# Runs the program with the old secrets that this shell has set aside, and returns what it prints.
function global:__shellvault_lend {
    $kept = @(Get-Variable -Scope Global -Name '_shellvault_kept_*' -ErrorAction Ignore)
    try {
        foreach ($each in $kept) {
            Set-Item -LiteralPath "Env:$($each.Name)" -Value $each.Value
        }
        __shellvault_cli @args
    } finally {
        foreach ($each in $kept) {
            Remove-Item -LiteralPath "Env:$($each.Name)" -ErrorAction Ignore
        }
    }
}

# Evaluates what `shellvault env` or `shellvault use` prints; the first word says which. If that fails, nothing changes.
function global:__shellvault_take {
    $rest = @($args | Select-Object -Skip 1)
    $printed = __shellvault_lend $args[0] --shell powershell @rest | Out-String
    if ($global:LASTEXITCODE -eq 0) {
        Invoke-Expression $printed
    }
}

# After a success: no back-off, and no failure to show.
function global:__shellvault_calm {
    $global:__shellvault.background_at = 0
    $global:__shellvault.background_wait = 30
    $global:__shellvault.renew_at = 0
    $global:__shellvault.renew_wait = 30
    $global:__shellvault.asked = 0
    $global:__shellvault.redraw_at = 0
    $global:__shellvault.state = ''
    $global:__shellvault.told = $false
}

# Reads the clock. If it was ahead and was set back, no wait may end too far in the future.
function global:__shellvault_tell_time {
    $now = [DateTimeOffset]::UtcNow.ToUnixTimeSeconds()
    if ($now -lt $global:__shellvault.now) {
        $global:__shellvault.background_at = 0
        $global:__shellvault.renew_at = 0
        $global:__shellvault.redraw_at = 0
        $global:__shellvault.asked = 0
    }
    $global:__shellvault.now = $now
}

# Accepts a number of seconds, and nothing else.
function global:__shellvault_is_epoch {
    param($text)
    "$text" -cmatch '\A[1-9][0-9]{0,10}\z'
}

# Picks up the session in the environment when it has changed.
function global:__shellvault_adopt {
    $values = foreach ($name in $global:__shellvault_watched) {
        "$([Environment]::GetEnvironmentVariable($name))"
    }
    $said = (@($values) + [string]("$env:AWS_SECRET_ACCESS_KEY" -ne '')) -join "`n"
    if ($said -ceq $global:__shellvault.said) {
        return
    }
    __shellvault_calm
    $global:__shellvault.said = $said
    $global:__shellvault.expires = 0
    $global:__shellvault.due = 0
    $global:__shellvault.foreign = -not (__shellvault_is_ours)
    if (-not $global:__shellvault.foreign -and
        (__shellvault_is_epoch $env:SHELLVAULT_EXPIRES_AT) -and (__shellvault_is_epoch $env:SHELLVAULT_REFRESH_AT)) {
        $global:__shellvault.expires = [long]$env:SHELLVAULT_EXPIRES_AT
        $global:__shellvault.due = [long]$env:SHELLVAULT_REFRESH_AT
    }
    $global:__shellvault.name = __shellvault_label
    $global:__shellvault.danger = __shellvault_dangerous
}

# Checks whether the session is still what AWS sees: not other keys, no keys, or a profile chosen since.
function global:__shellvault_is_ours {
    $chosen = "$env:AWS_PROFILE"
    $key_id = "$env:AWS_ACCESS_KEY_ID"
    foreach ($name in $chosen, "$env:AWS_DEFAULT_PROFILE") {
        if ($name -cne '' -and $name -cne "$env:SHELLVAULT_PROFILE") {
            return $false
        }
    }
    if ("$env:SHELLVAULT_SERVER" -ne '') { # no credentials, but the address of an endpoint
        $is_asked = $env:AWS_CONTAINER_CREDENTIALS_FULL_URI -ceq $env:SHELLVAULT_SERVER
        return $key_id -eq '' -and $is_asked -and (__shellvault_has_files)
    }
    if ("$env:SHELLVAULT_FILES" -ne '') { # no credentials, but a profile that asks for them
        return $key_id -eq '' -and $chosen -ceq "$env:SHELLVAULT_PROFILE" -and (__shellvault_has_files)
    }
    $key_id -ne '' -and "$env:AWS_SECRET_ACCESS_KEY" -ne '' -and $key_id -ceq "$env:SHELLVAULT_KEY_ID"
}

# Checks whether programs read the config file that was made for them, and the credentials file chosen then.
function global:__shellvault_has_files {
    "$($env:AWS_CONFIG_FILE):$($env:AWS_SHARED_CREDENTIALS_FILE)" -ceq "$env:SHELLVAULT_FILES"
}

# Makes the name to display, with the scope of a narrowed session.
function global:__shellvault_label {
    $name = __shellvault_harmless "$env:SHELLVAULT_PROFILE" 40
    $scope = __shellvault_harmless "$env:SHELLVAULT_SCOPE" 20
    "$name $scope".Trim()
}

# Shortens a name, and replaces what could run code elsewhere, move the cursor, reverse the line, or not be seen.
function global:__shellvault_harmless {
    param([string]$text, [int]$limit)
    $text = $text.Substring(0, [Math]::Min($limit, $text.Length)) -creplace '[\ud800-\udbff]\z', ''
    $text = $text -creplace '[^\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}\p{Cs}]|[$`\\%\ufffd]', '?'
    $invisible = '[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0]'
    $text -creplace "$invisible|[\udb40-\udb7f][\udc00-\udfff]", '?'
}

# Checks whether the profile matches one of the patterns of `*` and `?` in SHELLVAULT_DANGER.
function global:__shellvault_dangerous {
    $patterns = '*prod*'
    if (Test-Path Env:\SHELLVAULT_DANGER) {
        $patterns = $env:SHELLVAULT_DANGER
    }
    foreach ($pattern in $patterns.Split(' ', [StringSplitOptions]::RemoveEmptyEntries)) {
        if ("$env:SHELLVAULT_PROFILE" -clike ($pattern -creplace '[\[\]`]', '`$0')) {
            return $true
        }
    }
    $false
}

# Reads the status file: whether another shell has renewed the session, and whether you have to act.
function global:__shellvault_read_status_file {
    $words = @()
    $file = "$env:SHELLVAULT_STAMP"
    if ($file -ne '' -and (Test-Path -LiteralPath $file -PathType Leaf)) {
        $words = @((Get-Content -LiteralPath $file -TotalCount 1 -ErrorAction Ignore) -split ' ')
    }
    $global:__shellvault.state = ''
    if (@('mfa', 'locked', 'failed') -ccontains $words[2]) {
        $global:__shellvault.state = $words[2]
    }
    $global:__shellvault.news = 0
    if (__shellvault_is_epoch $words[1]) {
        $expires = [long]$words[1]
        if ($expires -gt $global:__shellvault.now -and $expires -ne $global:__shellvault.expires) {
            $global:__shellvault.news = $expires
        }
    }
}

# Renews in the background, less and less often while it keeps failing.
function global:__shellvault_background {
    $now = $global:__shellvault.now
    if ($now -lt $global:__shellvault.background_at) {
        return
    }
    $global:__shellvault.background_at = $now + $global:__shellvault.background_wait
    $global:__shellvault.background_wait = [Math]::Min($global:__shellvault.background_wait * 2, 600)
    $global:__shellvault.asked = $now
    $words = @($global:__shellvault_program | Select-Object -Skip 1)
    $words += 'env', '--refresh', '--no-input', '--shell', 'powershell'
    $start = New-Object System.Diagnostics.ProcessStartInfo
    $start.FileName = (Get-Command $global:__shellvault_program[0] -CommandType Application | Select-Object -First 1).Path
    $start.Arguments = @($words | ForEach-Object { __shellvault_quote $_ }) -join ' '
    $start.WorkingDirectory = $PWD.ProviderPath
    $start.UseShellExecute = $false
    $start.CreateNoWindow = $true
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    $process = [System.Diagnostics.Process]::Start($start)
    $process.StandardInput.Close()
    $null = $process.StandardOutput.ReadToEndAsync() # a full pipe would keep it waiting
    $null = $process.StandardError.ReadToEndAsync()
}

# Returns a word as programs of Windows, and .NET elsewhere, read it in a line of several.
function global:__shellvault_quote {
    param([string]$word)
    '"' + ($word -creplace '(\\*)"', '$1$1\"' -creplace '(\\+)\z', '$1$1') + '"'
}

# Renews now. The next attempt is scheduled before this one starts, so Ctrl-C does not trigger another at once. A slow
# network or a locked vault may recover at any moment, so after those both the wait and the try are short.
function global:__shellvault_renew {
    if ($global:__shellvault.now -lt $global:__shellvault.renew_at) {
        return
    }
    $global:__shellvault.renew_at = $global:__shellvault.now + $global:__shellvault.renew_wait
    $global:__shellvault.renew_wait = [Math]::Min($global:__shellvault.renew_wait * 2, 600)
    if ($global:__shellvault.told) {
        $patience = "$env:SHELLVAULT_TIMEOUT"
        if ($patience -eq '') {
            $patience = '3s'
        }
        __shellvault_take env --refresh --no-input --timeout $patience 2>$null
    } else { # its messages are shown while it runs
        $global:__shellvault.told = $true
        __shellvault_take env --refresh --no-input
    }
    if ($global:LASTEXITCODE -eq 0) {
        __shellvault_adopt
    } elseif (@(5, 8) -contains $global:LASTEXITCODE) {
        __shellvault_tell_time
        $global:__shellvault.renew_at = $global:__shellvault.now + 3
        $global:__shellvault.renew_wait = 30
    }
}

# Picks up what another shell or our own background job has renewed; only once, in case there is nothing to pick up.
# Says whether there was anything new.
function global:__shellvault_pick_up {
    $news = $global:__shellvault.news
    if (@(0, $global:__shellvault.tried) -contains $news) {
        return $false
    }
    $global:__shellvault.tried = $news
    $global:__shellvault.renew_at = 0
    __shellvault_renew | Out-Null
    $true
}

# Regenerates the config file that shellvault made for programs, once the user's own is newer.
function global:__shellvault_follow_config {
    $made = Get-Item -LiteralPath "$env:AWS_CONFIG_FILE" -ErrorAction Ignore
    $own = Get-Item -LiteralPath "$env:SHELLVAULT_CONFIG_FILE" -ErrorAction Ignore
    if ($made -and $own -and $own.LastWriteTimeUtc -gt $made.LastWriteTimeUtc -and (__shellvault_has_files)) {
        __shellvault_cli env --process --refresh --no-input --shell powershell 2>$null | Out-Null
    }
}

# With an endpoint, nothing is due in this shell, so the status file is read before each prompt.
function global:__shellvault_follow_server {
    $before = $global:__shellvault.state
    __shellvault_read_status_file
    if ($global:__shellvault.state -cne $before) {
        $global:__shellvault.redraw_at = 0
    }
}

# Before a prompt.
function global:__shellvault_precmd {
    __shellvault_adopt
    if ("$env:SHELLVAULT_CONFIG_FILE" -ne '') {
        __shellvault_follow_config
    }
    if ("$env:SHELLVAULT_SERVER" -ne '') {
        __shellvault_follow_server
    }
    __shellvault_check
}

# Renews a session that is due, and draws the segment if it looks different by now.
function global:__shellvault_check {
    __shellvault_tell_time
    if ($global:__shellvault.expires -ne 0 -and $global:__shellvault.now -ge $global:__shellvault.due) {
        $global:__shellvault.redraw_at = 0
        __shellvault_read_status_file
        if (-not (__shellvault_pick_up)) {
            __shellvault_background
        }
    }
    if ($global:__shellvault.now -ge $global:__shellvault.redraw_at) {
        __shellvault_draw
    }
}

# Before a command: picks up a session that is already renewed, or renews one that has expired.
function global:__shellvault_preexec {
    __shellvault_adopt
    if ($global:__shellvault.expires -eq 0) {
        return
    }
    __shellvault_tell_time
    if ($global:__shellvault.now -ge $global:__shellvault.due) {
        __shellvault_read_status_file
        if (-not (__shellvault_pick_up) -and $global:__shellvault.now -ge $global:__shellvault.expires) {
            __shellvault_renew
        }
    }
}

# Sets the segment's text and state, for our prompt and for custom ones; valid until the displayed time changes.
function global:__shellvault_draw {
    $now = $global:__shellvault.now
    $left = $global:__shellvault.expires - $now
    $state = $global:__shellvault.state
    $global:__shellvault.redraw_at = $now + 1
    $time = @()
    foreach ($unit in @(3600, 'h'), @(60, 'm'), @(1, 's')) {
        if ($left -ge $unit[0]) {
            $time = @("$([Math]::Floor($left / $unit[0]))$($unit[1])")
            $global:__shellvault.redraw_at = $now + 1 + $left % $unit[0]
            break
        }
    }
    if ($global:__shellvault.name -eq '') {
        __shellvault_show '' @()
    } elseif ($global:__shellvault.foreign) {
        __shellvault_show foreign @()
        $global:SHELLVAULT_SEGMENT = "$($global:__shellvault.name)?"
    } elseif ("$env:SHELLVAULT_SERVER" -ne '') {
        if (@('mfa', 'locked') -ccontains $state) {
            __shellvault_show $state @('srv', $state)
        } elseif ($state -ceq 'failed') {
            __shellvault_show due @('srv', '!')
        } else {
            __shellvault_show fresh @('srv')
        }
    } elseif ($global:__shellvault.expires -eq 0) {
        __shellvault_show fresh @()
    } elseif (@('mfa', 'locked') -ccontains $state) {
        __shellvault_show $state ($time + $state)
    } elseif ($left -le 0) {
        __shellvault_show expired @('expired')
    } elseif ($now -lt $global:__shellvault.due) {
        __shellvault_show fresh $time
    } elseif ($state -cne 'failed' -and $now - $global:__shellvault.asked -lt 30) {
        __shellvault_show refreshing ($time + '~')
    } else {
        __shellvault_show due ($time + '!')
    }
}

function global:__shellvault_show {
    param([string]$state, $time)
    $global:SHELLVAULT_STATE = $state
    $global:SHELLVAULT_SEGMENT = (@($global:__shellvault.name) + $time) -join ' '
}

# Returns the segment for the prompt.
function global:__shellvault_segment {
    $state = $global:SHELLVAULT_STATE
    if ("$state" -eq '' -or $env:SHELLVAULT_PROMPT -ceq 'off') {
        return ''
    }
    $colour = switch -CaseSensitive ($state) {
        'fresh' { '32' }
        'due' { '33' }
        'refreshing' { '33' }
        'expired' { '31' }
        default { '35' }
    }
    if ($global:__shellvault.danger -and @('fresh', 'due', 'refreshing') -ccontains $state) {
        $colour = '1;37;41'
    }
    if ("$env:NO_COLOR" -ne '' -or $env:TERM -ceq 'dumb') {
        return "[$global:SHELLVAULT_SEGMENT] "
    }
    $escape = [char]27
    "$escape[${colour}m[$global:SHELLVAULT_SEGMENT]$escape[0m "
}

# What runs before a prompt or a command: nothing that fails here may break it, or change the last exit status.
function global:__shellvault_guard {
    param([scriptblock]$step)
    Microsoft.PowerShell.Core\Set-StrictMode -Off
    $ErrorActionPreference = 'Continue'
    $status = $global:LASTEXITCODE
    try {
        & $step
    } catch {
        Write-Debug "shellvault: $_"
    }
    $global:LASTEXITCODE = $status
}

# The prompt: our segment, and the prompt that was there, which sees `$?` as it was. One that was made of ours calls it
# once more.
function global:__shellvault_prompt {
    param([bool]$succeeded, $before)
    $is_outer = -not $global:__shellvault.in_prompt
    $global:__shellvault.in_prompt = $true
    try {
        $segment = ''
        if ($is_outer) {
            __shellvault_guard { __shellvault_precmd } | Out-Null
            $segment = __shellvault_guard { __shellvault_segment }
        }
        if ($succeeded) {
            $shown = & $before
        } else {
            Write-Error 'failed' -ErrorAction Ignore
            $shown = & $before
        }
        "$segment$(-join $shown)"
    } finally {
        $global:__shellvault.in_prompt = -not $is_outer
    }
}

# Puts our functions around the prompt and the line editor, unless they are there.
function global:__shellvault_stay {
    if ("$function:prompt" -cnotmatch '__shellvault_prompt') {
        $before = $function:prompt
        $global:__shellvault.prompt = $before
        Set-Item -LiteralPath 'Function:\global:prompt' -Value {
            $succeeded = $?
            if ($global:__shellvault) {
                __shellvault_prompt $succeeded $before
            } else { # the hook was removed, and somebody kept this
                & $before
            }
        }.GetNewClosure()
    }
    if ((Test-Path Function:\PSConsoleHostReadLine) -and
        "$function:PSConsoleHostReadLine" -cnotmatch '__shellvault_preexec') {
        $before = $function:PSConsoleHostReadLine
        $global:__shellvault.read_line = $before
        Set-Item -LiteralPath 'Function:\global:PSConsoleHostReadLine' -Value {
            & $before
            if ($global:__shellvault) {
                __shellvault_guard { __shellvault_preexec; __shellvault_stay } | Out-Null
            }
        }.GetNewClosure()
    }
}

# Installs the hook, in place of one that was loaded before.
function global:__shellvault_install {
    if ($global:__shellvault) {
        __shellvault_restore
    }
    $global:__shellvault = @{
        said = $null; name = ''; danger = $false; foreign = $false; expires = 0; due = 0; now = 0; news = 0; tried = 0
        prompt = $null; read_line = $null; in_prompt = $false
    }
    __shellvault_calm
    __shellvault_stay
}

# Restores the prompt and the line editor, unless somebody has put others in the place of ours.
function global:__shellvault_restore {
    if ($global:__shellvault.prompt -and "$function:prompt" -cmatch '__shellvault_prompt') {
        Set-Item -LiteralPath 'Function:\global:prompt' -Value $global:__shellvault.prompt
    }
    if ($global:__shellvault.read_line -and "$function:PSConsoleHostReadLine" -cmatch '__shellvault_preexec') {
        Set-Item -LiteralPath 'Function:\global:PSConsoleHostReadLine' -Value $global:__shellvault.read_line
    }
}

# Removes the hook from this shell, and restores the prompt.
function global:__shellvault_remove {
    __shellvault_restore
    Remove-Variable -Scope Global -Name @('__shellvault*', 'SHELLVAULT_SEGMENT', 'SHELLVAULT_STATE') -ErrorAction Ignore
    Remove-Item -Path @('Function:\shellvault', 'Function:\__shellvault_*') -ErrorAction Ignore
}

__shellvault_install
