"""Reads the results of PoseBatch and hands them to the tools of analysts: pandas, matplotlib, movement, DeepLabCut, COCO.

    import posebatch_tables as pb

    result = pb.read_result("results/clip.0123456789")     # one video
    result.keypoints                                       # one row per joint, person and frame, as a pandas table
    pb.plot_keypoint(result, "left_wrist")

    results = pb.read_results("results/*")                 # many videos
    results.summary                                        # one row per video
    results.read("keypoints", keypoints=["left_wrist"])    # of all videos, only what is needed

Copy this file beside your notebook, or put its folder on the path. It needs pandas, one reader of Parquet files (pyarrow,
polars, duckdb or fastparquet) and, for the plots, matplotlib. Every column is explained in docs/table-schema.md.

Positions are pixels of the upright picture: (0, 0) is the centre of its top left pixel, y points down. Times are seconds
since the first frame of the video. What was not found is missing (NaN), never zero.
"""

from __future__ import annotations

import glob as _glob
import importlib.util
import json
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Iterable, Iterator, Literal, Mapping, Sequence, Union

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "JOINTS",
    "NoReaderError",
    "Result",
    "Results",
    "Skeleton",
    "UntrackedError",
    "compare",
    "gaps",
    "joint_angle",
    "ledger",
    "plot_keypoint",
    "plot_skeleton",
    "read_result",
    "read_results",
    "speed",
    "style",
    "to_coco",
    "to_dlc",
    "to_movement",
    "to_openpose",
    "to_wide",
]

Table = Literal["keypoints", "persons", "frames", "tracks"]
Identity = Literal["auto", "track_id", "person"]
PathLike = Union[str, "os.PathLike[str]"]

INFERRED = ("ok", "corrupt")
"""The words of `frames.status` that stand for frames the model has seen."""

JOINTS: Mapping[str, tuple[str, str, str]] = {
    "left_elbow": ("left_shoulder", "left_elbow", "left_wrist"),
    "right_elbow": ("right_shoulder", "right_elbow", "right_wrist"),
    "left_shoulder": ("left_elbow", "left_shoulder", "left_hip"),
    "right_shoulder": ("right_elbow", "right_shoulder", "right_hip"),
    "left_hip": ("left_shoulder", "left_hip", "left_knee"),
    "right_hip": ("right_shoulder", "right_hip", "right_knee"),
    "left_knee": ("left_hip", "left_knee", "left_ankle"),
    "right_knee": ("right_hip", "right_knee", "right_ankle"),
}
"""Joints that `joint_angle` knows by name: the two limbs that meet there, written as end, joint, end."""


class NoReaderError(ImportError):
    """No package that reads Parquet files is installed, or none of them could read this one."""


class UntrackedError(ValueError):
    """The question needs to know who is who over time, and the table does not say."""


# --- reading ---------------------------------------------------------------------------------------------------------


def _read_with_pyarrow(path: Path, columns: list[str] | None) -> pd.DataFrame:
    return pd.read_parquet(path, engine="pyarrow", columns=columns)


def _read_with_fastparquet(path: Path, columns: list[str] | None) -> pd.DataFrame:
    return pd.read_parquet(path, engine="fastparquet", columns=columns)


def _read_with_polars(path: Path, columns: list[str] | None) -> pd.DataFrame:
    import polars

    # Not to_pandas(): that needs pyarrow. Whole numbers with gaps would pass through doubles, so they go as a list.
    table = polars.read_parquet(path, columns=columns)
    whole = [table[name].null_count() > 0 and not table[name].dtype.is_float() for name in table.columns]
    return pd.DataFrame({
        name: table[name].to_list() if as_list else table[name].to_numpy() for name, as_list in zip(table.columns, whole)
    })


def _read_with_duckdb(path: Path, columns: list[str] | None) -> pd.DataFrame:
    import duckdb

    wanted = "*" if columns is None else ", ".join(f'"{name}"' for name in columns)
    return duckdb.execute(f"SELECT {wanted} FROM read_parquet(?)", [str(path)]).df()


READERS: dict[str, Callable[[Path, "list[str] | None"], pd.DataFrame]] = {
    "pyarrow": _read_with_pyarrow,
    "polars": _read_with_polars,
    "duckdb": _read_with_duckdb,
    "fastparquet": _read_with_fastparquet,
}
"""Package to function. The first one that is installed and can read the file is taken; put your own in front if you like."""


# Readers disagree on how a column with gaps comes out (doubles, objects, None), so its type is settled here.
_WITH_GAPS = {
    "track_id": "Int32",
    "n_persons": "Int16",
    "width": "Int16",
    "height": "Int16",
    "pts": "Int64",
    "is_key": "boolean",
}


def _read_table(path: Path, columns: list[str] | None = None) -> pd.DataFrame:
    """One Parquet file as a pandas table whose types do not depend on the reader."""
    refusals: list[str] = []
    for package, read in READERS.items():
        if package in ("pyarrow", "polars", "duckdb", "fastparquet") and importlib.util.find_spec(package) is None:
            continue
        try:
            table = read(path, columns)
        except FileNotFoundError:
            raise
        except Exception as failure:  # an old reader that lacks an encoding, for example: the next one may know it
            refusals.append(f"{package}: {failure}")
            continue
        for name in table.columns.intersection(list(_WITH_GAPS)):
            table[name] = table[name].astype(_WITH_GAPS[name])
        return table
    if refusals:
        raise NoReaderError(
            f"{path} could not be read. A reader from before 2024 may not know its encoding: update it, or process the "
            "video with --profile compatible. What the readers said:\n  " + "\n  ".join(refusals)
        )
    raise NoReaderError(
        "No reader of Parquet files is installed for this Python. One of these lines is enough:\n"
        "  pip install pyarrow          (the usual one)\n"
        "  pip install polars\n"
        "  pip install duckdb\n"
        "  conda install pyarrow\n"
        "Where pip refuses (Debian, Ubuntu): python3 -m venv --system-site-packages env && env/bin/pip install pyarrow\n"
        "Without any of them, `posebatch export RESULT --to csv --table keypoints` writes what pandas.read_csv reads."
    )


