/**
 * Pictures for the report: animated clips of play and small images that travel inside the page.
 * Which frames to show is decided by those who have them.
 */
@NullMarked
package org.jowa.jobs.media;

import org.jspecify.annotations.NullMarked;
