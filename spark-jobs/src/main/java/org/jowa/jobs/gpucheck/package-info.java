/**
 * Checks on a machine with GPUs what can't be checked without: that libtorch and NCCL load there,
 * and that a training step gives the CPU's losses. Says so, and fails, where there is no GPU.
 */
@NullMarked
package org.jowa.jobs.gpucheck;

import org.jspecify.annotations.NullMarked;
