/**
 * Where native libraries are unpacked to. What loads them, torch or the emulator, stands elsewhere.
 */
package org.jowa.natives;
