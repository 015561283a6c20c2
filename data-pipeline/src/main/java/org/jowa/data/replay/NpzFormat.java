package org.jowa.data.replay;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jowa.data.storage.Storage;

/** NumPy archives, an array an entry. */
public final class NpzFormat implements EpisodeFormat {
  private static final long serialVersionUID = 1L;
  private static final String SUFFIX = ".npz";

  @Override
  public String pattern() {
    return "NAME" + SUFFIX;
  }

  @Override
  public boolean reads(Storage folder, String name) {
    return name.endsWith(SUFFIX);
  }

  @Override
  public EpisodeFile open(Storage folder, String name) throws IOException {
    LocalCopy file = LocalCopy.of(folder, name);
    try {
      return NumpyEpisodes.of(new Archive(file, new ZipFile(file.path().toFile())), folder, name);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private record Archive(LocalCopy file, ZipFile zip) implements NumpyEpisodes.Arrays {
    @Override
    public Optional<InputStream> open(String array) throws IOException {
      ZipEntry entry = zip.getEntry(array + ".npy");
      return entry == null ? Optional.empty() : Optional.of(zip.getInputStream(entry));
    }

    @Override
    public List<String> names() {
      return zip.stream()
          .limit(10)
          .map(found -> found.getName().replaceFirst("\\.npy$", ""))
          .toList();
    }

    @Override
    public void close() throws IOException {
      zip.close();
      file.close();
    }
  }
}
