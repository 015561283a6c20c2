package org.jowa.data.replay;

import java.io.IOException;
import java.io.Serializable;
import org.jowa.data.storage.Storage;

/** One way in which others keep play in files; docs/own-data.md describes them for users. */
public interface EpisodeFormat extends Serializable {
  /** How its files are named, for messages. */
  String pattern();

  /** Whether it reads what is of this name. */
  boolean reads(Storage folder, String name);

  /**
   * Opens a file, or a folder of files that belong together.
   *
   * @throws WrongEpisodesException if it isn't as described
   * @throws IOException if it can't be read
   */
  EpisodeFile open(Storage folder, String name) throws IOException;
}
