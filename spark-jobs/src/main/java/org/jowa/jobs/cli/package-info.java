/**
 * The command line: commands, their options and checks, and the spark-submit line that each stands
 * for. Nothing here touches Spark, torch or the emulator until a command runs, so help and checks
 * need none of them.
 */
@NullMarked
package org.jowa.jobs.cli;

import org.jspecify.annotations.NullMarked;
