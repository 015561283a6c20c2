/**
 * Plays a game with a policy and tells each step as a row of a replay log. Where rows go, and in
 * which layout, is the sink's business.
 */
package org.jowa.env.record;
