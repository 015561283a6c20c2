/**
 * The torch runtime: the one libtorch that DJL loads and JavaCPP's operators are bound to, its
 * threads, devices and memory. No model and no loss lives here.
 */
@NullMarked
package org.jowa.model.torch;

import org.jspecify.annotations.NullMarked;
