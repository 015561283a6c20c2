/**
 * Plays a game with a policy and emits each step as a row of a replay log. Where rows go, and in
 * which layout, is up to the sink.
 */
@NullMarked
package org.jowa.env.record;

import org.jspecify.annotations.NullMarked;
