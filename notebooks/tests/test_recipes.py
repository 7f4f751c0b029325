"""Every block of docs/analysis.md is run; the four tools must give the same answers, and DuckDB's are held to arithmetic."""

from __future__ import annotations

import ast
import glob
import importlib.util
import io
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any
from unittest import mock

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

import pandas as pd

import bridge
import synthetic

PAGE = (bridge.ROOT / "docs" / "analysis.md").read_text(encoding="utf-8")
TOOLS = {"pandas": ("python", "# pandas"), "polars": ("python", "# polars"), "duckdb": ("sql", "-- DuckDB"), "r": ("r", "# R")}


def blocks(text: str, tool: str) -> list[str]:
    """The code of one tool, block by block."""
    language, first = TOOLS[tool]
    return re.findall(rf"^```{language}\n{re.escape(first)}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


PARTS = re.split(r"^## ", PAGE, flags=re.MULTILINE)
PREAMBLE, QUESTIONS = PARTS[0], [part for part in PARTS[1:] if part[0].isdigit()]
_answers: list[pd.DataFrame] = []
_folder: Path | None = None


def setUpModule() -> None:
    global _folder
    if (reason := bridge.lacking()) is not None:
        raise unittest.SkipTest(reason)
    folder = tempfile.TemporaryDirectory(prefix="posebatch-")
    unittest.addModuleCleanup(folder.cleanup)
    _folder = Path(folder.name)
    synthetic.write(_folder / "results" / "walk.0000000001")
    synthetic.write(_folder / "results" / "lone.0000000002", "lone.mp4", people=(0,), shift=40)
    synthetic.write(_folder / "results" / "yard.0000000003", "yard.mp4", tracked=False)
    synthetic.write(_folder / "results" / "empty.0000000004", "empty.mp4", people=())
    bridge.query(f"SET file_search_path = {bridge.quoted(_folder)}")
    unittest.addModuleCleanup(bridge.query, "RESET file_search_path")
    for statement in blocks(PREAMBLE, "duckdb")[0].split(";\n"):
        if statement.strip():
            bridge.query(statement)
    _answers[:] = [bridge.query(blocks(question, "duckdb")[0]) for question in QUESTIONS]


def canonical(answer: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Rows in one order, columns by name, numbers as doubles to nine digits, missing as None."""

    def plain(value: Any) -> Any:
        if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
            return None
        if isinstance(value, str):
            return value
        return 0.0 if abs(number := float(value)) < 1e-6 else float(f"{number:.7g}")

    turned = {name: re.sub(r"^(.*)_([xy])$", r"\2_\1", name) for name in answer.columns if not name.endswith(("_a", "_b"))}
    answer = answer.rename(columns=turned)
    answer = answer[sorted(answer.columns)]
    rows = [tuple(plain(value) for value in row) for row in answer.astype(object).itertuples(index=False)]
    return [tuple(answer.columns), *sorted(rows, key=lambda row: tuple((value is not None, str(type(value)), value) for value in row))]


class Recipes(unittest.TestCase):
    def compare(self, number: int, answer: pd.DataFrame) -> None:
        expected, given = canonical(_answers[number]), canonical(answer)
        self.assertEqual(given[0], expected[0], "columns")
        self.assertEqual(len(given), len(expected), "rows")
        for row, (one, other) in enumerate(zip(given, expected)):
            for value, wanted in zip(one, other):
                if isinstance(value, float) and isinstance(wanted, float):
                    self.assertAlmostEqual(value, wanted, delta=1e-5 * max(1.0, abs(wanted)), msg=f"row {row}")
                else:
                    self.assertEqual(value, wanted, f"row {row}")


class Page(unittest.TestCase):
    def test_every_question_is_answered_by_every_tool(self) -> None:
        self.assertEqual([int(question.split(".")[0]) for question in QUESTIONS], list(range(1, 11)))
        for tool in TOOLS:
            self.assertEqual([len(blocks(part, tool)) for part in (PREAMBLE, *QUESTIONS)], [1] * 11, tool)
        self.assertEqual(len(re.findall("^```", PAGE, flags=re.MULTILINE)), 2 * (4 * 11 + 2), "no block escapes the tests")

    def test_python_blocks_are_python(self) -> None:
        for part in (PREAMBLE, *QUESTIONS):
            for tool in ("pandas", "polars"):
                ast.parse(blocks(part, tool)[0])


class DuckDB(unittest.TestCase):
    """The scene is described in synthetic.py."""

    def answer(self, number: int, **where: Any) -> pd.DataFrame:
        table = _answers[number - 1]
        for column, value in where.items():
            table = table[table[column] == value]
        return table

    def test_1_frames(self) -> None:
        self.assertEqual(len(self.answer(1)), 4)
        for row in self.answer(1).to_dict("records"):
            self.assertEqual((row["frames"], row["inferred"], row["skipped"], row["undecodable"]), (50, 46, 3, 1))

    def test_2_path(self) -> None:
        path = self.answer(2, video="walk.mp4")
        self.assertEqual((len(path), int(path["x"].isna().sum())), (44, 5))
        self.assertEqual(path["x"].iloc[0], 120)

    def test_3_people(self) -> None:
        # Track 1 comes in frame 5; track 0 is not there in two frames.
        counts = self.answer(3, video="walk.mp4").set_index("n_persons")["frames"]
        self.assertEqual(counts.to_dict(), {1: 7, 2: 39})
        self.assertEqual(self.answer(3, video="empty.mp4")["frames"].tolist(), [46])

    def test_4_speed(self) -> None:
        table = self.answer(4).set_index(["video", "track_id"]).round(6)
        self.assertEqual(table["max_speed"].to_dict(), {("walk.mp4", 0): 100, ("walk.mp4", 1): 0, ("lone.mp4", 0): 100})

    def test_5_angle(self) -> None:
        self.assertEqual(len(self.answer(5)), 85 + 44 + 85)
        self.assertEqual(self.answer(5, video="lone.mp4")["angle"].round(6).unique().tolist(), [180])
        self.assertEqual(sorted(self.answer(5, video="walk.mp4")["angle"].round(6).unique()), [90, 180])

    def test_6_confidence(self) -> None:
        table = self.answer(6).set_index("keypoint")
        self.assertAlmostEqual(table.loc["left_wrist", "found"], 1 - 15 / 214)
        self.assertAlmostEqual(table.loc["left_wrist", "confidence"], 0.75 - 0.625 * 15 / 214)
        self.assertEqual(table.loc["nose"].tolist(), [0.75, 1])

    def test_7_wide(self) -> None:
        self.assertEqual(self.answer(7).shape, (214, 4 + 34))
        self.assertEqual(self.answer(7, video="lone.mp4", frame=10)["nose_x"].tolist(), [180])

    def test_8_tracks(self) -> None:
        table = self.answer(8, video="walk.mp4").set_index("track_id")
        self.assertEqual(table.loc[0, ["first_time", "last_time", "frames"]].tolist(), [0, 1.96, 44])
        self.assertEqual(table.loc[1, ["first_time", "last_time", "frames"]].tolist(), [0.2, 1.96, 41])

    def test_9_distance(self) -> None:
        row = self.answer(9, video="walk.mp4", frame=10)
        self.assertAlmostEqual(row["distance"].iloc[0], math.hypot(500 - 140, 50))
        self.assertEqual(set(self.answer(9)["video"]), {"walk.mp4", "yard.mp4"})

    def test_10_seconds(self) -> None:
        row = self.answer(10, video="walk.mp4", track_id=0, second=0)
        seen = [frame for frame in range(25) if frame not in synthetic.ABSENT]
        self.assertAlmostEqual(row["x"].iloc[0], 100 + 4 * sum(seen) / len(seen))

    def test_footers_are_read(self) -> None:
        (footers,) = blocks(PARTS[-2], "duckdb")
        self.assertEqual(list(bridge.query(footers).columns), ["key", "value"])


def run_python(recipes: Recipes, tool: str) -> None:
    """Runs the blocks of a Python tool in order and compares the value of each one's last line."""
    assert _folder is not None
    variables: dict[str, Any] = {}
    back = os.getcwd()
    os.chdir(_folder)
    try:
        for number, code in enumerate([blocks(PREAMBLE, tool)[0], *(blocks(question, tool)[0] for question in QUESTIONS)]):
            tree = ast.parse(code)
            last = tree.body.pop() if number else None
            exec(compile(tree, f"{tool} {number}", "exec"), variables)
            if isinstance(last, ast.Expr):
                with recipes.subTest(question=number):
                    answer = eval(compile(ast.Expression(last.value), f"{tool} {number}", "eval"), variables)
                    recipes.compare(number - 1, answer if isinstance(answer, pd.DataFrame) else pd.DataFrame(answer.to_dict(as_series=False)))
    finally:
        os.chdir(back)


class Pandas(Recipes):
    def test_answers_are_those_of_duckdb(self) -> None:
        native = any(importlib.util.find_spec(name) for name in ("pyarrow", "fastparquet"))
        with mock.patch.object(pd, "read_parquet", pd.read_parquet if native else bridge.read_parquet):
            run_python(self, "pandas")


class Polars(Recipes):
    def test_answers_are_those_of_duckdb(self) -> None:
        if importlib.util.find_spec("polars") is None:
            self.skipTest("polars for Python is not here: its recipes were parsed, not run.")
        run_python(self, "polars")


class R(Recipes):
    def test_answers_are_those_of_duckdb(self) -> None:
        assert _folder is not None
        if shutil.which("Rscript") is None:
            self.skipTest("R is not here: its recipes were not run.")
        have = lambda *names: subprocess.run(
            ["Rscript", "-e", "for (p in commandArgs(TRUE)) if (!requireNamespace(p, quietly = TRUE)) quit(status = 1)", *names],
            capture_output=True, check=False,
        ).returncode == 0  # fmt: skip
        if not have("dplyr", "tidyr"):
            self.skipTest("R is here without dplyr and tidyr: its recipes were not run.")
        preamble = blocks(PREAMBLE, "r")[0]
        if not have("arrow"):
            for path in glob.glob(f"{_folder}/results/*/*.parquet"):
                bridge.query(f"COPY (FROM read_parquet({bridge.quoted(path)})) TO {bridge.quoted(path + '.csv')} (FORMAT csv, HEADER)")
            preamble = preamble.replace("library(arrow)\n", """
                open_dataset <- function(files) {
                  parts <- lapply(paste0(files, ".csv"), read.csv, na.strings = "")
                  do.call(rbind, parts[sapply(parts, nrow) > 0])
                }
            """)
        script = [preamble]
        for number, question in enumerate(QUESTIONS):
            script.append(f"answer <- local({{\n{blocks(question, 'r')[0]}\n}})\n")
            script.append(f'write.csv(answer, "answer{number}.csv", row.names = FALSE, na = "")\n')
        ended = subprocess.run(["Rscript", "-"], input="".join(script), text=True, cwd=_folder, capture_output=True, check=False)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        for number in range(len(QUESTIONS)):
            with self.subTest(question=number + 1):
                self.compare(number, pd.read_csv(io.StringIO((_folder / f"answer{number}.csv").read_text())))


if __name__ == "__main__":
    unittest.main()
