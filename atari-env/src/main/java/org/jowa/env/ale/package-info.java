/**
 * The binding to the Arcade Learning Environment, with a guard before every call that would crash
 * or end the process. No preprocessing and no protocol lives here.
 */
@NullMarked
package org.jowa.env.ale;

import org.jspecify.annotations.NullMarked;
