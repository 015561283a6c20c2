package org.jowa.data.ingest;

import org.jowa.data.dataset.SkippedSource;
import org.jowa.data.replay.CheckpointScan;

/**
 * What a scan task found.
 *
 * @param scan null when the checkpoint is left out
 * @param skipped why it is left out, else null
 */
public record ScanResult(IngestUnit unit, CheckpointScan scan, SkippedSource skipped) {}