@dataclass(frozen=True)
class Skeleton:
    """The joints a model gives, in the order of `keypoint_id`, and the bones between them."""

    name: str
    keypoints: tuple[str, ...]
    edges: tuple[tuple[int, int], ...]
    """Bones, as pairs of keypoint_id."""
    swap_pairs: tuple[tuple[int, int], ...]
    """Left and right of the same joint, as pairs of keypoint_id."""

    def side(self, keypoint_id: int) -> Literal["left", "right", "middle"]:
        """The side of the person's body; joints that have no twin are in the middle."""
        name = self.keypoints[keypoint_id]
        return "left" if name.startswith("left") else "right" if name.startswith("right") else "middle"


class Result:
    """One result folder. A table is read when it is first asked for, and kept.

    Every table has the columns of docs/table-schema.md and, in front, `result`: the name of the folder, which tells two
    results of one video apart.
    """

    def __init__(self, path: PathLike) -> None:
        self.path = Path(path)
        self.name = self.path.resolve().name
        manifest = self.path / "manifest.json"
        if not manifest.is_file():
            raise FileNotFoundError(f"{self.path} should be the folder of a result, but there is no manifest.json in it.")
        self.manifest: dict[str, Any] = json.loads(manifest.read_text(encoding="utf-8"))

    def __repr__(self) -> str:
        counts = self.manifest["counts"]
        return (
            f"<{self.name}: {counts['source_frames']:,} frames, {counts['persons']:,} persons, "
            f"{self.skeleton.name}, {self.width} x {self.height}, {self.model}>"
        )

    def read(self, table: Table, columns: Sequence[str] | None = None, keypoints: Sequence[str] | None = None) -> pd.DataFrame:
        """Reads a table again, and of it only some columns, or only some joints. A table that is not there is empty."""
        path = self.path / f"{table}.parquet"
        if not path.is_file() and table == "tracks":
            return pd.DataFrame({"result": pd.Series(dtype=object), "video": pd.Series(dtype=object)})
        wanted = None if columns is None else list(dict.fromkeys([*columns, *(["keypoint"] if keypoints else [])]))
        frame = _read_table(path, wanted)
        if keypoints is not None:
            self._require(keypoints)
            frame = frame[frame["keypoint"].isin(list(keypoints))].reset_index(drop=True)
        frame.insert(0, "result", self.name)
        return frame

    def _require(self, keypoints: Iterable[str]) -> None:
        unknown = [name for name in keypoints if name not in self.skeleton.keypoints]
        if unknown:
            raise KeyError(f"{self.name} has no joint {', '.join(unknown)}; it has {', '.join(self.skeleton.keypoints)}.")

    @cached_property
    def keypoints(self) -> pd.DataFrame:
        """One row per joint, person and frame."""
        return self.read("keypoints")

    @cached_property
    def persons(self) -> pd.DataFrame:
        """One row per person and frame: score and box."""
        return self.read("persons")

    @cached_property
    def frames(self) -> pd.DataFrame:
        """The ledger: one row per frame of the source, whatever became of it."""
        return self.read("frames")

    @cached_property
    def tracks(self) -> pd.DataFrame:
        """One row per person that was followed; empty when tracking was off."""
        return self.read("tracks")

    @cached_property
    def skeleton(self) -> Skeleton:
        """Names and bones of the joints."""
        known = self.manifest["skeleton"]
        return Skeleton(
            known["name"],
            tuple(known["keypoints"]),
            tuple((a, b) for a, b in known["edges"]),
            tuple((a, b) for a, b in known["swap_pairs"]),
        )

    @property
    def video(self) -> str:
        """Name of the source."""
        return self.manifest["source"]["source_id"]

    @property
    def model(self) -> str:
        """Name of the model."""
        return self.manifest["model"]["name"]

    @property
    def width(self) -> int:
        """Width of the upright picture in pixels."""
        return self.manifest["coordinate"]["width"]

    @property
    def height(self) -> int:
        """Height of the upright picture in pixels."""
        return self.manifest["coordinate"]["height"]

    @property
    def fps(self) -> float | None:
        """Frames per second as the file announces them, or None. Use the column `time` for anything that is measured."""
        return _fraction(self.manifest["time"].get("nominal_fps"))

    @property
    def is_tracked(self) -> bool:
        """Whether any person has an identity over time."""
        return bool(self.persons["track_id"].notna().any())


def _fraction(text: str | None) -> float | None:
    if not text:
        return None
    over, _, under = text.partition("/")
    return float(over) / float(under or 1) if float(under or 1) else None


