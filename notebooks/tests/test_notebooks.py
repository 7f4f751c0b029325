"""Every cell of every notebook runs, on made-up results and, where POSEBATCH_TEST_RESULTS names a folder, on real ones."""

from __future__ import annotations

import ast
import contextlib
import io
import json
import os
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any
from unittest import mock

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

import bridge
import matplotlib
import synthetic

matplotlib.use("Agg")
import matplotlib.pyplot as plt

FOLDER = Path(__file__).parents[1]
NOTEBOOKS = ("explore", "quality", "many-videos")


def setUpModule() -> None:
    if (reason := bridge.lacking()) is not None:
        raise unittest.SkipTest(reason)
    bridge.install()


def cells(name: str) -> list[dict[str, Any]]:
    return json.loads((FOLDER / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]


def run(name: str, results: Path) -> dict[str, Any]:
    """Runs the cells in order as Jupyter would, and shows what it would show. Returns the variables and the count of figures."""
    variables: dict[str, Any] = {"__name__": "__main__"}
    figures = 0
    # Where a folder is named, the pictures are kept there, to be looked at.
    pictures = os.environ.get("POSEBATCH_TEST_PICTURES")
    with mock.patch.dict(os.environ, POSEBATCH_RESULTS=str(results)), contextlib.redirect_stdout(io.StringIO()):
        for number, cell in enumerate(cells(name)):
            if cell["cell_type"] != "code":
                continue
            source = "".join(cell["source"])
            tree = ast.parse(source)
            shown = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
            place = f"{name}.ipynb, cell {number}"
            exec(compile(tree, place, "exec"), variables)
            if isinstance(shown, ast.Expr):
                value = eval(compile(ast.Expression(shown.value), place, "eval"), variables)
                getattr(value, "_repr_html_", value.__repr__)()
            for figure in plt.get_fignums():
                figures += 1
                if pictures:
                    plt.figure(figure).savefig(Path(pictures) / f"{name}-{number:02d}.png")
                else:
                    plt.figure(figure).canvas.draw()
            plt.close("all")
    variables["figures"] = figures
    return variables


class Form(unittest.TestCase):
    def test_notebooks_are_committed_small_and_without_outputs(self) -> None:
        self.assertEqual({path.stem for path in FOLDER.glob("*.ipynb")}, set(NOTEBOOKS))
        for name in NOTEBOOKS:
            self.assertLess((FOLDER / f"{name}.ipynb").stat().st_size, 25_000)
            for cell in cells(name):
                self.assertIn(cell["cell_type"], ("markdown", "code"))
                if cell["cell_type"] == "code":
                    self.assertEqual((cell["outputs"], cell["execution_count"]), ([], None))


class OnMadeUpResults(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory(prefix="posebatch-")
        cls.addClassCleanup(folder.cleanup)
        cls.root = Path(folder.name)
        synthetic.write(cls.root / "walk.0000000001", job={"labels": {"subject": "p03"}})
        synthetic.write(cls.root / "walk.0000000002", model="shifted", shift=3.0)
        synthetic.write(cls.root / "yard.0000000003", "yard.mp4", tracked=False)
        synthetic.write(cls.root / "alone.0000000004", "alone.mp4", tracked=False, people=(0,), boxes=False)
        synthetic.write(cls.root / "empty.0000000005", "empty.mp4", people=())

    def test_explore(self) -> None:
        seen = run("explore", self.root)
        self.assertEqual((seen["figures"], seen["identity"]), (8, "track_id"))
        # The walker's wrist is the only joint that is lost by itself; the whole person is lost once: 17 joints.
        self.assertEqual(len(seen["lost"]), 18)
        self.assertEqual(round(seen["speeds"].query("track_id == 0")["speed"].median()), 100)
        self.assertEqual(len(seen["rows"]), 5)

    def test_quality(self) -> None:
        seen = run("quality", self.root)
        self.assertEqual(seen["figures"], 5)
        self.assertEqual(list(seen["ledger"]["undecodable"]), [1] * 5)
        self.assertEqual(len(seen["odd"]), 5 * 2)  # one undecodable, one corrupt in each
        self.assertEqual(sorted(seen["span"]["size"]), [41, 41, 44, 44])
        self.assertEqual(seen["both"]["distance"].median(), 3)

    def test_many_videos(self) -> None:
        seen = run("many-videos", self.root)
        self.assertEqual((seen["figures"], seen["LABEL"]), (2, "label_subject"))
        found = seen["measures"].set_index("result")["found"]
        self.assertAlmostEqual(found["walk.0000000001"], 100 * 80 / 85)
        self.assertEqual(len(seen["wrists"]), 85 * 3 + 44)

    def test_notebooks_run_on_untracked_results_without_labels(self) -> None:
        alone = self.root / "alone.0000000004"
        self.assertEqual(run("explore", alone)["identity"], "person")
        run("quality", alone)
        self.assertEqual(run("many-videos", alone)["LABEL"], "name")


class OnRealResults(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        folder = os.environ.get("POSEBATCH_TEST_RESULTS")
        if not folder:
            raise unittest.SkipTest("POSEBATCH_TEST_RESULTS names no folder of real results.")
        cls.root = Path(folder)

    def test_explore(self) -> None:
        self.assertEqual(run("explore", self.root)["figures"], 8)

    def test_quality(self) -> None:
        self.assertTrue(run("quality", self.root)["ledger"]["holds"].all())

    def test_many_videos(self) -> None:
        self.assertGreater(run("many-videos", self.root)["figures"], 1)


if __name__ == "__main__":
    unittest.main()
