package org.jowa.jobs.spark;

import java.io.Serializable;

/**
 * What a task hands to the driver: the unit's place in its list, and the result. One envelope for
 * all results, so that Kryo, which demands registration, knows the only class it meets.
 */
public record TaskResult(int index, Serializable value) implements Serializable {}
