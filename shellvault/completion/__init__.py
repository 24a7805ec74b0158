"""What Tab offers: a shell asks the hidden command `__complete`, and shows what it answers.

The question is `__complete bash LINE TAIL`, with the command line up to the cursor and the part of it that bash will
replace, or `__complete zsh|fish WORD …`, with the words after `shellvault` up to the cursor, the last one as it was
typed.

The first line of the answer says what the other lines are, or where else the shell finds what to offer:

    words …       the candidates, as that shell takes them
    files N       files; the first N characters of what is completed stay, as those of `--policy=`
    program N     what completes the program that begins after N words; for bash, after N characters of the line

A shell's side is at the end of its hook, and `shellvault completion SHELL` prints it.
"""
