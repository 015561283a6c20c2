/**
 * Pictures for the report: animated clips of play and small images embedded in the page. Callers
 * decide which frames to show.
 */
@NullMarked
package org.jowa.jobs.media;

import org.jspecify.annotations.NullMarked;
