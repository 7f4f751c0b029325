"""Tests of posebatch_tables on made-up results whose every value is known (synthetic.py)."""

from __future__ import annotations

import io
import json
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

import numpy as np
import pandas as pd

import bridge
import posebatch_tables as pb
import synthetic


def setUpModule() -> None:
    if (reason := bridge.lacking()) is not None:
        raise unittest.SkipTest(reason)
    bridge.install()


class Tables(unittest.TestCase):
    """Shares one folder: two models on one video with two tracked people, an untracked one, and a lone walker."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = tempfile.TemporaryDirectory(prefix="posebatch-")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.root = Path(cls.folder.name)
        synthetic.write(cls.root / "alone.0000000004", "alone.mp4", tracked=False, people=(0,), boxes=False)
        synthetic.write(cls.root / "crowd.0000000003", "crowd.mp4", tracked=False)
        synthetic.write(cls.root / "walk.0000000001", job={"group": "study-7", "labels": {"subject": "p03"}})
        synthetic.write(cls.root / "walk.0000000002", model="shifted", shift=3.0)
        (cls.root / ".work").mkdir()
        (cls.root / ".work" / "manifest.json").write_text("not a result")
        cls.results = pb.read_results(cls.root)
        cls.alone, cls.crowd, cls.walk, cls.shifted = cls.results


class Reading(Tables):
    def test_a_folder_a_glob_and_a_list_find_the_same_results(self) -> None:
        names = ["alone.0000000004", "crowd.0000000003", "walk.0000000001", "walk.0000000002"]
        for where in (self.root, f"{self.root}/*", f"{self.root}/*/keypoints.parquet", [self.root / name for name in names]):
            self.assertEqual([result.name for result in pb.read_results(where)], names)
        self.assertEqual([result.name for result in pb.read_results(f"{self.root}/walk*")], names[2:])

    def test_nothing_found_says_what_a_result_is(self) -> None:
        with self.assertRaisesRegex(FileNotFoundError, r"nowhere.*posebatch process"):
            pb.read_results(self.root / "nowhere")
        with self.assertRaisesRegex(FileNotFoundError, "manifest.json"):
            pb.read_result(self.root)

    def test_a_result_tells_what_it_is(self) -> None:
        self.assertEqual((self.walk.video, self.walk.model, self.walk.width, self.walk.height), ("walk.mp4", "drawn", 640, 480))
        self.assertEqual(self.walk.fps, 25.0)
        self.assertEqual(self.walk.skeleton.keypoints, synthetic.KEYPOINTS)
        self.assertEqual([self.walk.skeleton.side(k) for k in (0, 9, 10)], ["middle", "left", "right"])
        self.assertEqual([result.is_tracked for result in self.results], [False, False, True, True])

    def test_rows_are_those_of_the_file(self) -> None:
        # 46 inferred frames, track 0 absent in 2 of them and track 1 in the first 5.
        self.assertEqual(len(self.walk.frames), 50)
        self.assertEqual(len(self.walk.persons), 44 + 41)
        self.assertEqual(len(self.walk.keypoints), 17 * 85)
        self.assertEqual(len(self.walk.tracks), 2)
        self.assertEqual(set(self.walk.keypoints["result"]), {"walk.0000000001"})
        row = self.walk.keypoints.query("frame == 3 and keypoint == 'left_wrist'").iloc[0]
        self.assertEqual((row["x"], row["y"], row["track_id"]), (100 + 12 + 20, 210, 0))

    def test_missing_stays_missing_and_whole_numbers_stay_whole(self) -> None:
        wrist = self.walk.keypoints.query("keypoint == 'left_wrist' and track_id == 0").set_index("frame")["x"]
        self.assertEqual(list(wrist.index[wrist.isna()]), list(synthetic.LOST_WRIST))
        types = self.walk.frames.dtypes
        self.assertEqual([str(types[name]) for name in ("pts", "n_persons", "is_key")], ["Int64", "Int16", "boolean"])
        self.assertEqual(str(self.crowd.keypoints["track_id"].dtype), "Int32")
        self.assertTrue(self.crowd.keypoints["track_id"].isna().all())

    def test_a_part_of_a_table_can_be_read(self) -> None:
        wrists = self.results.read("keypoints", columns=["frame", "x"], keypoints=["left_wrist"])
        self.assertEqual(list(wrists.columns), ["result", "frame", "x", "keypoint"])
        self.assertEqual(len(wrists), sum(len(result.persons) for result in self.results))
        with self.assertRaisesRegex(KeyError, "left_wirst"):
            self.walk.read("keypoints", keypoints=["left_wirst"])

    def test_results_are_found_by_name_and_by_video(self) -> None:
        self.assertIs(self.results["walk.0000000002"], self.shifted)
        self.assertIs(self.results["crowd.mp4"], self.crowd)
        with self.assertRaisesRegex(KeyError, "2 results are called 'walk.mp4'"):
            self.results["walk.mp4"]

    def test_untracked_results_have_an_empty_table_of_tracks(self) -> None:
        self.assertEqual(len(self.crowd.tracks), 0)
        self.assertEqual(set(self.results.tracks["result"]), {self.walk.name, self.shifted.name})

    def test_the_summary_comes_from_the_manifests_and_joins_the_table_of_the_batch(self) -> None:
        plain = self.results.summary.set_index("result")
        self.assertEqual(list(plain.loc[self.walk.name, ["source_frames", "inferred", "skipped", "undecodable"]]), [50, 46, 3, 1])
        self.assertEqual(plain.loc[self.walk.name, "label_subject"], "p03")
        self.assertEqual(plain.loc[self.walk.name, "tracks"], 2)
        self.assertTrue(pd.isna(plain.loc[self.crowd.name, "tracks"]))
        self.assertTrue(pd.isna(plain.loc[self.crowd.name, "group"]))
        path = self.root / "batch_summary.parquet"
        self.addCleanup(path.unlink)
        synthetic.write_table(path, [
            {"video": "crowd.mp4", "result": f"out/{self.crowd.name}", "group": "study-8", "labels": '{"subject": "p04"}', "n_frames": 50},
            {"video": "walk.mp4", "result": f"out/{self.walk.name}", "group": "other", "labels": None, "n_frames": 50},
        ])
        joined = pb.read_results(self.root).summary.set_index("result")
        self.assertEqual(len(joined), 4)
        self.assertEqual(joined.loc[self.crowd.name, "group"], "study-8")
        self.assertEqual(joined.loc[self.walk.name, "group"], "study-7")
        self.assertEqual(joined.loc[self.crowd.name, "label_subject"], "p04")
        self.assertEqual(joined.loc[self.walk.name, "n_frames"], 50)

    def test_without_a_reader_it_says_what_to_install(self) -> None:
        absent = {name: read for name, read in pb.READERS.items() if name != "bridge"}
        with mock.patch.dict(pb.READERS, absent, clear=True), mock.patch("importlib.util.find_spec", return_value=None):
            with self.assertRaisesRegex(pb.NoReaderError, "pip install pyarrow"):
                self.walk.read("frames")

    def test_the_next_reader_is_asked_when_one_fails(self) -> None:
        def old(path: Path, columns: "list[str] | None") -> pd.DataFrame:
            raise ValueError("unknown encoding BYTE_STREAM_SPLIT")

        with mock.patch.dict(pb.READERS, {"old": old, "new": bridge.read_parquet}, clear=True):
            self.assertEqual(len(self.walk.read("frames")), 50)
        with mock.patch.dict(pb.READERS, {"old": old}, clear=True):
            with self.assertRaisesRegex(pb.NoReaderError, "(?s)--profile compatible.*old: unknown encoding"):
                self.walk.read("frames")

    def test_types_do_not_depend_on_the_reader(self) -> None:
        def sloppy(path: Path, columns: "list[str] | None") -> pd.DataFrame:
            table = bridge.read_parquet(path, columns)
            return table.astype({name: float for name in ("pts", "n_persons", "width", "height")})

        with mock.patch.dict(pb.READERS, {"sloppy": sloppy}, clear=True):
            pd.testing.assert_frame_equal(self.walk.read("frames"), self.walk.frames)


class Shapes(Tables):
    def test_wide_has_one_row_per_person_and_all_numbers(self) -> None:
        wide = pb.to_wide(self.results)
        self.assertEqual(len(wide), sum(len(result.persons) for result in self.results))
        self.assertEqual(list(wide.columns[:9]), [
            "result", "video", "frame", "time", "person", "track_id", "nose_x", "nose_y", "nose_confidence"])
        self.assertEqual(len(wide.columns), 6 + 3 * 17)
        row = wide.query("result == 'walk.0000000001' and frame == 30 + 1 and track_id == 0").iloc[0]
        self.assertEqual((row["person"], row["left_hip_x"], row["left_hip_y"]), (1, 100 + 124 + 15, 210))
        self.assertTrue(wide.query("frame in @synthetic.LOST_WRIST and track_id == 0")["left_wrist_x"].isna().all())
        with self.assertRaisesRegex(ValueError, "twice"):
            pb.to_wide(pd.concat([self.walk.keypoints, self.walk.keypoints]))

    def test_movement_gets_every_frame_and_nan_for_what_is_missing(self) -> None:
        arrays = pb.to_movement(self.walk)
        position, confidence = arrays["position_array"], arrays["confidence_array"]
        self.assertEqual((position.shape, confidence.shape), ((50, 2, 17, 2), (50, 17, 2)))
        self.assertEqual(arrays["individual_names"], ["track_0", "track_1"])
        self.assertEqual(arrays["keypoint_names"], list(synthetic.KEYPOINTS))
        self.assertEqual((arrays["fps"], arrays["source_software"]), (25.0, "PoseBatch"))
        # The people change places in frame 25; the arrays follow who they are.
        np.testing.assert_array_equal(position[24:27, 0, 0, 0], [196, 200, 204])
        np.testing.assert_array_equal(position[24:27, :, 0, 1], [[500, 150]] * 3)
        absent = np.isnan(position[:, 0, 0, 0])
        self.assertEqual(set(np.flatnonzero(absent)), {20, 21, 30, 40, 41, 42})
        self.assertTrue(np.isnan(position[10:15, :, 9, 0]).all())
        np.testing.assert_array_equal(confidence[10:15, 9, 0], [0.125] * 5)
        self.assertEqual(pb.to_movement(self.walk, min_frames=42)["individual_names"], ["track_0"])
        self.assertEqual(pb.to_movement(self.walk, tracks=[1])["position_array"].shape, (50, 2, 17, 1))
        with self.assertRaisesRegex(KeyError, "no track 7"):
            pb.to_movement(self.walk, tracks=[7])

    def test_movement_refuses_tables_without_identities(self) -> None:
        for result in (self.crowd, self.alone):
            with self.assertRaisesRegex(pb.UntrackedError, "is not tracked.*Process the video with tracking on"):
                pb.to_movement(result)
            with self.assertRaises(pb.UntrackedError):
                pb.to_movement(result, drop_untracked=True)

    def test_movement_refuses_half_tracked_tables_unless_told(self) -> None:
        half = pb.read_result(self.walk.path)
        half.keypoints = self.walk.keypoints.assign(track_id=self.walk.keypoints["track_id"].where(self.walk.keypoints["frame"] != 6))
        with self.assertRaisesRegex(pb.UntrackedError, "2 of 85 detected persons have positions and no track_id"):
            pb.to_movement(half)
        self.assertTrue(np.isnan(pb.to_movement(half, drop_untracked=True)["position_array"][6]).all())
        # Nothing is lost with a person who has no position at all.
        half.keypoints = half.keypoints.assign(**{axis: half.keypoints[axis].where(half.keypoints["frame"] != 6) for axis in "xy"})
        self.assertTrue(np.isnan(pb.to_movement(half)["position_array"][6]).all())
        twice = pb.read_result(self.walk.path)
        twice.keypoints = self.walk.keypoints.assign(track_id=pd.array([0] * len(self.walk.keypoints), dtype="Int32"))
        with self.assertRaisesRegex(ValueError, "two persons"):
            pb.to_movement(twice)

    def test_deeplabcut_gets_its_three_or_four_levels(self) -> None:
        one = pb.to_dlc(self.alone, scorer="me")
        self.assertEqual((one.shape, one.columns.names), ((50, 51), ["scorer", "bodyparts", "coords"]))
        self.assertEqual(one.loc[3, ("me", "left_wrist", "x")], 132)
        self.assertTrue(one.loc[20].isna().all())
        several = pb.to_dlc(self.walk)
        self.assertEqual(several.columns.names, ["scorer", "individuals", "bodyparts", "coords"])
        self.assertEqual(several.loc[49, ("PoseBatch_drawn", "track0", "nose", "x")], 296)
        self.assertEqual(several.loc[49, ("PoseBatch_drawn", "track1", "nose", "likelihood")], 0.75)
        with self.assertRaises(pb.UntrackedError):
            pb.to_dlc(self.crowd)
        # As DeepLabCut itself reads its CSV files.
        self.assertTrue(np.isnan(pb.to_dlc(self.walk, tracks=[0]).loc[20]).all())
        several = pb.to_dlc(self.walk, tracks=[0]).loc[20:]
        text = several.to_csv(na_rep="NaN")
        again = pd.read_csv(io.StringIO(text), header=[0, 1, 2, 3], index_col=0)
        self.assertEqual(text.splitlines()[0].split(",")[0], "scorer")
        np.testing.assert_allclose(again.to_numpy(), several.to_numpy(), rtol=1e-6)

    def test_openpose_gets_one_file_per_inferred_frame(self) -> None:
        folder = self.root / "openpose"
        self.assertEqual(pb.to_openpose(self.walk, folder), 46)
        self.assertEqual(len(list(folder.iterdir())), 46)
        people = json.loads((folder / "walk_000000000012_keypoints.json").read_text())["people"]
        self.assertEqual([person["person_id"] for person in people], [[0], [1]])
        points = np.reshape(people[0]["pose_keypoints_2d"], (25, 3))
        np.testing.assert_array_equal(points[0], [148, 100, 0.75])
        np.testing.assert_array_equal(points[1], [148, 130, 0.75], "the neck is half-way between the shoulders")
        np.testing.assert_array_equal(points[8], [148, 210, 0.75], "and so is the middle of the hips")
        np.testing.assert_array_equal(points[7], [0, 0, 0], "the left wrist is lost here")
        np.testing.assert_array_equal(points[4], [128, 210, 0.75], "but not the right one")
        np.testing.assert_array_equal(points[19:], np.zeros((6, 3)), "there are no feet")
        pb.to_openpose(self.crowd, folder, layout="coco_18")
        person = json.loads((folder / "crowd_000000000012_keypoints.json").read_text())["people"][1]
        self.assertEqual((person["person_id"], len(person["pose_keypoints_2d"])), ([-1], 54))
        np.testing.assert_array_equal(person["pose_keypoints_2d"][39:42], [565, 310, 0.75], "the left ankle is forward")
        with self.assertRaisesRegex(ValueError, "body_25 or coco_18"):
            pb.to_openpose(self.walk, folder, layout="body_26")

    def test_coco_counts_only_what_was_found(self) -> None:
        coco = pb.to_coco(self.walk, self.root / "coco.json")
        self.assertEqual(json.loads((self.root / "coco.json").read_text()), coco)
        self.assertEqual((len(coco["images"]), len(coco["annotations"])), (46, 85))
        first = next(a for a in coco["annotations"] if a["image_id"] == 12)
        self.assertEqual((first["num_keypoints"], first["track_id"]), (16, 0))
        self.assertEqual(first["keypoints"][27:33], [0, 0, 0, 128.0, 210.0, 2])
        self.assertEqual(first["bbox"], [128.0, 95.0, 40.0, 215.0])
        self.assertEqual(coco["categories"][0]["skeleton"][0], [6, 7])
        # Without boxes they come from the joints, and are the same here.
        alone = next(a for a in pb.to_coco(self.alone)["annotations"] if a["image_id"] == 12)
        self.assertEqual(alone["bbox"], first["bbox"])
        self.assertNotIn("track_id", alone)


class Measures(Tables):
    def test_speed_is_pixels_per_second_of_one_person(self) -> None:
        table = pb.speed(self.walk)
        walker = table.query("track_id == 0 and keypoint == 'nose'").set_index("frame")
        self.assertEqual(list(walker.index[walker["speed"].isna()]), [0, 43], "after the skipped frames nothing is known")
        np.testing.assert_allclose(walker["speed"].dropna(), 100, rtol=1e-9)
        np.testing.assert_allclose(table.query("track_id == 1")["speed"].dropna(), 0)
        self.assertEqual(set(table.query("track_id == 0 and keypoint == 'left_wrist'")["frame"]) & set(synthetic.LOST_WRIST), set())

    def test_speed_does_not_reach_over_long_gaps(self) -> None:
        # The wrist is lost for 5 frames: 6 steps of 0.04 s. The skipped frames leave 4 steps, the absence of the walker 3.
        unknown = lambda table, joint: set(table.loc[(table["keypoint"] == joint) & (table["track_id"] == 0) & table["speed"].isna(), "frame"])
        self.assertEqual(unknown(pb.speed(self.walk), "left_wrist"), {0, 15, 43})
        self.assertEqual(unknown(pb.speed(self.walk, max_gap=0.24), "left_wrist"), {0})
        self.assertEqual(unknown(pb.speed(self.walk, max_gap=0.05), "nose"), {0, 22, 31, 43})

    def test_speed_needs_to_know_who_is_who(self) -> None:
        with self.assertRaisesRegex(pb.UntrackedError, "crowd.0000000003: no person has a track_id.*tracking on"):
            pb.speed(self.crowd)
        self.assertAlmostEqual(pb.speed(self.alone)["speed"].max(), 100)
        places = pb.speed(self.crowd, identity="person").query("frame == 25 and keypoint == 'nose' and person == 0")
        # From the walker at x = 196 to the one who stands at (500, 150): 1/25 s.
        np.testing.assert_allclose(places["speed"], np.hypot(304, 50) * 25, rtol=1e-9)
        with self.assertRaises(pb.UntrackedError):
            pb.speed(self.alone, identity="track_id")
        with self.assertRaisesRegex(ValueError, "identity should be"):
            pb.speed(self.alone, identity="somebody")

    def test_angles_are_those_of_the_picture(self) -> None:
        knee = pb.joint_angle(self.walk, "left_knee")
        self.assertEqual(len(knee), 85)
        np.testing.assert_allclose(knee.query("track_id == 1")["angle"], 90)
        np.testing.assert_allclose(knee.query("track_id == 0")["angle"], 180)
        shoulder = pb.joint_angle(self.walk, ("left_elbow", "left_shoulder", "right_shoulder"))
        np.testing.assert_allclose(shoulder["angle"], 90)
        elbow = pb.joint_angle(self.walk, "left_elbow")
        self.assertEqual(set(elbow.loc[elbow["angle"].isna(), "frame"]), set(synthetic.LOST_WRIST))
        folded = pb.joint_angle(self.walk, ("left_wrist", "left_elbow", "left_wrist"))
        np.testing.assert_allclose(folded["angle"].dropna(), 0, atol=1e-9)
        with self.assertRaisesRegex(ValueError, "left_knee"):
            pb.joint_angle(self.walk, "left_toe")
        with self.assertRaisesRegex(KeyError, "no joint left_toe"):
            pb.joint_angle(self.walk, ("left_knee", "left_ankle", "left_toe"))

    def test_gaps_are_counted_in_inferred_frames(self) -> None:
        table = pb.gaps(self.walk)
        self.assertEqual(set(table["track_id"]), {0})
        wrist = table.query("keypoint == 'left_wrist'").to_dict("records")
        self.assertEqual([(g["first_frame"], g["last_frame"], g["n_frames"], g["n_absent"]) for g in wrist], [(10, 14, 5, 0), (20, 21, 2, 2)])
        self.assertEqual((wrist[0]["start_time"], wrist[0]["end_time"]), (0.4, 0.56))
        self.assertEqual(len(table), 18)
        self.assertEqual(len(pb.gaps(self.walk, ["nose"])), 1)
        self.assertEqual(list(pb.gaps(self.alone, ["nose"])["person"]), [0])
        with self.assertRaises(pb.UntrackedError):
            pb.gaps(self.crowd)

    def test_the_ledger_adds_up(self) -> None:
        table = pb.ledger(self.results)
        self.assertEqual(len(table), 4)
        row = table.iloc[0]
        self.assertEqual(list(row[["source_frames", "inferred", "ok", "corrupt", "skipped", "undecodable"]]), [50, 46, 45, 1, 3, 1])
        self.assertTrue(table["holds"].all())
        self.assertFalse(pb.ledger(self.walk.frames.assign(status="unheard_of"))["holds"].any())

    def test_two_models_are_compared_person_by_person(self) -> None:
        table = pb.compare(self.walk, self.shifted)
        self.assertEqual(len(table), len(self.walk.keypoints))
        np.testing.assert_allclose(table["distance"].dropna(), 3, rtol=1e-6)
        self.assertEqual(int(table["distance"].isna().sum()), 5)
        self.assertTrue((table["person_a"] == table["person_b"]).all())
        with self.assertRaisesRegex(ValueError, "different videos"):
            pb.compare(self.walk, self.crowd)


class Plots(Tables):
    def tearDown(self) -> None:
        import matplotlib.pyplot as plt

        plt.close("all")

    def test_a_skeleton_lies_where_the_joints_are(self) -> None:
        pb.style()
        axes = pb.plot_skeleton(self.walk, 12)
        self.assertEqual((axes.get_xlim(), axes.get_ylim()), ((-0.5, 639.5), (479.5, -0.5)))
        drawn = {tuple(point) for group in axes.collections for point in group.get_offsets()}
        expected = {(x, y) for track in (0, 1) for k, (x, y) in enumerate(synthetic.joints(track, 12)) if (track, k) != (0, 9)}
        self.assertEqual(drawn, expected)
        self.assertEqual([text.get_text() for text in axes.texts], ["0", "1"])
        self.assertIn("frame 12, 0.48 s", axes.get_title(loc="left"))
        self.assertIn("nobody found", pb.plot_skeleton(self.walk, 30).get_title(loc="left"))
        pb.plot_skeleton(self.crowd).figure.canvas.draw()

    def test_a_joint_over_time_breaks_where_it_was_lost(self) -> None:
        axes = pb.plot_keypoint(self.walk, "left_wrist")
        lines = [line for line in axes[0].get_lines() if len(line.get_xdata())]
        self.assertEqual([line.get_label() for line in lines], ["track 0", "track 1"])
        self.assertEqual(np.isnan(np.asarray(lines[0].get_ydata(), dtype=float)).sum(), 7)
        self.assertEqual(len(axes[0].patches), 2, "the skipped and the undecodable frames are marked")
        axes[0].figure.canvas.draw()
        with self.assertRaises(KeyError):
            pb.plot_keypoint(self.walk, "left_toe")
        with self.assertRaises(pb.UntrackedError):
            pb.plot_keypoint(self.crowd, "nose")


if __name__ == "__main__":
    unittest.main()
