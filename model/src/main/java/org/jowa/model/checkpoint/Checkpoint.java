package org.jowa.model.checkpoint;

import java.io.BufferedInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.Locale;
import java.util.Map;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.bytedeco.pytorch.Tensor;
import org.jowa.data.storage.Sha256;
import org.jowa.data.storage.StoreFailures;
import org.jowa.error.InvalidInputException;
import org.jowa.model.checkpoint.CheckpointState.FileEntry;
import org.jowa.model.torch.Safetensors;
import org.jspecify.annotations.Nullable;

/** A checkpoint folder that was written to its end. Reading never executes anything. */
public final class Checkpoint {
  /** The file with the model's weights. */
  public static final String MODEL = "model.safetensors";

  /** The file with the optimizer's state. */
  public static final String OPTIMIZER = "optimizer.safetensors";

  /** The file with the tokenizer's weights, where it learned beside the model. */
  public static final String TOKENIZER = "tokenizer.safetensors";

  /** The file that is written last and makes the folder a checkpoint. */
  public static final String STATE = "state.json";

  private static final int BUFFER = 1 << 20;

  /**
   * What training saves, by file and by name.
   *
   * @param tokenizer empty where none learns beside the model: no file then
   */
  public record Tensors(
      Map<String, Tensor> model, Map<String, Tensor> optimizer, Map<String, Tensor> tokenizer) {
    /** Without a tokenizer. */
    public static Tensors of(Map<String, Tensor> model, Map<String, Tensor> optimizer) {
      return new Tensors(model, optimizer, Map.of());
    }
  }

  private final FileSystem fileSystem;
  private final Path folder;
  private final CheckpointState state;

  Checkpoint(FileSystem fileSystem, Path folder, CheckpointState state) {
    this.fileSystem = fileSystem;
    this.folder = folder;
    this.state = state;
  }

  /**
   * Opens the folder if its commit mark is there and all files have their sizes.
   *
   * @throws DamagedException what is wrong with it
   */
  static Checkpoint open(FileSystem fileSystem, Path folder) throws DamagedException, IOException {
    CheckpointState state = readState(fileSystem, folder);
    for (Map.Entry<String, FileEntry> file : state.files().entrySet()) {
      long size;
      try {
        size = fileSystem.getFileStatus(new Path(folder, file.getKey())).getLen();
      } catch (FileNotFoundException e) {
        throw new DamagedException(file.getKey() + " is missing");
      }
      if (size != file.getValue().size()) {
        throw new DamagedException(
            String.format(
                Locale.ROOT,
                "%s has %d bytes, expected %d",
                file.getKey(),
                size,
                file.getValue().size()));
      }
    }
    return new Checkpoint(fileSystem, folder, state);
  }

  /** Compares the hash of every file; reads all of them. */
  void verify() throws DamagedException, IOException {
    for (String file : state.files().keySet()) {
      MessageDigest digest = Sha256.digest();
      byte[] chunk = new byte[BUFFER];
      try (InputStream in = fileSystem.open(new Path(folder, file))) {
        for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
          digest.update(chunk, 0, read);
        }
      }
      requireHash(file, digest);
    }
  }

  /** What its state.json says. */
  public CheckpointState state() {
    return state;
  }

  /** Where it is, for messages. */
  public String location() {
    return folder.toUri().getScheme() == null || folder.toUri().getScheme().equals("file")
        ? folder.toUri().getPath()
        : folder.toString();
  }

  /** SHA-256 of the model's weights file: what a report names the checkpoint by. */
  public String modelHash() {
    return entry(MODEL).sha256();
  }

  /** The weights alone; the caller closes them. As {@link #tensors}. */
  public Safetensors model() {
    return tensors(MODEL);
  }

  /** The optimizer's state; the caller closes it. As {@link #tensors}. */
  public Safetensors optimizer() {
    return tensors(OPTIMIZER);
  }

  /** Whether a tokenizer learned beside the model. */
  public boolean hasTokenizer() {
    return state.files().containsKey(TOKENIZER);
  }

  /** SHA-256 of the file that {@link #tokenizer} reads. */
  public String tokenizerHash() {
    return entry(tokenizerFile()).sha256();
  }

  private String tokenizerFile() {
    return hasTokenizer() ? TOKENIZER : MODEL;
  }

  /**
   * The tokenizer's weights, of a tokenizer's checkpoint or of a model's that it learned beside;
   * the caller closes them. As {@link #tensors}.
   */
  public Safetensors tokenizer() {
    return tensors(tokenizerFile());
  }

  /**
   * Reads a file of tensors and checks its hash on the way.
   *
   * @throws InvalidInputException if the file is malformed, altered or can't be read
   */
  public Safetensors tensors(String file) {
    FileEntry entry = entry(file);
    String source = location() + "/" + file;
    MessageDigest digest = Sha256.digest();
    Safetensors tensors = null;
    try (InputStream in =
        new DigestInputStream(
            new BufferedInputStream(fileSystem.open(new Path(folder, file)), BUFFER), digest)) {
      tensors = Safetensors.read(in, entry.size(), source);
      requireHash(file, digest);
      return tensors;
    } catch (IOException | DamagedException e) {
      if (tensors != null) {
        tensors.close();
      }
      StoreFailures.throwIfStores(location() + "/" + file, e);
      throw wasDeleted()
          ? new InvalidInputException(
              "Checkpoint %s was deleted while it was read, it is no longer among the newest: use a newer one, or keep more with checkpoint.keep"
                  .formatted(location()))
          : damaged(folder, e.getMessage());
    }
  }

  private boolean wasDeleted() {
    try {
      return !fileSystem.exists(new Path(folder, STATE));
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public String toString() {
    return location();
  }

  static InvalidInputException damaged(Path folder, @Nullable String what) {
    return new InvalidInputException(
        "Checkpoint %s is damaged: %s; restore it from a copy, or delete that folder to go on from an older one"
            .formatted(folder.toUri().getPath(), what));
  }

  private FileEntry entry(String file) {
    FileEntry entry = state.files().get(file);
    if (entry == null) {
      throw new InvalidInputException(
          "Checkpoint %s has no %s, only %s: use one that training wrote"
              .formatted(location(), file, state.files().keySet()));
    }
    return entry;
  }

  private void requireHash(String file, MessageDigest digest) throws DamagedException {
    String found = Sha256.hex(digest);
    String expected = entry(file).sha256();
    if (!found.equals(expected)) {
      throw new DamagedException("%s has SHA-256 %s, expected %s".formatted(file, found, expected));
    }
  }

  /**
   * Reads the commit mark.
   *
   * @throws DamagedException if there is none, or it was cut short
   */
  static CheckpointState readState(FileSystem fileSystem, Path folder)
      throws DamagedException, IOException {
    try (InputStream in = fileSystem.open(new Path(folder, STATE))) {
      return CheckpointState.fromJson(in.readAllBytes());
    } catch (FileNotFoundException e) {
      throw new DamagedException("state.json is missing, so it wasn't written to its end");
    }
  }
}
