/**
 * The main class of every job. The commands themselves are in {@code cli}, one package per job
 * beside it.
 */
@NullMarked
package org.jowa.jobs;

import org.jspecify.annotations.NullMarked;
