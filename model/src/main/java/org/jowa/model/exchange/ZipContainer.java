package org.jowa.model.exchange;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.bytedeco.pytorch.Tensor;
import org.jowa.model.exchange.StoredTensor.Storage;
import org.jowa.model.torch.Tensors;

/**
 * The format of torch 1.6 and later: a zip of one folder with {@code data.pkl} and a file for each
 * storage, none of them compressed. So nothing in it can be larger than the file is.
 */
final class ZipContainer implements TorchContainer {
  private static final String PICKLE = "/data.pkl";
  private static final Pattern OUTSIDE =
      Pattern.compile("(^|.*[/\\\\])\\.\\.([/\\\\].*|$)|^[/\\\\].*");

  private final ZipFile zip;
  private final String folder;

  private ZipContainer(ZipFile zip, String folder) {
    this.zip = zip;
    this.folder = folder;
  }

  static ZipContainer open(Path path) throws IOException {
    ZipFile zip;
    try {
      zip = new ZipFile(path.toFile());
    } catch (ZipException e) {
      throw new MalformedException(
          String.valueOf(e.getMessage()).contains("encrypted")
              ? "it is an encrypted zip: decrypt it first"
              : "it isn't a whole zip (%s): copy or download it again".formatted(e.getMessage()));
    }
    try {
      return new ZipContainer(zip, folderOf(zip));
    } catch (RuntimeException e) {
      zip.close();
      throw e;
    }
  }

  private static String folderOf(ZipFile zip) {
    List<String> folders = new ArrayList<>();
    zip.stream()
        .forEach(
            entry -> {
              String name = entry.getName();
              if (OUTSIDE.matcher(name).matches()) {
                throw new MalformedException(
                    "its zip has a file with a path out of the archive, " + name);
              }
              if (name.endsWith(PICKLE) && name.indexOf('/') == name.length() - PICKLE.length()) {
                folders.add(name.substring(0, name.indexOf('/')));
              }
            });
    if (folders.size() != 1) {
      throw new MalformedException(
          String.format(
              Locale.ROOT,
              "its zip has %d files data.pkl, a file of torch.save has one",
              folders.size()));
    }
    return folders.get(0);
  }

  @Override
  public Object root() throws IOException {
    ZipEntry order = zip.getEntry(folder + "/byteorder");
    if (order != null
        && !new String(bytes(order, 16), StandardCharsets.US_ASCII).equals("little")) {
      throw new MalformedException("its numbers are big-endian");
    }
    return TensorPickle.read(
        ByteBuffer.wrap(bytes(zip.getEntry(folder + PICKLE), TensorPickle.MOST_BYTES)));
  }

  private byte[] bytes(ZipEntry entry, int most) throws IOException {
    requireStored(entry);
    if (entry.getSize() > most) {
      throw new MalformedException(
          String.format(
              Locale.ROOT,
              "its %s has %d bytes, weights need at most %d",
              entry.getName(),
              entry.getSize(),
              most));
    }
    CRC32 sum = new CRC32();
    try (InputStream in = zip.getInputStream(entry)) {
      byte[] bytes = in.readAllBytes();
      sum.update(bytes);
      requireSum(entry, sum);
      return bytes;
    }
  }

  @Override
  public Tensor read(Storage storage) throws IOException {
    String name = folder + "/data/" + storage.key();
    ZipEntry entry = zip.getEntry(name);
    if (entry == null) {
      throw new MalformedException("its zip has no " + name);
    }
    requireStored(entry);
    if (entry.getSize() != storage.bytes()) {
      throw new MalformedException(
          String.format(
              Locale.ROOT,
              "%s has %d bytes, its pickle says %d",
              name,
              entry.getSize(),
              storage.bytes()));
    }
    Tensor target = Tensors.empty(storage.type().scalarType, storage.elements());
    CRC32 sum = new CRC32();
    try (InputStream in = new CheckedInputStream(zip.getInputStream(entry), sum)) {
      if (!Tensors.fill(target, in)) {
        throw new MalformedException(name + " ends early");
      }
    }
    requireSum(entry, sum);
    return target;
  }

  /** Torch compresses nothing; what is compressed could be of any size. */
  private static void requireStored(ZipEntry entry) {
    if (entry.getMethod() != ZipEntry.STORED || entry.getSize() != entry.getCompressedSize()) {
      throw new MalformedException(
          "its zip has %s compressed, torch compresses nothing: save it with torch again"
              .formatted(entry.getName()));
    }
  }

  private static void requireSum(ZipEntry entry, CRC32 sum) {
    if (sum.getValue() != entry.getCrc()) {
      throw new MalformedException(
          entry.getName() + " has another checksum than its zip says: copy or download it again");
    }
  }

  @Override
  public void close() throws IOException {
    zip.close();
  }
}
