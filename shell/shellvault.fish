# shellvault for fish: `shellvault use PROFILE` and `shellvault off` in the shell you are in; the rest is the program's.
# Load it with:  shellvault hook fish | source

function shellvault
    switch "$argv[1]"
        case use
            __shellvault_eval $argv[2..-1]
        case off
            __shellvault_eval --unset $argv[2..-1]
        case '*'
            command shellvault $argv
    end
end

function __shellvault_eval
    set -l statements (command shellvault env --shell fish $argv | string collect)
    or return
    eval $statements
end
