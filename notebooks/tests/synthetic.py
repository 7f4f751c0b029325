"""Results made up for the tests, so that every expected value is arithmetic. Written by DuckDB, not by PoseBatch.

The scene, 50 frames at 25 frames per second, 640 x 480, model `drawn`:

* Track 0 walks to the right, 4 px per frame (100 px/s), and is not found in frames 20 and 21. Its left wrist is lost in
  frames 10 to 14, and found again 30 px higher.
* Track 1 stands from frame 5 on, with a left knee bent to 90 degrees and everything else straight down.
* From frame 25 on track 1 has the higher score, so the two change places in `person`.
* Frame 30 is undecodable, frames 40 to 42 are skipped and frame 44 is corrupt.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import bridge

FRAMES, FPS, WIDTH, HEIGHT = 50, 25, 640, 480
KEYPOINTS = (
    "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow", "right_elbow",
    "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle",
)  # fmt: skip
EDGES = ((5, 6), (5, 7), (7, 9), (6, 8), (8, 10), (5, 11), (6, 12), (11, 12), (11, 13), (13, 15), (12, 14), (14, 16))
SHAPE = (
    (0, 0), (5, -5), (-5, -5), (10, 0), (-10, 0), (20, 30), (-20, 30), (20, 70), (-20, 70),
    (20, 110), (-20, 110), (15, 110), (-15, 110), (15, 160), (-15, 160), (15, 210), (-15, 210),
)  # fmt: skip
"""The joints of a person whose nose is at (0, 0), looking at us."""

LOST_WRIST = range(10, 15)
ABSENT = range(20, 22)
UNDECODABLE, CORRUPT, SKIPPED = 30, 44, range(40, 43)

_TYPES = {
    "video": "VARCHAR", "frame": "INTEGER", "time": "DOUBLE", "person": "SMALLINT", "track_id": "INTEGER",
    "keypoint_id": "SMALLINT", "keypoint": "VARCHAR", "x": "FLOAT", "y": "FLOAT", "confidence": "FLOAT",
    "score": "FLOAT", "x_min": "FLOAT", "y_min": "FLOAT", "x_max": "FLOAT", "y_max": "FLOAT", "n_keypoints": "SMALLINT",
    "pts": "BIGINT", "duration": "FLOAT", "status": "VARCHAR", "time_source": "VARCHAR", "n_persons": "SMALLINT",
    "is_key": "BOOLEAN", "width": "SMALLINT", "height": "SMALLINT", "segment": "INTEGER",
    "first_frame": "INTEGER", "last_frame": "INTEGER", "start_time": "DOUBLE", "end_time": "DOUBLE",
    "n_frames": "INTEGER", "mean_score": "FLOAT", "result": "VARCHAR", "key": "VARCHAR", "group": "VARCHAR", "labels": "VARCHAR",
}  # fmt: skip


_HEAD = ("video", "frame", "time", "person", "track_id")
_COLUMNS = {
    "keypoints": (*_HEAD, "keypoint_id", "keypoint", "x", "y", "confidence"),
    "persons": (*_HEAD, "score", "x_min", "y_min", "x_max", "y_max", "n_keypoints"),
    "frames": (),
    "tracks": ("video", "track_id", "first_frame", "last_frame", "start_time", "end_time", "n_frames", "mean_score"),
}
"""For tables without a row."""


def status(frame: int) -> str:
    """What became of a frame."""
    if frame == UNDECODABLE:
        return "undecodable"
    return "skipped" if frame in SKIPPED else "corrupt" if frame == CORRUPT else "ok"


def joints(track: int, frame: int) -> list[tuple[float, float]]:
    """Where the joints of a person are."""
    x, y = (100.0 + 4 * frame, 100.0) if track == 0 else (500.0, 150.0)
    points = [(x + dx, y + dy) for dx, dy in SHAPE]
    if track == 0 and frame >= LOST_WRIST.stop:
        points[9] = (points[9][0], points[9][1] - 30)
    if track == 1:
        points[15] = (points[13][0] + 50, points[13][1])
    return points


def write(
    folder: Path, video: str = "walk.mp4", model: str = "drawn", tracked: bool = True, shift: float = 0.0,
    people: tuple[int, ...] = (0, 1), job: dict[str, Any] | None = None, boxes: bool = True,
) -> Path:  # fmt: skip
    """Writes one result; `shift` moves every joint to the right by so many pixels."""
    folder.mkdir(parents=True)
    frames, persons, keypoints = [], [], []
    for frame in range(FRAMES):
        time, word = frame / FPS, status(frame)
        found = []
        if word in ("ok", "corrupt"):
            found = [t for t in people if (t == 0 and frame not in ABSENT) or (t == 1 and frame >= 5)]
            found.sort(key=lambda track: track if frame < 25 else -track)
        for person, track in enumerate(found):
            points = [(x + shift, y) for x, y in joints(track, frame)]
            lost = {9} if track == 0 and frame in LOST_WRIST else set()
            seen = [point for k, point in enumerate(points) if k not in lost]
            box = (
                min(x for x, _ in seen), min(y for _, y in seen), max(x for x, _ in seen), max(y for _, y in seen),
            ) if boxes else (None,) * 4  # fmt: skip
            head = {"video": video, "frame": frame, "time": time, "person": person, "track_id": track if tracked else None}
            persons.append({
                **head, "score": 0.9 - 0.2 * person, "x_min": box[0], "y_min": box[1], "x_max": box[2], "y_max": box[3],
                "n_keypoints": len(seen),
            })  # fmt: skip
            keypoints += [
                {
                    **head, "keypoint_id": k, "keypoint": name, "x": None if k in lost else points[k][0],
                    "y": None if k in lost else points[k][1], "confidence": 0.125 if k in lost else 0.75,
                }
                for k, name in enumerate(KEYPOINTS)
            ]  # fmt: skip
        seen_it = word != "undecodable"
        frames.append({
            "video": video, "frame": frame, "pts": frame * 512, "time": time, "duration": 0.04, "status": word,
            "time_source": "pts", "n_persons": len(found) if word in ("ok", "corrupt") else None, "is_key": frame % 25 == 0,
            "width": WIDTH if seen_it else None,
            "height": HEIGHT if seen_it else None, "segment": 0,
        })  # fmt: skip
    tables = {"frames": frames, "persons": persons, "keypoints": keypoints}
    if tracked:
        tables["tracks"] = [
            {
                "video": video, "track_id": track, "first_frame": min(at), "last_frame": max(at), "start_time": min(at) / FPS,
                "end_time": max(at) / FPS, "n_frames": len(at), "mean_score": 0.8,
            }
            for track in people
            if (at := [row["frame"] for row in persons if row["track_id"] == track])
        ]  # fmt: skip
    for name, rows in tables.items():
        write_table(folder / f"{name}.parquet", rows, _COLUMNS[name])
    words = [row["status"] for row in frames]
    (folder / "manifest.json").write_text(json.dumps({
        "schema_version": "2.0",
        "result": folder.name,
        "job": {"job_id": None, "source_id": video, **(job or {})},
        "counts": {
            "source_frames": FRAMES, "inferred": words.count("ok") + words.count("corrupt"), "skipped": words.count("skipped"),
            "undecodable": words.count("undecodable"), "corrupt": words.count("corrupt"), "persons": len(persons),
            "keypoints": len(keypoints), "tracks": len(tables["tracks"]) if tracked else None,
        },
        "warnings": [],
        "source": {"name": video, "source_id": video, "duration": FRAMES / FPS, "identity": {"method": "drawn", "value": video}},
        "coordinate": {"unit": "px", "width": WIDTH, "height": HEIGHT},
        "time": {"unit": "s", "time_base": "1/12800", "nominal_fps": f"{FPS}/1", "variable": False},
        "model": {"name": model},
        "skeleton": {
            "name": "coco-17", "keypoints": KEYPOINTS, "edges": EDGES, "swap_pairs": [[k, k + 1] for k in range(1, 17, 2)],
        },
    }), encoding="utf-8")  # fmt: skip
    return folder


def write_table(path: Path, rows: list[dict[str, Any]], names: tuple[str, ...] = ()) -> None:
    """One Parquet file; the names, those of the first row if there is one, decide about the types."""
    names = tuple(rows[0]) if rows else names
    text = path.with_suffix(".jsonl")
    text.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    columns = ", ".join(f'"{name}": \'{_TYPES[name]}\'' for name in names)
    order = ", ".join(f'"{name}"' for name in names)
    bridge.query(
        f"COPY (SELECT {order} FROM read_json({bridge.quoted(text)}, format='newline_delimited', columns={{{columns}}})) "
        f"TO {bridge.quoted(path)} (FORMAT parquet)"
    )
    text.unlink()
