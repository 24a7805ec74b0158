# shellvault for xonsh 0.18 on. Load it in ~/.xonshrc:  exec($(shellvault hook xonsh))
#
# `shellvault use PROFILE` and `shellvault off` change the shell you are in. Before each prompt and each command the
# hook compares integers, and starts no process unless a renewal is due. Inside the margin it renews the session in the
# background; after expiry, it renews before the next command runs. It never asks anything.
#
# All of it is Python, which `exec` reads in a hundredth of the time that `execx` takes.


class Shellvault:
    """The hook of one shell."""

    import os
    import re
    import stat
    import subprocess
    import sys
    import time

    # The program to run. `shellvault hook` fills in its own interpreter here.
    program = ["shellvault"]

    watched = (
        *("SHELLVAULT_PROFILE", "SHELLVAULT_EXPIRES_AT", "SHELLVAULT_REFRESH_AT", "SHELLVAULT_KEY_ID"),
        *("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_DEFAULT_PROFILE"),
        *("SHELLVAULT_FILES", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"),
        *("SHELLVAULT_SERVER", "AWS_CONTAINER_CREDENTIALS_FULL_URI"),
        *("SHELLVAULT_DANGER", "SHELLVAULT_SCOPE", "SHELLVAULT_PROMPT", "NO_COLOR", "TERM"),
    )
    """What the segment depends on."""

    invisible = (
        "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000fffff$`\\\\%]"
    )
    """Letters, marks and symbols without a shape, and what could run code in other prompts."""

    class Word(str):
        """A word of a command that xonsh has expanded once, and must not expand again."""

        def __contains__(self, part):
            return part != "$" and str.__contains__(self, part)

        def partition(self, separator):
            return self, "", ""

        def startswith(self, *prefixes):
            return prefixes != ("~",) and str.startswith(self, *prefixes)

    class Prompt:
        """A prompt that is a function, and our segment before it."""

        def __init__(self, before):
            self.before = before

        def __call__(self):
            shown = self.before()
            return shown if "{shellvault}" in shown else "{shellvault}" + shown

    def __init__(self, xonsh):
        self.xonsh = xonsh
        self.said = None
        self.name = self.state = ""
        self.danger = self.foreign = False
        self.expires = self.due = self.now = self.news = self.tried = 0
        self.calm()

    def read(self, name):
        """Return a variable that programs see; empty if it is unset."""
        value = self.xonsh.env.get(name, "") if name in self.xonsh.env else ""
        return "" if value is None else str(value)

    def shellvault(self, words):
        """Return the command for `shellvault`; what changes this shell is not a program."""
        if words[:1] == ["use"] or words[:1] == ["off"]:
            return ["__shellvault_change", *map(self.Word, words)]
        return [*map(self.Word, [*self.program, *words])]

    def change(self, words):
        """Carry out `use` and `off`, and return how the program ended."""
        verb, *words = words
        if "--help" in words or "-h" in words:
            return self.run(["help", verb]).returncode
        if verb == "use":
            if "--server" in words:
                words = ["--owner", str(self.os.getpid()), *words]
            status = self.take(["use", *words])
        elif words:
            print("error: off takes nothing: it takes out the session that is here", file=self.sys.stderr)
            print("hint: shellvault off", file=self.sys.stderr)
            return 2
        else:
            status = self.leave()
        if status == 0:
            self.calm()
        return status

    def leave(self):
        """Carry out `off`; say how to go on after a failure that may mean that the program was removed."""
        try:
            status = self.take(["env", "--unset"])
        except OSError as error:
            print(f"error: {error}", file=self.sys.stderr)
            status = 127
        if status in (1, 126, 127):
            names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "SHELLVAULT_PROFILE")
            line = "; ".join(f"del ${name}" for name in names)
            print(f"hint: if shellvault was removed, close this shell, or type: {line}", file=self.sys.stderr)
        return status

    def run(self, words, **options):
        """Run the program with the old secrets that this shell has set aside, and return the outcome."""
        kept = {name: str(value) for name, value in self.xonsh.ctx.items() if name.startswith("_shellvault_kept_")}
        environ = {**self.xonsh.env.detype(), **kept}
        return self.subprocess.run([*self.program, *words], env=environ, **options)

    def take(self, words, **options):
        """Evaluate what `env` or `use` prints; the first word says which. Return how the program ended."""
        verb, *words = words
        done = self.run([verb, "--shell", "xonsh", *words], stdout=self.subprocess.PIPE, **options)
        if done.returncode == 0:
            exec(done.stdout.decode("utf-8", "surrogateescape"), {"__xonsh__": self.xonsh})
        return done.returncode

    def calm(self):
        """After a success: no back-off, and no failure to show."""
        self.background_at = self.renew_at = self.asked = self.redraw_at = 0
        self.background_wait = self.renew_wait = 30
        self.state = ""
        self.told = False

    def tell_time(self):
        """Read the clock. If it was ahead and was set back, no wait may end too far in the future."""
        now = int(self.time.time())
        if now < self.now:
            self.background_at = self.renew_at = self.redraw_at = self.asked = 0
        self.now = now

    def to_epoch(self, text):
        """Return a number of seconds; 0 for anything else."""
        return int(text) if self.re.fullmatch("[1-9][0-9]{0,10}", text) else 0

    def adopt(self):
        """Pick up the session in the environment when it has changed."""
        said = [self.read(name) if name in self.xonsh.env else None for name in self.watched]
        said.append(self.read("AWS_SECRET_ACCESS_KEY") != "")
        if said == self.said:
            return
        self.said = said
        self.expires = self.due = 0
        self.calm()
        self.foreign = not self.is_ours()
        expires = self.to_epoch(self.read("SHELLVAULT_EXPIRES_AT"))
        due = self.to_epoch(self.read("SHELLVAULT_REFRESH_AT"))
        if expires and due and not self.foreign:
            self.expires, self.due = expires, due
        self.label()
        self.danger = self.is_dangerous()

    def is_ours(self):
        """Check whether the session is still what AWS sees: not other keys, no keys, or a profile chosen since."""
        read = self.read
        profile, key_id = read("SHELLVAULT_PROFILE"), read("AWS_ACCESS_KEY_ID")
        if {read("AWS_PROFILE"), read("AWS_DEFAULT_PROFILE")} - {"", profile}:
            return False
        if server := read("SHELLVAULT_SERVER"):  # no credentials, but the address of an endpoint
            return not key_id and read("AWS_CONTAINER_CREDENTIALS_FULL_URI") == server and self.has_files()
        if read("SHELLVAULT_FILES"):  # no credentials, but a profile that asks for them
            return not key_id and read("AWS_PROFILE") == profile and self.has_files()
        return bool(key_id and read("AWS_SECRET_ACCESS_KEY")) and key_id == read("SHELLVAULT_KEY_ID")

    def has_files(self):
        """Check whether programs read the config file that was made for them, and the credentials file chosen then."""
        files = f"{self.read('AWS_CONFIG_FILE')}:{self.read('AWS_SHARED_CREDENTIALS_FILE')}"
        return files == self.read("SHELLVAULT_FILES")

    def label(self):
        """Make the name to display, with the scope of a narrowed session."""
        profile, scope = self.read("SHELLVAULT_PROFILE")[:40], self.read("SHELLVAULT_SCOPE")[:20]
        name = f"{profile} {scope}" if profile and scope else profile
        visible = (letter if letter.isprintable() else "?" for letter in name)
        self.name = self.re.sub(self.invisible, "?", "".join(visible))

    def is_dangerous(self):
        """Check whether the profile matches one of the patterns of `*` and `?` in SHELLVAULT_DANGER."""
        patterns = self.read("SHELLVAULT_DANGER") if "SHELLVAULT_DANGER" in self.xonsh.env else "*prod*"
        return any(self.matches(pattern, self.read("SHELLVAULT_PROFILE")[:250]) for pattern in patterns[:1000].split())

    def matches(self, pattern, name):
        """Check whether a name matches a pattern, piece by piece: many stars would make an expression slow."""
        first, *others = [self.re.escape(piece).replace(r"\?", ".") for piece in pattern.split("*")]
        if not others:
            return bool(self.re.fullmatch(first, name, self.re.DOTALL))
        place = self.re.compile(first, self.re.DOTALL).match(name)
        for piece in others[:-1]:
            place = place and self.re.compile(piece, self.re.DOTALL).search(name, place.end())
        return bool(place and self.re.compile(others[-1] + r"\Z", self.re.DOTALL).search(name, place.end()))

    def read_status_file(self):
        """Read the status file: whether another shell has renewed the session, and whether you have to act."""
        words = []
        try:
            if self.stat.S_ISREG(self.os.stat(self.read("SHELLVAULT_STAMP")).st_mode):
                with open(self.read("SHELLVAULT_STAMP"), encoding="utf-8") as file:
                    words = file.read(1000).split()
        except (OSError, ValueError):  # no such file, or not ours to read
            pass
        _refresh_at, expires_at, state = [*words, "", "", ""][:3]
        self.state = state if state in ("mfa", "locked", "failed") else ""
        expires = self.to_epoch(expires_at)
        self.news = expires if expires != self.expires and expires > self.now else 0

    def background(self):
        """Renew in the background, less and less often while it keeps failing."""
        if self.now < self.background_at:
            return
        self.background_at = self.now + self.background_wait
        self.background_wait = min(self.background_wait * 2, 600)
        self.asked = self.now
        program, self.program = self.program, ["sh", "-c", '"$@" </dev/null >/dev/null 2>&1 &', "sh", *self.program]
        try:
            self.run(["env", "--refresh", "--no-input", "--shell", "xonsh"])  # an orphan is not a job
        finally:
            self.program = program

    def renew(self):
        """Renew now. The next attempt is scheduled before this one starts, so Ctrl-C does not trigger another at once.

        A slow network or a locked vault may recover at any moment, so after those both the wait and the try are short.
        """
        if self.now < self.renew_at:
            return
        self.renew_at = self.now + self.renew_wait
        self.renew_wait = min(self.renew_wait * 2, 600)
        words = ["env", "--refresh", "--no-input"]
        if self.told:
            limit = self.read("SHELLVAULT_TIMEOUT") or "3s"
            status = self.take([*words, "--timeout", limit], stderr=self.subprocess.DEVNULL)
        else:
            self.told = True
            status = self.take(words)
        if status == 0:
            self.adopt()
        elif status in (5, 8):
            self.tell_time()
            self.renew_at = self.now + 3
            self.renew_wait = 30

    def pick_up(self):
        """Pick up what another shell or our own background job has renewed; only once, in case there is nothing."""
        if self.news in (0, self.tried):
            return False
        self.tried = self.news
        self.renew_at = 0
        self.renew()
        return True

    def follow_config(self):
        """Regenerate the config file that shellvault made for programs, once the user's own is newer."""
        try:
            own, made = (self.os.stat(self.read(name)) for name in ("SHELLVAULT_CONFIG_FILE", "AWS_CONFIG_FILE"))
        except OSError:
            return
        if own.st_mtime_ns > made.st_mtime_ns and self.has_files():
            nothing = self.subprocess.DEVNULL
            words = ["env", "--process", "--refresh", "--no-input", "--shell", "xonsh"]
            self.run(words, stdin=nothing, stdout=nothing, stderr=nothing)

    def follow_server(self):
        """With an endpoint, nothing is due in this shell, so the status file is read before each prompt."""
        before = self.state
        self.read_status_file()
        if self.state != before:
            self.redraw_at = 0

    def precmd(self):
        """Before a prompt. Nothing that fails here may break it."""
        try:
            self.adopt()
            if self.read("SHELLVAULT_CONFIG_FILE"):
                self.follow_config()
            if self.read("SHELLVAULT_SERVER"):
                self.follow_server()
            self.check()
            self.stay()
        except Exception:
            pass

    def check(self):
        """Renew a session that is due, and draw the segment if it looks different by now."""
        self.tell_time()
        if self.expires and self.now >= self.due:
            self.redraw_at = 0
            self.read_status_file()
            if not self.pick_up():
                self.background()
        if self.now >= self.redraw_at:
            self.draw()

    def preexec(self):
        """Before a command: pick up a session that is already renewed, or renew one that has expired."""
        try:
            self.adopt()
            if not self.expires:
                return
            self.tell_time()
            if self.now >= self.due:
                self.read_status_file()
                if not self.pick_up() and self.now >= self.expires:
                    self.renew()
        except Exception:
            pass

    def draw(self):
        """Set the segment's text and state, for our prompt and for custom ones; valid until the time changes."""
        self.redraw_at = self.now + 1
        state, time = self.look() if self.name else ("", [])
        text = f"{self.name}?" if state == "foreign" else " ".join([self.name, *time])
        self.xonsh.ctx.update(SHELLVAULT_SEGMENT=text, SHELLVAULT_STATE=state)

    def look(self):
        """Return the state, and the words that follow the name."""
        if self.foreign:
            return "foreign", []
        waiting = self.state if self.state in ("mfa", "locked") else ""
        if self.read("SHELLVAULT_SERVER"):
            if waiting:
                return waiting, ["srv", waiting]
            return ("due", ["srv", "!"]) if self.state == "failed" else ("fresh", ["srv"])
        if not self.expires:
            return "fresh", []
        left, time = self.expires - self.now, []
        for unit, letter in ((3600, "h"), (60, "m"), (1, "s")):
            if left >= unit:
                time = [f"{left // unit}{letter}"]
                self.redraw_at = self.now + 1 + left % unit
                break
        if waiting:
            return waiting, [*time, waiting]
        if left <= 0:
            return "expired", ["expired"]
        if self.now < self.due:
            return "fresh", time
        if self.state != "failed" and self.now - self.asked < 30:
            return "refreshing", [*time, "~"]
        return "due", [*time, "!"]

    def paint(self):
        """Return what `{shellvault}` in a prompt shows. Handlers that ran after ours may have changed the session."""
        self.adopt()
        if not self.redraw_at:
            self.tell_time()
            self.draw()
        text, state = (self.xonsh.ctx.get(name, "") for name in ("SHELLVAULT_SEGMENT", "SHELLVAULT_STATE"))
        if not text or self.read("SHELLVAULT_PROMPT") == "off":
            return ""
        text = "[" + text.replace("{", "{{").replace("}", "}}") + "]"  # no colour and no field in a name
        if self.read("NO_COLOR") or self.read("TERM") == "dumb":
            return f"{text} "
        colours = {"fresh": "{GREEN}", "due": "{YELLOW}", "refreshing": "{YELLOW}", "expired": "{RED}"}
        colour = colours.get(state, "{PURPLE}")
        if self.danger and state in ("fresh", "due", "refreshing"):
            colour = "{BACKGROUND_RED}{BOLD_WHITE}"
        return f"{colour}{text}{{RESET}} "

    def field(self):
        """Return the same, or nothing if it fails."""
        try:
            return self.paint()
        except Exception:
            return ""

    def stay(self):
        """Put our segment before a prompt that does not show it yet."""
        prompt = self.xonsh.env.get("PROMPT")
        if isinstance(prompt, str):
            if "{shellvault}" not in prompt:
                self.xonsh.env["PROMPT"] = "{shellvault}" + prompt
        elif callable(prompt) and not isinstance(prompt, self.Prompt):
            self.xonsh.env["PROMPT"] = self.Prompt(prompt)

    def install(self):
        """Install the hook, in place of one that was loaded before."""
        if before := self.xonsh.ctx.get("__shellvault"):
            before.remove()
        self.xonsh.ctx["__shellvault"] = self
        aliases = self.xonsh.aliases
        aliases["shellvault"] = aliases.return_command(lambda words: self.shellvault(words))
        aliases["__shellvault_change"] = aliases.unthreadable(lambda words: self.change(words))
        self.xonsh.env["PROMPT_FIELDS"]["shellvault"] = self.field
        self.handlers = (lambda **_details: self.precmd(), lambda **_details: self.preexec())
        self.xonsh.builtins.events.on_pre_prompt_format(self.handlers[0])
        self.xonsh.builtins.events.on_precommand(self.handlers[1])

    def remove(self):
        """Remove the hook from this shell, and restore the prompt."""
        events = self.xonsh.builtins.events
        events.on_pre_prompt_format.discard(self.handlers[0])
        events.on_precommand.discard(self.handlers[1])
        prompt = self.xonsh.env.get("PROMPT")
        if isinstance(prompt, self.Prompt):
            self.xonsh.env["PROMPT"] = prompt.before
        elif isinstance(prompt, str) and prompt.startswith("{shellvault}"):
            self.xonsh.env["PROMPT"] = prompt.removeprefix("{shellvault}")
        self.xonsh.env["PROMPT_FIELDS"].pop("shellvault", None)
        for name in ("shellvault", "__shellvault_change"):
            self.xonsh.aliases.pop(name, None)
        for name in ("SHELLVAULT_SEGMENT", "SHELLVAULT_STATE", "__shellvault"):
            self.xonsh.ctx.pop(name, None)


Shellvault(__xonsh__).install()
del Shellvault