class Results:
    """Many results, in the order of their names. Tables are read when they are asked for."""

    def __init__(self, results: Sequence[Result], folders: Sequence[Path] = ()) -> None:
        self._results = list(results)
        self._folders = list(folders)

    def __len__(self) -> int:
        return len(self._results)

    def __iter__(self) -> Iterator[Result]:
        return iter(self._results)

    def __getitem__(self, which: int | str) -> Result:
        """By position, by the name of the folder, or by the name of the video where only one result has it."""
        if isinstance(which, int):
            return self._results[which]
        found = [result for result in self if result.name == which] or [result for result in self if result.video == which]
        if len(found) != 1:
            raise KeyError(f"{len(found)} results are called {which!r}; there are {', '.join(result.name for result in self)}.")
        return found[0]

    def __repr__(self) -> str:
        return f"<{len(self)} results of {len({result.video for result in self})} videos>"

    def read(self, table: Table, columns: Sequence[str] | None = None, keypoints: Sequence[str] | None = None) -> pd.DataFrame:
        """The same table of all results, one below the other. `columns` and `keypoints` keep large sets within memory."""
        parts = [result.read(table, columns, keypoints) for result in self]
        # An empty part has no types worth keeping, and a warning of pandas in tow.
        filled = [part for part in parts if len(part)] or parts[:1]
        return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame()

    @cached_property
    def keypoints(self) -> pd.DataFrame:
        """One row per joint, person and frame of every result."""
        return self.read("keypoints")

    @cached_property
    def persons(self) -> pd.DataFrame:
        """One row per person and frame of every result."""
        return self.read("persons")

    @cached_property
    def frames(self) -> pd.DataFrame:
        """The ledgers, one below the other."""
        return self.read("frames")

    @cached_property
    def tracks(self) -> pd.DataFrame:
        """One row per person that was followed."""
        return self.read("tracks")

    @cached_property
    def summary(self) -> pd.DataFrame:
        """One row per result, from the manifests alone; with `batch_summary.parquet` in the same folder also its columns
        (group, labels). A label `x` becomes the column `label_x`."""
        rows = pd.DataFrame([_summary_row(result) for result in self])
        known = [_batch_summary(folder / "batch_summary.parquet") for folder in self._folders]
        known = [table for table in known if table is not None]
        if known and len(rows):
            added = pd.concat(known, ignore_index=True).drop_duplicates("result", keep="last")
            new = [name for name in added.columns if name not in rows.columns]
            # What both know stays as the manifest says it, with holes filled.
            both = [name for name in added.columns if name in rows.columns and name != "result" and rows[name].isna().any()]
            rows = rows.merge(added[["result", *new, *both]], on="result", how="left", suffixes=("", "_added"))
            for name in both:
                rows[name] = rows[name].where(rows[name].notna(), rows.pop(f"{name}_added"))
        return rows


def _summary_row(result: Result) -> dict[str, Any]:
    counts, job = result.manifest["counts"], result.manifest.get("job", {})
    row: dict[str, Any] = {
        "result": result.name,
        "video": result.video,
        "model": result.model,
        "source_frames": counts["source_frames"],
        "inferred": counts["inferred"],
        "skipped": counts["skipped"],
        "undecodable": counts["undecodable"],
        "corrupt": counts.get("corrupt", 0),
        "persons": counts["persons"],
        "tracks": counts.get("tracks"),
        "seconds": result.manifest["source"].get("duration"),
        "fps": result.fps,
        "width": result.width,
        "height": result.height,
        "warnings": len(result.manifest.get("warnings", [])),
    }
    if job.get("group") is not None:
        row["group"] = job["group"]
    row.update(_labels(job.get("labels")))
    return row


def _labels(labels: Any) -> dict[str, Any]:
    if isinstance(labels, str):
        try:
            labels = json.loads(labels)
        except ValueError:
            return {}
    return {f"label_{name}": value for name, value in labels.items()} if isinstance(labels, dict) else {}


def _batch_summary(path: Path) -> pd.DataFrame | None:
    if not path.is_file():
        return None
    table = _read_table(path)
    folder = next((name for name in ("result", "result_folder", "folder", "output") if name in table.columns), None)
    if folder is None:
        return None
    table["result"] = [Path(str(value)).name for value in table[folder]]
    if "labels" in table.columns:
        labels = pd.DataFrame([_labels(value) for value in table["labels"]], index=table.index)
        table = table.drop(columns="labels").join(labels, rsuffix="_")
    return table


def read_result(folder: PathLike) -> Result:
    """Opens one result: the folder that `posebatch process` made for a video."""
    return Result(folder)


def read_results(where: PathLike | Iterable[PathLike]) -> Results:
    """Opens many results.

    `where` is the output folder (`"results"`), a glob of result folders (`"results/squat*"`) or of files in them
    (`"results/*/keypoints.parquet"`), or a list of these. Hidden folders, in which unfinished results lie, are left out.
    """
    patterns = [where] if isinstance(where, (str, os.PathLike)) else list(where)
    folders: dict[Path, None] = {}
    for pattern in patterns:
        text = os.path.expanduser(os.fspath(pattern))
        for match in [text] if os.path.exists(text) else sorted(_glob.glob(text, recursive=True)):
            path = Path(match)
            path = path.parent if path.is_file() else path
            inside = [path] if (path / "manifest.json").is_file() else sorted(path.glob("[!.]*/"))
            folders.update((folder, None) for folder in inside if (folder / "manifest.json").is_file())
    if not folders:
        raise FileNotFoundError(
            f"No result was found at {', '.join(map(str, patterns))}. A result is a folder with manifest.json and "
            "keypoints.parquet; `posebatch process VIDEO --out results` makes one, `posebatch demo --out results` another."
        )
    results = sorted((Result(folder) for folder in folders), key=lambda result: (result.name, str(result.path)))
    return Results(results, list(dict.fromkeys(folder.resolve().parent for folder in folders)))


# --- who is who ------------------------------------------------------------------------------------------------------


def _keypoints_of(source: Result | Results | pd.DataFrame) -> pd.DataFrame:
    table = source if isinstance(source, pd.DataFrame) else source.keypoints
    if "result" not in table.columns:
        table = table.assign(result=table["video"])
    return table


