/**
 * Whole commands through {@code bin/jowa}, each in a process of its own, and the rules between
 * modules. What one class does is tested beside it.
 */
package org.jowa.it;
