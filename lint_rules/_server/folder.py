"""One folder of the editor's workspace, with what was last found in it. Knows nothing of LSP."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from lint_rules._engine import baseline, fix, rules
from lint_rules._engine import config as configuration
from lint_rules._engine.config import Config
from lint_rules._engine.facts import Finding, Unchecked
from lint_rules._engine.report import Result
from lint_rules._engine.session import Session


@dataclass(frozen=True)
class Found:
    """What one run found in which text; a file is in ``texts`` if it is open in the editor."""

    texts: Mapping[Path, str] = field(default_factory=dict)
    findings: Mapping[Path, list[Finding]] = field(default_factory=dict)
    unchecked: Mapping[Path, Unchecked] = field(default_factory=dict)
    lines: Mapping[str, list[str]] = field(default_factory=dict)


class Folder:
    """A folder, or a file that is in none, and its session.

    ``problem`` is what is wrong with its configuration; the last right one stays in force.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.found = Found()
        self.problem: str | None = None
        #: Counts the changes that were seen, and those that a finished run knew of.
        self.wanted = self.done = 0
        #: All that there are, those that do not run included.
        self.rules: tuple[rules.Rule, ...] = ()
        self._session: Session | None = None
        #: What the last run found, with what the baseline leaves out.
        self._result: Result | None = None
        self._reload = True

    def refresh(self) -> None:
        """Files or the configuration may have changed on disk."""
        self._reload = True

    def check(self, texts: Mapping[Path, str], should_stop: Callable[[], bool]) -> Found:
        """Check it with what is in the editor; takes seconds the first time.

        Raises:
            Cancelled: ``should_stop`` said so.
        """
        if self._reload:
            self._reload = False
            self._session = self._configured()
        if self._session is None:
            return Found(texts)
        self._result = self._session.check(texts, should_stop)
        result = self._without_known(self._result)
        # While it does not parse, places are those of an older text.
        unchecked = {Path(u.path): u for u in result.unchecked}
        findings: dict[Path, list[Finding]] = {}
        for finding in result.findings:
            if Path(finding.path) not in unchecked:
                findings.setdefault(Path(finding.path), []).append(finding)
        return Found(texts, findings, unchecked, {p: list(x) for p, x in result.lines.items()})

    def fix_all(self, path: Path) -> str | None:
        """The text of a file with all its safe fixes; None if that changes nothing or is no better."""
        session, texts = self._session, self.found.texts
        if session is None or self._result is None or path in self.found.unchecked:
            return None
        # The fixes of other files wait for those who edit them.
        findings = [
            one if Path(one.path) == path else replace(one, fix=None)
            for one in self._result.findings
        ]
        fixed, _ = fix.plan(
            findings,
            frozenset({fix.SAFE}),
            lambda new: session.check({**texts, **new}).findings,
            texts,
        )
        return next((one.after for one in fixed if one.path == path), None)

    def _configured(self) -> Session | None:
        """The session for the configuration as it is now: the same one, if that is the same."""
        try:
            config = configuration.load(self.path if self.path.is_dir() else self.path.parent)
            if self._session is None or self._session.config != config:
                return self._new(config)
        except (configuration.ConfigError, rules.RuleError) as error:
            self.problem = str(error)
        else:
            self.problem = None
            self._session.refresh()
        return self._session

    def _new(self, config: Config) -> Session:
        known = rules.all_rules(extended=config.extend_rules)
        session = Session([self.path], config, rules.chosen(known, config))
        self.rules, self.problem = known, None
        return session

    def _without_known(self, result: Result) -> Result:
        """Without what the configured baseline has."""
        config = self._session.config if self._session else Config()
        if not config.baseline:
            return result
        file = config.root / config.baseline
        try:
            return baseline.split(result, baseline.load(file), file, [self.path]).fresh
        except baseline.BaselineError as error:
            self.problem = str(error)
            return result
