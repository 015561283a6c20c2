package org.jowa.data.replay;

import io.jhdf.HdfFile;
import io.jhdf.api.Dataset;
import io.jhdf.api.Group;
import io.jhdf.api.Node;
import io.jhdf.exceptions.HdfException;
import io.jhdf.object.datatype.FixedPoint;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.stream.DoubleStream;
import org.jowa.data.storage.Storage;
import org.jowa.error.Reason;

/**
 * HDF5 files with a group an episode, as the paper's ({@code 0}, {@code 1}, ..) and Minari's
 * ({@code episode_0}, ..), in the order of the numbers in their names; or with all episodes in the
 * file's own data sets, as D4RL's. They hold {@code observations}, {@code actions}, {@code rewards}
 * and {@code terminals} or {@code terminations}, and perhaps {@code truncations} or {@code
 * timeouts}.
 */
public final class Hdf5Format implements EpisodeFormat {
  private static final long serialVersionUID = 1L;
  private static final String OBSERVATIONS = "observations";

  /** Frames that are read at once: compressed ones come in blocks of many. */
  private static final int BLOCK = 1024;

  @Override
  public String pattern() {
    return "NAME.hdf5";
  }

  @Override
  public boolean reads(Storage folder, String name) {
    return name.endsWith(".hdf5") || name.endsWith(".h5");
  }

