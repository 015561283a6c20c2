/**
 * Plays a game with a policy and tells each step as a row of a replay log. Where rows go, and in
 * which layout, is the sink's business.
 */
@NullMarked
package org.jowa.env.record;

import org.jspecify.annotations.NullMarked;
