package org.jowa.data.replay;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import org.jowa.data.storage.Storage;

/** Folders of NumPy arrays, a file each. */
public final class NpyFolderFormat implements EpisodeFormat {
  private static final long serialVersionUID = 1L;
  private static final String SUFFIX = ".npy";

  @Override
  public String pattern() {
    return "NAME/actions" + SUFFIX;
  }

  @Override
  public boolean reads(Storage folder, String name) {
    return folder.exists(name + "/actions" + SUFFIX);
  }

  @Override
  public EpisodeFile open(Storage folder, String name) throws IOException {
    return NumpyEpisodes.of(new Folder(folder.folder(name)), folder, name);
  }

  private record Folder(Storage storage) implements NumpyEpisodes.Arrays {
    @Override
    public Optional<InputStream> open(String array) {
      String name = array + SUFFIX;
      return storage.exists(name) ? Optional.of(storage.open(name)) : Optional.empty();
    }

    @Override
    public List<String> names() {
      return storage.list().stream()
          .filter(name -> name.endsWith(SUFFIX))
          .limit(10)
          .map(name -> name.substring(0, name.length() - SUFFIX.length()))
          .toList();
    }

    @Override
    public void close() {}
  }
}