  @Override
  public EpisodeFile open(Storage folder, String name) throws IOException {
    LocalCopy file = LocalCopy.of(folder, name);
    try {
      return new Episodes(file, new HdfFile(file.path()));
    } catch (HdfException e) {
      file.close();
      throw new WrongEpisodesException(
          "it is no HDF5 file that can be read (" + Reason.behind(e) + ")");
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private static final class Episodes implements EpisodeFile {
    private final LocalCopy local;
    private final HdfFile file;
    private final Steps steps;
    private final Deque<Frames> frames = new ArrayDeque<>();

    Episodes(LocalCopy local, HdfFile file) {
      this.local = local;
      this.file = file;
      try {
        List<Group> groups = groups(file);
        List<Steps> each = new ArrayList<>();
        for (Group group : groups) {
          Steps own = steps(group);
          each.add(own);
          frames.add(new Frames(dataset(group, OBSERVATIONS).orElseThrow(), own));
        }
        this.steps = each.size() == 1 ? each.get(0) : joined(each);
      } catch (RuntimeException e) {
        file.close();
        throw e;
      }
    }

    @Override
    public Steps steps() {
      return steps;
    }

    @Override
    public void nextFrame(byte[] frame) {
      if (frames.element().isDone()) {
        frames.remove();
      }
      try {
        frames.element().next(frame);
      } catch (HdfException e) {
        throw new WrongEpisodesException("its frames can't be read (" + Reason.behind(e) + ")");
      }
    }

    @Override
    public void close() {
      file.close();
      local.close();
    }

    private static List<Group> groups(HdfFile file) {
      if (file.getChildren().containsKey(OBSERVATIONS)) {
        return List.of(file);
      }
      List<Group> groups =
          file.getChildren().values().stream()
              .filter(Group.class::isInstance)
              .map(Group.class::cast)
              .sorted(Comparator.comparingLong(Episodes::number).thenComparing(Node::getName))
              .toList();
      if (groups.isEmpty()) {
        throw new WrongEpisodesException(
            "it has neither data sets observations, actions, rewards and terminals nor groups of"
                + " them, only "
                + file.getChildren().keySet().stream().limit(10).toList());
      }
      return groups;
    }

    private static long number(Group group) {
      String digits = group.getName().replaceAll("\\D", "");
      return digits.isEmpty() || digits.length() > 18 ? Long.MAX_VALUE : Long.parseLong(digits);
    }

    private static Steps steps(Group group) {
      return new Steps(
          required(group, "actions"),
          required(group, "rewards"),
          required(group, "terminals", "terminations"),
          dataset(group, "truncations")
              .or(() -> dataset(group, "timeouts"))
              .map(Episodes::numbers));
    }

    private static double[] required(Group group, String name, String... others) {
      Optional<Dataset> found = dataset(group, name);
      for (String other : others) {
        found = found.or(() -> dataset(group, other));
      }
      if (found.isEmpty() || dataset(group, OBSERVATIONS).isEmpty()) {
        throw new WrongEpisodesException(
            "%s has no data set %s, only %s"
                .formatted(
                    group.getPath(),
                    found.isEmpty() ? name : OBSERVATIONS,
                    group.getChildren().keySet().stream().limit(10).toList()));
      }
      return numbers(found.get());
    }

    private static Optional<Dataset> dataset(Group group, String name) {
      return group.getChildren().get(name) instanceof Dataset found
          ? Optional.of(found)
          : Optional.empty();
    }

    private static double[] numbers(Dataset dataset) {
      if (dataset.getDimensions().length != 1) {
        throw new WrongEpisodesException(
            "%s are %s, expected [rows]"
                .formatted(dataset.getPath(), Arrays.toString(dataset.getDimensions())));
      }
      Object data;
      try {
        data = dataset.getSize() == 0 ? new int[0] : dataset.getDataFlat();
      } catch (HdfException e) {
        throw new WrongEpisodesException(
            "%s can't be read (%s)".formatted(dataset.getPath(), Reason.behind(e)));
      }
      if (data instanceof byte[] values) {
        double[] numbers = new double[values.length];
        Arrays.setAll(numbers, i -> values[i]);
        return numbers;
      }
      if (data instanceof short[] values) {
        double[] numbers = new double[values.length];
        Arrays.setAll(numbers, i -> values[i]);
        return numbers;
      }
      if (data instanceof int[] values) {
        return Arrays.stream(values).asDoubleStream().toArray();
      }
      if (data instanceof long[] values) {
        return Arrays.stream(values).asDoubleStream().toArray();
      }
      if (data instanceof float[] values) {
        double[] numbers = new double[values.length];
        Arrays.setAll(numbers, i -> values[i]);
        return numbers;
      }
      if (data instanceof double[] values) {
        return values;
      }
      if (data instanceof String[] names) {
        // h5py's booleans are an enumeration.
        return Arrays.stream(names).mapToDouble(name -> name.equals("TRUE") ? 1 : 0).toArray();
      }
      throw new WrongEpisodesException(
          "%s are of type %s, expected numbers"
              .formatted(dataset.getPath(), dataset.getJavaType().getSimpleName()));
    }

    private static Steps joined(List<Steps> each) {
      return new Steps(
          each.stream().flatMapToDouble(steps -> DoubleStream.of(steps.actions())).toArray(),
          each.stream().flatMapToDouble(steps -> DoubleStream.of(steps.rewards())).toArray(),
          each.stream().flatMapToDouble(steps -> DoubleStream.of(steps.terminals())).toArray(),
          each.stream().allMatch(steps -> steps.cuts().isEmpty())
              ? Optional.empty()
              : Optional.of(
                  each.stream()
                      .flatMapToDouble(
                          steps -> DoubleStream.of(steps.cuts().orElse(new double[steps.rows()])))
                      .toArray()));
    }
  }

  /** The frames of one data set, a block at a time. */
  private static final class Frames {
    private final Dataset dataset;
    private final int[] shape;
    private final int rows;
    private final byte[] block = new byte[BLOCK * CheckpointReader.FRAME_BYTES];
    private int row;
    private int blockEnd;
    private int filled;

    Frames(Dataset dataset, EpisodeFile.Steps steps) {
      this.dataset = dataset;
      this.shape = dataset.getDimensions();
      this.rows = steps.rows();
      if (!(dataset.getDataType() instanceof FixedPoint type) || type.getSize() != 1) {
        throw new WrongEpisodesException(
            "%s are of type %s, expected bytes"
                .formatted(dataset.getPath(), dataset.getJavaType().getSimpleName()));
      }
      List<Long> sizes = Arrays.stream(shape).asLongStream().boxed().toList();
      // Minari keeps what was seen after the last action, too.
      boolean oneMore = shape.length > 0 && shape[0] == rows + 1;
      FrameShape.require(sizes, oneMore ? rows + 1 : rows);
    }

    boolean isDone() {
      return row == rows;
    }

    void next(byte[] frame) {
      if (row == blockEnd) {
        int[] size = shape.clone();
        size[0] = Math.min(BLOCK, rows - row);
        long[] from = new long[shape.length];
        from[0] = row;
        filled = 0;
        flatten(dataset.getData(from, size));
        blockEnd += size[0];
      }
      int at = row % BLOCK * CheckpointReader.FRAME_BYTES;
      System.arraycopy(block, at, frame, 0, CheckpointReader.FRAME_BYTES);
      row++;
    }

    private void flatten(Object array) {
      if (array instanceof Object[] inner) {
        for (Object part : inner) {
          flatten(part);
        }
      } else if (array instanceof byte[] bytes) {
        System.arraycopy(bytes, 0, block, filled, bytes.length);
        filled += bytes.length;
      } else if (array instanceof short[] numbers) {
        for (short number : numbers) {
          block[filled++] = (byte) number;
        }
      } else {
        // Unsigned bytes are integers in Java.
        for (int number : (int[]) array) {
          block[filled++] = (byte) number;
        }
      }
    }
  }
}