def _identity(table: pd.DataFrame, identity: Identity) -> pd.Series:
    """One number per row that stands for the same person in all frames of a result; missing where nobody knows."""
    if identity == "person":
        return table["person"].astype("Int32")
    if identity not in ("auto", "track_id"):
        raise ValueError(f"identity should be auto, track_id or person, but is {identity!r}.")
    tracks = table["track_id"].astype("Int32")
    tracked = tracks.notna().groupby(table["result"]).transform("any")
    if not tracked.all():
        crowded = table.loc[~tracked & (table["person"] > 0), "result"].unique() if identity == "auto" else table["result"].unique()
        if len(crowded):
            raise UntrackedError(
                f"{', '.join(map(str, crowded[:3]))}{' and others' if len(crowded) > 3 else ''}: no person has a track_id, "
                "and `person` is only a place in the frame by score, so it is not known who is who from one frame to the "
                "next. Process the video with tracking on, keep one person (table.query('person == 0')), or say "
                "identity='person' if the places are good enough."
            )
        tracks = tracks.where(tracked, table["person"].astype("Int32"))
    return tracks


# --- shapes ----------------------------------------------------------------------------------------------------------


def to_wide(
    keypoints: Result | Results | pd.DataFrame, values: Sequence[str] = ("x", "y", "confidence")
) -> pd.DataFrame:
    """One row per person and frame, with columns like `left_wrist_x`, joint by joint in the order of the skeleton.

    The first columns are result, video, frame, time, person and track_id.
    """
    table = _keypoints_of(keypoints)
    keys = ["result", "frame", "person"]
    order = table[["keypoint_id", "keypoint"]].drop_duplicates().sort_values("keypoint_id", kind="stable")["keypoint"]
    names = list(dict.fromkeys(order))
    if table.duplicated([*keys, "keypoint"]).any():
        raise ValueError("A joint stands twice in the table for one person and frame; is the same result in it twice?")
    wide = table.set_index([*keys, "keypoint"])[list(values)].unstack("keypoint")
    wide = wide.reindex(columns=pd.MultiIndex.from_tuples([(value, name) for name in names for value in values]))
    wide.columns = [f"{name}_{value}" for value, name in wide.columns]
    heads = table.drop_duplicates(keys).set_index(keys)[["video", "time", "track_id"]]
    wide = heads.join(wide, how="right").reset_index()
    first = ["result", "video", "frame", "time", "person", "track_id"]
    return wide[[*first, *(name for name in wide.columns if name not in first)]]


def to_movement(
    result: Result, tracks: Sequence[int] | None = None, min_frames: int = 1, drop_untracked: bool = False
) -> dict[str, Any]:
    """The arrays that `movement.io.load_poses.from_numpy` takes, under the names of its parameters.

        dataset = load_poses.from_numpy(**pb.to_movement(result))
        dataset = dataset.assign_coords(time=result.frames["time"].to_numpy())     # the exact times, if they vary

    `position_array` is (time, space, keypoints, individuals) in pixels, `confidence_array` (time, keypoints, individuals);
    NaN where a person or joint was not found. There is one time for every frame of the source, also for those without
    people. `fps` is None where frames come at uneven times: movement then counts frames. Individuals are called
    `track_0`, ...; `tracks` and `min_frames` (frames in which a person is seen) choose among them.

    Raises UntrackedError when a person has no track_id: movement's arrays need to know who is who in every frame.
    `drop_untracked` leaves out such rows, unless that would be all.
    """
    position, confidence, ids = _arrays(result, tracks, min_frames, drop_untracked)
    return {
        "position_array": position.transpose(0, 3, 2, 1),
        "confidence_array": confidence.transpose(0, 2, 1),
        "individual_names": [f"track_{track}" for track in ids],
        "keypoint_names": list(result.skeleton.keypoints),
        "fps": None if result.manifest["time"].get("variable") else result.fps,
        "source_software": "PoseBatch",
    }


def _arrays(
    result: Result, tracks: Sequence[int] | None, min_frames: int, drop_untracked: bool
) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """Positions (frame, individual, keypoint, 2), confidences (frame, individual, keypoint) and the track_id of each."""
    table = result.keypoints
    known = table["track_id"].notna()
    if len(table) and not known.any():
        raise UntrackedError(
            f"{result.name} is not tracked: no row has a track_id, and `person` is only a place in the frame by score, so "
            "the rows of one person cannot be told from those of another. Process the video with tracking on."
        )
    if not known.all():
        # Whoever has neither a position nor a box is in no track, and nothing is lost without them.
        lost = table[~known & table["x"].notna()].drop_duplicates(["frame", "person"])
        if len(lost) and not drop_untracked:
            raise UntrackedError(
                f"{result.name}: {len(lost):,} of {len(result.persons):,} detected persons have positions and no track_id. "
                "drop_untracked=True leaves them out."
            )
        table = table[known]
    ids = table["track_id"].astype("int64")
    seen = table.groupby(ids)["frame"].nunique()
    chosen = [int(track) for track in seen.index[seen >= min_frames] if tracks is None or track in tracks]
    if tracks is not None and (lacking := sorted(set(tracks) - set(chosen))):
        raise KeyError(f"{result.name} has no track {', '.join(map(str, lacking))} with at least {min_frames} frames.")
    table, ids = table[ids.isin(chosen)], ids[ids.isin(chosen)]
    if table.duplicated(["frame", "track_id", "keypoint_id"]).any():
        raise ValueError(f"{result.name}: one track_id stands for two persons of the same frame.")

    shape = (len(result.frames), len(chosen), len(result.skeleton.keypoints))
    position = np.full((*shape, 2), np.nan, dtype=np.float32)
    confidence = np.full(shape, np.nan, dtype=np.float32)
    where = (
        np.searchsorted(result.frames["frame"].to_numpy(), table["frame"].to_numpy()),
        np.searchsorted(np.asarray(chosen, dtype="int64"), ids.to_numpy()),
        table["keypoint_id"].to_numpy(),
    )
    position[where] = table[["x", "y"]].to_numpy(dtype=np.float32)
    confidence[where] = table["confidence"].to_numpy(dtype=np.float32)
    return position, confidence, chosen


