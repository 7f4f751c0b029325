"""Runs every test here and prints one line of JSON per class: how many tests ran, and what was skipped or failed, and why.

    python3 report.py
    {"class": "test_tables.Reading", "ran": 12, "skipped": [], "failed": []}
"""

from __future__ import annotations

import json
import sys
import unittest
from pathlib import Path
from typing import Any


class Report(unittest.TestResult):
    """Sorts what happens by the class of the test."""

    def __init__(self) -> None:
        super().__init__()
        self.classes: dict[str, dict[str, Any]] = {}

    def of(self, test: Any) -> dict[str, Any]:
        """The line of a test's class. A set-up that fails is reported as a thing of its own, named `setUpClass (module.Class)`."""
        test = getattr(test, "test_case", test)
        if isinstance(test, unittest.TestCase):
            kind = type(test)
            name = f"{kind.__module__}.{kind.__qualname__}"
        else:
            name = str(test).partition("(")[2].rstrip(")") or str(test)
        return self.classes.setdefault(name, {"class": name, "ran": 0, "skipped": [], "failed": []})

    def startTest(self, test: unittest.TestCase) -> None:
        super().startTest(test)
        self.of(test)["ran"] += 1

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        super().addSkip(test, reason)
        self.of(test)["skipped"].append(reason)

    def addFailure(self, test: unittest.TestCase, err: Any) -> None:
        super().addFailure(test, err)
        self.of(test)["failed"].append(self.failures[-1][1])

    def addError(self, test: unittest.TestCase, err: Any) -> None:
        super().addError(test, err)
        self.of(test)["failed"].append(self.errors[-1][1])

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: Any) -> None:
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.of(test)["failed"].append(f"{subtest}\n{self._exc_info_to_string(err, test)}")


if __name__ == "__main__":
    report = Report()
    unittest.defaultTestLoader.discover(str(Path(__file__).parent)).run(report)
    for line in report.classes.values():
        sys.stdout.write(json.dumps(line) + "\n")
