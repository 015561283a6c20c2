/**
 * The torch runtime: one libtorch for DJL and JavaCPP, its threads, and the bridge between DJL's
 * {@code NDArray} and the operators that DJL lacks. No model and no loss lives here.
 */
package org.jowa.model.torch;
