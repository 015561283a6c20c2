package org.jowa.model.collective;

import java.util.Optional;

/**
 * What a rank comes to a rendezvous with.
 *
 * @param operation what it is doing and how many operations it did before, for messages
 * @param terms what has to be equal on all ranks: operation, type and size
 * @param memory what the others may read until the ranks have parted
 */
record Offer(String operation, String terms, Optional<HostMemory> memory) {}
