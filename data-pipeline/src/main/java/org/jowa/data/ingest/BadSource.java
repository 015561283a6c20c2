package org.jowa.data.ingest;

/** What an ingest does with a checkpoint whose files are missing or damaged. */
public enum BadSource {
  /** It ends and names the file. */
  FAIL,
  /** It leaves the checkpoint out and lists it in the manifest. */
  SKIP
}