def to_dlc(
    result: Result, scorer: str | None = None, tracks: Sequence[int] | None = None, drop_untracked: bool = False
) -> pd.DataFrame:
    """The table of DeepLabCut: one row per frame of the source; columns scorer, bodyparts, coords (x, y, likelihood).

        pb.to_dlc(result).to_csv("clipPoseBatch.csv", na_rep="NaN")

    `na_rep` is not for beauty: when nobody is in the first frame its row would have no values at all, and pandas, with which
    DeepLabCut reads the file, would take such a row for the name of the index and drop it.

    With several people there is one more level, `individuals` (`track0`, ...), as in DeepLabCut's multi-animal projects;
    that needs tracking. The scorer is `PoseBatch_<model>` unless said, as in `posebatch export --to dlc-csv`. A result without tracks and with at most one person per frame is written as one animal.
    """
    names = list(result.skeleton.keypoints)
    coords = ["x", "y", "likelihood"]
    scorer = f"PoseBatch_{result.model}" if scorer is None else scorer
    frames = pd.Index(result.frames["frame"].to_numpy())
    table = result.keypoints
    if table["track_id"].isna().all() and (table["person"] == 0).all():
        wide = table.rename(columns={"confidence": "likelihood"}).set_index(["frame", "keypoint"])[coords].unstack("keypoint")
        wide = wide.swaplevel(axis=1).reindex(index=frames, columns=pd.MultiIndex.from_product([names, coords]))
        wide.columns = pd.MultiIndex.from_product([[scorer], names, coords], names=["scorer", "bodyparts", "coords"])
        return wide
    position, confidence, ids = _arrays(result, tracks, 1, drop_untracked)
    values = np.concatenate([position, confidence[..., np.newaxis]], axis=-1)
    columns = pd.MultiIndex.from_product(
        [[scorer], [f"track{track}" for track in ids], names, coords],
        names=["scorer", "individuals", "bodyparts", "coords"],
    )
    return pd.DataFrame(values.reshape(len(frames), -1), index=frames, columns=columns)


_BODY_18 = (
    "nose", "neck", "right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow", "left_wrist",
    "right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle",
    "right_eye", "left_eye", "right_ear", "left_ear",
)  # fmt: skip
_BODY_25 = (
    *_BODY_18[:8], "mid_hip", *_BODY_18[8:],
    "left_big_toe", "left_small_toe", "left_heel", "right_big_toe", "right_small_toe", "right_heel",
)  # fmt: skip
_MIDDLES = {"neck": ("left_shoulder", "right_shoulder"), "mid_hip": ("left_hip", "right_hip")}


def to_openpose(result: Result, folder: PathLike, layout: Literal["body_25", "coco_18"] = "body_25") -> int:
    """Writes one `<video>_<frame>_keypoints.json` per frame that was inferred, as OpenPose does; returns how many.

    A joint the skeleton lacks, or that was not found, is `0, 0, 0`, which is how OpenPose says so. A neck or middle of the
    hips that the model does not give is put half-way between left and right where both were found, with the lower of
    their confidences. `person_id` is the track_id, or -1.
    """
    names = {"body_25": _BODY_25, "coco_18": _BODY_18}.get(layout)
    if names is None:
        raise ValueError(f"layout should be body_25 or coco_18, but is {layout!r}.")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    stem = Path(result.video).stem
    people: dict[int, list[dict[str, Any]]] = {}
    for (frame, _), rows in result.keypoints.groupby(["frame", "person"], sort=True):
        found = rows[rows["x"].notna()]
        points = dict(zip(found["keypoint"], found[["x", "y", "confidence"]].to_numpy(dtype=float).tolist()))
        for middle, (left, right) in _MIDDLES.items():
            if middle not in points and left in points and right in points:
                (ax, ay, ac), (bx, by, bc) = points[left], points[right]
                points[middle] = [(ax + bx) / 2, (ay + by) / 2, min(ac, bc)]
        track = rows["track_id"].iloc[0]
        people.setdefault(int(frame), []).append({
            "person_id": [-1 if pd.isna(track) else int(track)],
            "pose_keypoints_2d": [round(value, 4) for name in names for value in points.get(name, (0.0, 0.0, 0.0))],
            "face_keypoints_2d": [], "hand_left_keypoints_2d": [], "hand_right_keypoints_2d": [],
            "pose_keypoints_3d": [], "face_keypoints_3d": [], "hand_left_keypoints_3d": [], "hand_right_keypoints_3d": [],
        })  # fmt: skip
    inferred = result.frames.loc[result.frames["status"].isin(INFERRED), "frame"]
    for frame in inferred:
        content = {"version": 1.3, "people": people.get(int(frame), [])}
        (folder / f"{stem}_{frame:012d}_keypoints.json").write_text(json.dumps(content), encoding="utf-8")
    return len(inferred)


