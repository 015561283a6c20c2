package org.jowa.data.dataset;

import org.jowa.data.replay.CheckpointScan;

/**
 * What a scan task found.
 *
 * @param scan null when the checkpoint is left out
 * @param skipped why it is left out, else null
 */
public record ScanResult(IngestUnit unit, CheckpointScan scan, SkippedSource skipped) {}
