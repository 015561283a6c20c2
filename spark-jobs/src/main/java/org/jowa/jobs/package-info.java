/**
 * The main class of every job. The commands themselves are in {@code cli}, one package per job
 * beside it.
 */
package org.jowa.jobs;
