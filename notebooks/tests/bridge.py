"""DuckDB for tests on a Python without any reader of Parquet files: SQL goes to the program of the C# tests, rows come back."""

from __future__ import annotations

import atexit
import importlib.util
import json
import os
import subprocess
import unittest
from pathlib import Path
from typing import Any

import pandas as pd

import posebatch_tables as pb

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("POSEBATCH_TEST_DUCKDB") or ROOT / "artifacts/bin/PoseBatch.Integration.Tests/release/PoseBatch.Integration.Tests")
_process: subprocess.Popen[str] | None = None


def lacking() -> str | None:
    """Why there is no DuckDB, or None."""
    return None if PROGRAM.is_file() else "DuckDB is not here: ./test builds the program that holds it."


def query(sql: str) -> pd.DataFrame:
    """Runs one statement of SQL."""
    global _process
    if (reason := lacking()) is not None:
        raise unittest.SkipTest(reason)
    if _process is None:
        _process = subprocess.Popen([str(PROGRAM), "--duckdb"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    assert _process.stdin is not None and _process.stdout is not None
    _process.stdin.write(json.dumps(sql) + "\n")
    _process.stdin.flush()
    answer: dict[str, Any] = json.loads(_process.stdout.readline())
    if "error" in answer:
        raise RuntimeError(answer["error"])
    return pd.DataFrame({
        column["name"]: _series(column["type"], values) for column, values in zip(answer["columns"], answer["values"])
    })


def _series(kind: str, values: list[Any]) -> pd.Series:
    if "INT" in kind:
        return pd.Series(values, dtype="object").astype("Int64" if None in values else "int64")
    if kind in ("FLOAT", "DOUBLE"):
        return pd.Series(values, dtype="float32" if kind == "FLOAT" else "float64")
    return pd.Series(values, dtype=object)


def read_parquet(path: Path | str, columns: list[str] | None = None) -> pd.DataFrame:
    """One file, or some of its columns, as `pandas.read_parquet` would give it."""
    wanted = "*" if columns is None else ", ".join(f'"{name}"' for name in columns)
    return query(f"SELECT {wanted} FROM read_parquet({quoted(path)})")


def quoted(text: object) -> str:
    """A literal of SQL."""
    return "'" + str(text).replace("'", "''") + "'"


def install() -> None:
    """Lets `posebatch_tables` read through here when this Python has no reader of its own."""
    if not any(importlib.util.find_spec(name) for name in pb.READERS if name != "bridge"):
        pb.READERS["bridge"] = read_parquet


def close() -> None:
    """Ends that program."""
    global _process
    if _process is not None:
        assert _process.stdin is not None and _process.stdout is not None
        _process.stdin.close()
        _process.wait()
        _process.stdout.close()
        _process = None


atexit.register(close)
os.environ.setdefault("MPLBACKEND", "Agg")