def to_coco(result: Result, path: PathLike | None = None) -> dict[str, Any]:
    """A COCO keypoint data set: images (the inferred frames), annotations (the persons), one category with the skeleton.

    `keypoints` are x, y, v with v = 2, or 0, 0, 0 where a joint was not found. Every annotation also has a score, and a
    track_id where there is one; the list of annotations alone serves as a results file. A person without a box
    gets the box around the joints that were found. With `path` the data set is written there as JSON.
    """
    skeleton, count = result.skeleton, len(result.skeleton.keypoints)
    stem = Path(result.video).stem
    inferred = result.frames[result.frames["status"].isin(INFERRED)]
    images = [
        {"id": int(frame), "file_name": f"{stem}_{frame:06d}.jpg", "width": result.width, "height": result.height, "time": float(time)}
        for frame, time in zip(inferred["frame"], inferred["time"])
    ]
    # Rows are sorted by frame, person and keypoint, and a person always has all of them.
    joints = result.keypoints.sort_values(["frame", "person", "keypoint_id"], kind="stable")
    points = joints[["x", "y"]].to_numpy(dtype=float).reshape(-1, count, 2)
    persons = result.persons.sort_values(["frame", "person"], kind="stable")
    annotations: list[dict[str, Any]] = []
    for pose, person in zip(points, persons.itertuples(index=False)):
        found = ~np.isnan(pose).any(axis=1)
        box = np.array([person.x_min, person.y_min, person.x_max, person.y_max], dtype=float)
        if np.isnan(box).any():
            box = np.concatenate([pose[found].min(axis=0), pose[found].max(axis=0)]) if found.any() else np.zeros(4)
        width, height = box[2] - box[0], box[3] - box[1]
        triples = np.concatenate([np.where(found[:, None], pose, 0), np.where(found, 2, 0)[:, None]], axis=1)
        annotation: dict[str, Any] = {
            "id": len(annotations) + 1,
            "image_id": int(person.frame),
            "category_id": 1,
            "keypoints": [int(value) if index % 3 == 2 else round(value, 4) for index, value in enumerate(triples.ravel().tolist())],
            "num_keypoints": int(found.sum()),
            "bbox": [round(value, 4) for value in (float(box[0]), float(box[1]), float(width), float(height))],
            "area": round(float(width * height), 4),
            "iscrowd": 0,
            "score": float(person.score),
        }
        if not pd.isna(person.track_id):
            annotation["track_id"] = int(person.track_id)
        annotations.append(annotation)
    coco = {
        "info": {"description": f"{result.video}, {result.model}, PoseBatch"},
        "images": images,
        "annotations": annotations,
        "categories": [{
            "id": 1,
            "name": "person",
            "keypoints": list(skeleton.keypoints),
            "skeleton": [[a + 1, b + 1] for a, b in skeleton.edges],
        }],
    }  # fmt: skip
    if path is not None:
        Path(path).write_text(json.dumps(coco), encoding="utf-8")
    return coco


# --- measures --------------------------------------------------------------------------------------------------------


def speed(
    keypoints: Result | Results | pd.DataFrame, identity: Identity = "auto", max_gap: float | None = None
) -> pd.DataFrame:
    """How fast each joint moves, in pixels per second: from the position before to this one, over the time between them.

    Rows are those with a position, with `vx`, `vy` and `speed` added. They are missing for the first position and where
    more than `max_gap` seconds lie between the two (default: three times the usual step between frames of that result), so
    that a person who was lost for a while does not seem to jump. `identity` says what holds a person together over time:
    the track_id, or for `auto` also the one person of a result that never has two.
    """
    table = _keypoints_of(keypoints)
    table = table.assign(_id=_identity(table, identity))
    table = table[table["x"].notna() & table["_id"].notna()].astype({"x": float, "y": float})
    groups = ["result", "_id", "keypoint_id"]
    table = table.sort_values([*groups, "frame"], kind="stable")
    steps = table.groupby(groups, sort=False)
    elapsed = steps["time"].diff()
    if max_gap is None:
        once = table.drop_duplicates(["result", "frame"]).sort_values(["result", "frame"], kind="stable")
        usual = once.groupby("result")["time"].diff().groupby(once["result"]).median()
        limit = 3 * table["result"].map(usual).astype(float)
    else:
        limit = pd.Series(float(max_gap), index=table.index)
    # A step of exactly the limit should pass whatever the last digit of the times says.
    usable = elapsed.where((elapsed > 0) & (elapsed <= limit * (1 + 1e-9)))
    vx = steps["x"].diff().astype(float) / usable
    vy = steps["y"].diff().astype(float) / usable
    table = table.drop(columns="_id").assign(vx=vx, vy=vy, speed=np.hypot(vx, vy))
    return table.sort_values(["result", "frame", "person", "keypoint_id"], kind="stable").reset_index(drop=True)


def joint_angle(keypoints: Result | Results | pd.DataFrame, joint: str | Sequence[str]) -> pd.DataFrame:
    """The angle at a joint in degrees, 0 (folded) to 180 (straight), one row per person and frame.

    `joint` is a name in JOINTS, such as `left_knee`, or three joints: end, joint, end. The angle is that of the picture, so
    it is the true one only for a limb that moves across the line of sight; it is missing where one of the three is.
    """
    ends = JOINTS.get(joint) if isinstance(joint, str) else tuple(joint)
    if ends is None or len(ends) != 3:
        raise ValueError(f"joint should be three joints, or one of {', '.join(JOINTS)}, but is {joint!r}.")
    table = _keypoints_of(keypoints)
    lacking = [name for name in ends if name not in set(table["keypoint"].unique())]
    if lacking and len(table):
        raise KeyError(f"The table has no joint {', '.join(lacking)}; it has {', '.join(table['keypoint'].unique())}.")
    keys = ["result", "frame", "person"]
    point = {
        name: table.loc[table["keypoint"] == name].set_index(keys)[["x", "y"]].astype(float) for name in dict.fromkeys(ends)
    }
    heads = table.drop_duplicates(keys)[["result", "video", "frame", "time", "person", "track_id"]]
    index = pd.MultiIndex.from_frame(heads[keys])
    first, middle, last = (point[name].reindex(index).to_numpy() for name in ends)
    a, b = first - middle, last - middle
    cross = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    angle = np.degrees(np.arctan2(np.abs(cross), (a * b).sum(axis=1)))
    # Two joints in one place have no direction.
    angle[(a == 0).all(axis=1) | (b == 0).all(axis=1)] = np.nan
    return heads.assign(joint=joint if isinstance(joint, str) else ends[1], angle=angle).reset_index(drop=True)


