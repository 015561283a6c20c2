"""Makes the HDF5 files beside it: the play of EpisodeImportTest as others keep it (h5py 3.16)."""
import h5py
import numpy


def play(rows, first):
    frames = numpy.repeat(numpy.arange(first, first + rows, dtype="u1"), 84 * 84)
    rewards = numpy.array([-0.5] + [3.0 * row for row in range(1, rows)], dtype="f4")
    ends = numpy.arange(rows) == rows - 1
    return frames.reshape(rows, 84, 84), numpy.arange(rows), rewards, ends


with h5py.File("paper.hdf5", "w") as out:
    # Names sort as 0, 10, 2: numbers decide.
    for name, (rows, first) in {"0": (2, 1), "2": (3, 10), "10": (2, 20)}.items():
        observations, actions, rewards, ends = play(rows, first)
        group = out.create_group(name)
        group.create_dataset("observations", data=observations, compression="gzip")
        group["actions"], group["rewards"], group["terminals"] = actions, rewards, ends

with h5py.File("long.hdf5", "w") as out:
    frames = numpy.repeat((numpy.arange(1100) % 200).astype("u1"), 84 * 84).reshape(-1, 84, 84)
    out.create_dataset("observations", data=frames, chunks=(150, 84, 84), compression="gzip")
    out["actions"], out["rewards"] = numpy.zeros(1100, "i8"), numpy.zeros(1100)
    out["terminals"] = numpy.arange(1100) == 1099

with h5py.File("minari.hdf5", "w") as out:
    for name, (rows, first, cut) in enumerate([(2, 1, False), (2, 50, True), (3, 10, False)]):
        observations, actions, rewards, ends = play(rows + 1, first)
        group = out.create_group("episode_%d" % name)
        group["observations"] = observations[..., None]
        group["actions"], group["rewards"] = actions[:rows], rewards[:rows].astype("f8")
        last = numpy.arange(rows) == rows - 1
        group["terminations"], group["truncations"] = last & (not cut), last & cut
        group.create_group("infos")

with h5py.File("d4rl.hdf5", "w") as out:
    parts = [play(2, 1), play(2, 50), play(3, 10), play(2, 60)]
    for place, name in enumerate(["observations", "actions", "rewards", "terminals"]):
        out[name] = numpy.concatenate([part[place] for part in parts])
    # The second is cut, and the file ends amid the last.
    out["terminals"][[3, 8]] = False
    out["timeouts"] = numpy.arange(9) == 3

with h5py.File("scans.hdf5", "w") as out:
    out["pixels"] = numpy.zeros(3)

with h5py.File("floats.hdf5", "w") as out:
    observations, actions, rewards, ends = play(2, 1)
    group = out.create_group("0")
    group["observations"] = (observations / 255).astype("f4")[:, ::42, ::42]
    group["actions"], group["rewards"], group["terminals"] = actions, rewards, ends
