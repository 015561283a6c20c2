package org.jowa.data.ingest;

import org.jowa.data.dataset.SkippedSource;
import org.jowa.data.replay.CheckpointScan;
import org.jspecify.annotations.Nullable;

/**
 * What a scan task found.
 *
 * @param scan null when the checkpoint is left out
 * @param skipped why it is left out, else null
 */
public record ScanResult(
    IngestUnit unit, @Nullable CheckpointScan scan, @Nullable SkippedSource skipped) {}