def gaps(result: Result, keypoints: Sequence[str] | None = None, identity: Identity = "auto") -> pd.DataFrame:
    """Where a joint was lost: one row per stretch of inferred frames without a position of it.

    Looked at is the time from a person's first frame to the last. `first_frame`, `last_frame`, `start_time` and `end_time`
    are those of the first and last frame without a position, `n_frames` is how many were inferred in it, and `n_absent` in
    how many of those the whole person was not found. Skipped and undecodable frames count neither way.
    """
    names = list(result.skeleton.keypoints if keypoints is None else keypoints)
    result._require(names)
    inferred = result.frames[result.frames["status"].isin(INFERRED)]
    numbers, times = inferred["frame"].to_numpy(), inferred["time"].to_numpy()
    table = result.keypoints
    table = table.assign(_id=_identity(table, identity))
    id_name = "person" if identity == "person" or not result.is_tracked else "track_id"
    rows: list[dict[str, Any]] = []
    for who, of_person in table[table["_id"].notna()].groupby("_id", sort=True):
        place = np.searchsorted(numbers, of_person["frame"].to_numpy())
        start, length = place.min(), place.max() - place.min() + 1
        present = np.zeros(length, dtype=bool)
        present[place - start] = True
        for name in names:
            mine = ((of_person["keypoint"] == name) & of_person["x"].notna()).to_numpy()
            lost = np.ones(length, dtype=np.int8)
            lost[place[mine] - start] = 0
            edges = np.diff(np.concatenate([[0], lost, [0]]))
            for begin, end in zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)):
                rows.append({
                    "result": result.name, "video": result.video, id_name: int(who), "keypoint": name,
                    "first_frame": int(numbers[start + begin]), "last_frame": int(numbers[start + end - 1]),
                    "start_time": float(times[start + begin]), "end_time": float(times[start + end - 1]),
                    "n_frames": int(end - begin), "n_absent": int((~present[begin:end]).sum()),
                })  # fmt: skip
    columns = [
        "result", "video", id_name, "keypoint", "first_frame", "last_frame", "start_time", "end_time", "n_frames", "n_absent",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def ledger(frames: Result | Results | pd.DataFrame) -> pd.DataFrame:
    """Frames by status, one row per result: `source_frames = inferred + skipped + undecodable` holds in every one.

    `ok` and `corrupt` add up to `inferred`.
    """
    table = frames if isinstance(frames, pd.DataFrame) else frames.frames
    by = table["result"] if "result" in table.columns else table["video"].rename("result")
    counts = pd.crosstab(by, table["status"]).reindex(columns=["ok", "corrupt", "skipped", "undecodable"], fill_value=0)
    counts.insert(0, "source_frames", table.groupby(by).size())
    counts.insert(1, "inferred", counts["ok"] + counts["corrupt"])
    counts["holds"] = counts["source_frames"] == counts["inferred"] + counts["skipped"] + counts["undecodable"]
    return counts.rename_axis(columns=None).reset_index()


def compare(a: Result, b: Result) -> pd.DataFrame:
    """Two results of one video, joint by joint: one row per joint that both have, of every person that both found.

    In each frame two persons belong together when each is the other's nearest by the mean distance of the joints that both
    models placed. Joints are matched by name. `distance` is in pixels, and missing where one of the two has no position.
    """
    if a.manifest["source"]["identity"] != b.manifest["source"]["identity"]:
        raise ValueError(f"{a.name} and {b.name} are of different videos.")
    columns = ["frame", "time", "person", "keypoint_id", "keypoint", "x", "y", "confidence"]
    both = a.keypoints[columns].merge(b.keypoints[columns].drop(columns=["time", "keypoint_id"]), on=["frame", "keypoint"], suffixes=("_a", "_b"))
    both["distance"] = np.hypot((both["x_a"] - both["x_b"]).astype(float), (both["y_a"] - both["y_b"]).astype(float))
    pairs = both.groupby(["frame", "person_a", "person_b"], as_index=False)["distance"].mean().dropna()
    nearest_b = pairs.loc[pairs.groupby(["frame", "person_a"])["distance"].idxmin(), ["frame", "person_a", "person_b"]]
    nearest_a = pairs.loc[pairs.groupby(["frame", "person_b"])["distance"].idxmin(), ["frame", "person_a", "person_b"]]
    return both.merge(nearest_a.merge(nearest_b)).sort_values(["frame", "person_a", "keypoint_id"]).reset_index(drop=True)


# --- plots -----------------------------------------------------------------------------------------------------------

# Colours that stay apart for the colour-blind (Okabe and Ito, 2008).
LEFT, RIGHT, MIDDLE = "#D55E00", "#0072B2", "#5A5A5A"
PEOPLE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")


def style() -> None:
    """Sets matplotlib to the quiet look of the notebooks: thin grid, no frame, colours that stay apart for everybody."""
    import matplotlib as mpl

    mpl.rcParams.update({
        "axes.prop_cycle": mpl.cycler(color=PEOPLE),
        "axes.grid": True,
        "axes.axisbelow": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.titlesize": 11,
        "axes.labelsize": 10,
        "grid.color": "#E6E6E6",
        "grid.linewidth": 0.8,
        "legend.frameon": False,
        "legend.fontsize": 9,
        "figure.dpi": 110,
        "figure.constrained_layout.use": True,
        "lines.linewidth": 1.4,
        "lines.solid_capstyle": "round",
    })  # fmt: skip


def plot_skeleton(result: Result, frame: int | None = None, ax: Axes | None = None, picture: Any = None) -> Axes:
    """Draws the people of one frame: left limbs orange, right ones blue, what is uncertain faint.

    Without `frame` the one with the most, and most certain, joints is drawn. `picture` is the frame itself, an array as
    `matplotlib.image.imread` gives it; the axes then lie on it exactly.
    """
    import matplotlib.pyplot as plt

    table = result.keypoints
    if frame is None:
        found = table[table["x"].notna()]
        if found.empty:
            raise ValueError(f"{result.name} has no frame with a person in it.")
        frame = int(found.groupby("frame")["confidence"].sum().idxmax())
    now = table[table["frame"] == frame]
    if ax is None:
        size = 5.5 / max(result.width, result.height)
        _, ax = plt.subplots(figsize=(max(3.6, result.width * size), max(2.6, result.height * size) + 0.4))
    if picture is not None:
        # The default extent of imshow puts pixel centres on whole numbers, as the tables do.
        ax.imshow(picture)
    colours = {"left": LEFT, "right": RIGHT, "middle": MIDDLE}
    for _, person in now.groupby("person"):
        points = person.set_index("keypoint_id")
        points = points[points["x"].notna()]
        for a, b in result.skeleton.edges:
            if a not in points.index or b not in points.index:
                continue
            sides = {result.skeleton.side(a), result.skeleton.side(b)} - {"middle"}
            side = sides.pop() if len(sides) == 1 else "middle"
            ends = points.loc[[a, b]]
            certain = float(ends["confidence"].clip(0, 1).min())
            ax.plot(ends["x"], ends["y"], color=colours[side], linewidth=2.4, alpha=0.35 + 0.65 * certain, zorder=2)
        ax.scatter(
            points["x"], points["y"], s=18, zorder=3, edgecolors="white", linewidths=0.6,
            c=[colours[result.skeleton.side(joint)] for joint in points.index],
        )  # fmt: skip
        shoulders = [joint for joint in points.index if result.skeleton.keypoints[joint] in ("left_shoulder", "right_shoulder")]
        nose = [joint for joint in points.index if result.skeleton.keypoints[joint] == "nose"]
        if nose and len(shoulders) == 2 and "neck" not in result.skeleton.keypoints:
            # A head without a neck would hang in the air. No model gave this line, so it is thin.
            neck = points.loc[shoulders, ["x", "y"]].mean()
            ends = np.array([points.loc[nose[0], ["x", "y"]].astype(float), neck])
            ax.plot(ends[:, 0], ends[:, 1], color=MIDDLE, linewidth=1, linestyle=(0, (3, 2)), zorder=1)
        track = person["track_id"].iloc[0]
        if len(points) and not pd.isna(track):
            top = points.loc[points["y"].idxmin()]
            ax.annotate(
                f"{int(track)}", (top["x"], top["y"]), xytext=(0, 7), textcoords="offset points", ha="center",
                fontsize=9, fontweight="bold", color="#333333",
            )  # fmt: skip
    ax.set(xlim=(-0.5, result.width - 0.5), ylim=(result.height - 0.5, -0.5), aspect="equal", xlabel="x (px)", ylabel="y (px)")
    for spine in ax.spines.values():
        spine.set(visible=True, color="#BBBBBB")
    time = result.frames.loc[result.frames["frame"] == frame, "time"]
    when = f", {float(time.iloc[0]):.2f} s" if len(time) else ""
    nobody = ", nobody found" if now.empty else ""
    ax.set_title(f"{_short(result.video)}, frame {frame}{when}{nobody}")
    return ax


def plot_keypoint(result: Result, keypoint: str, identity: Identity = "auto", axes: Sequence[Axes] | None = None) -> Sequence[Axes]:
    """Draws one joint over time: x, y and confidence, one line per person.

    Lines break where the joint was not found. Stretches that were skipped are grey, undecodable frames red.
    """
    import matplotlib.pyplot as plt

    result._require([keypoint])
    if axes is None:
        _, axes = plt.subplots(3, 1, figsize=(9, 5), sharex=True, gridspec_kw={"height_ratios": [3, 3, 1.6]})
    table = result.keypoints
    table = table.assign(_id=_identity(table, identity))
    table = table[(table["keypoint"] == keypoint) & table["_id"].notna()]
    frames = result.frames
    inferred = frames[frames["status"].isin(INFERRED)].set_index("frame")["time"]
    people = list(table.groupby("_id", sort=True))
    for number, (who, rows) in enumerate(people):
        rows = rows.set_index("frame").reindex(inferred.index)
        colour = PEOPLE[number % len(PEOPLE)]
        label = f"track {who}" if result.is_tracked and identity != "person" else f"person {who}"
        for ax, column in zip(axes, ("x", "y", "confidence")):
            # A joint that is there for one frame only would be invisible as a line.
            values = rows[column].astype(float)
            alone = values.notna() & values.shift().isna() & values.shift(-1).isna()
            ax.plot(inferred, values, color=colour, label=label)
            ax.plot(inferred[alone], values[alone], ".", color=colour, markersize=4)
    for ax in axes:
        _mark_frames(ax, frames)
    axes[0].set(ylabel="x (px)")
    axes[1].set(ylabel="y (px, down)")
    axes[1].invert_yaxis()
    if len(frames) > 1:
        axes[0].set_xlim(frames["time"].iloc[0], frames["time"].iloc[-1])
    axes[2].set(ylabel="confidence", xlabel="time (s)", ylim=(0, 1.02))
    axes[0].set_title(f"{keypoint.replace('_', ' ')}, {_short(result.video)}")
    if 1 < len(people) <= 12:
        axes[0].legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return axes


def _mark_frames(ax: Axes, frames: pd.DataFrame) -> None:
    status, time = frames["status"].to_numpy(), frames["time"].to_numpy()
    step = float(np.median(np.diff(time))) if len(time) > 1 else 0.04
    for word, colour, width in (("skipped", "#EFEFEF", 3), ("undecodable", "#F4B6B6", 1)):
        edges = np.diff(np.concatenate([[0], (status == word).astype(np.int8), [0]]))
        for begin, end in zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)):
            # Single skipped frames are those between strides: a grey bar for each would say nothing.
            if end - begin >= width:
                ax.axvspan(time[begin] - step / 2, time[end - 1] + step / 2, color=colour, linewidth=0, zorder=0)


def _short(name: str, length: int = 40) -> str:
    return name if len(name) <= length else f"{name[: length - 1]}…"
