/**
 * The two ways in which a user's mistake is reported, for all modules. No error that is our own
 * fault belongs here.
 */
package org.jowa.error;
