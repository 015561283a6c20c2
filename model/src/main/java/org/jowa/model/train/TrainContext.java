package org.jowa.model.train;

import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.jowa.model.collective.Collective;
import org.jowa.model.settings.TrainSettings;
import org.jowa.model.torch.Device;

/**
 * What a rank's training needs beside model and data.
 *
 * @param device that this rank trains on
 * @param collective joins the ranks; whoever made it closes it
 * @param settings equal on all ranks
 * @param layout the run folder
 * @param hadoop configuration of its file system
 * @param inputs hashes of what the run is trained on, {@code dataset} for instance; a run is only
 *     resumed with the same
 * @param initialWeights checkpoint folder or safetensors file that a new run starts from instead of
 *     random weights; never read when the run has a checkpoint of its own
 * @param stop asks this rank, and with it all others, to save and end
 * @param listener told how it goes
 */
public record TrainContext(
    Device device,
    Collective collective,
    TrainSettings settings,
    RunLayout layout,
    Configuration hadoop,
    Map<String, String> inputs,
    Optional<String> initialWeights,
    StopSignal stop,
    TrainListener listener) {}
