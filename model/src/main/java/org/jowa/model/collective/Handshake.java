package org.jowa.model.collective;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * How two ranks prove to each other that they know the attempt's secret, without sending it. The
 * one that connects greets with a number used once; the one that listens answers with a number of
 * its own and an HMAC-SHA256 over both; the first answers with its HMAC; a last byte ends it. Ranks
 * and purpose are part of what is signed, so that no answer can be used in another place.
 */
final class Handshake {
  /** What a connection is for. */
  enum Purpose {
    CONTROL,
    DATA
  }

  /**
   * @param from the rank that connects
   * @param to the rank that it means to reach
   * @param nonce its number used once
   */
  record Greeting(int from, int to, Purpose purpose, byte[] nonce) {}

  static final int NONCE_BYTES = 32;
  static final int MAC_BYTES = 32;
  static final byte WELCOME = 1;

  private static final byte[] MAGIC = "JOWARNG1".getBytes(StandardCharsets.US_ASCII);

  static final int GREETING_BYTES = MAGIC.length + 2 * Integer.BYTES + 1 + NONCE_BYTES;
  static final int CHALLENGE_BYTES = NONCE_BYTES + MAC_BYTES;

  private static final String ALGORITHM = "HmacSHA256";
  private static final SecureRandom RANDOM = new SecureRandom();

  private final byte[] secret;

  Handshake(byte[] secret) {
    if (secret.length == 0) {
      throw new IllegalArgumentException("The ring's secret must not be empty");
    }
    this.secret = secret.clone();
  }

  static byte[] nonce() {
    byte[] nonce = new byte[NONCE_BYTES];
    RANDOM.nextBytes(nonce);
    return nonce;
  }

  static ByteBuffer write(Greeting greeting) {
    return ByteBuffer.allocate(GREETING_BYTES)
        .put(MAGIC)
        .putInt(greeting.from())
        .putInt(greeting.to())
        .put((byte) greeting.purpose().ordinal())
        .put(greeting.nonce())
        .flip();
  }

  /** Whether bytes may be the beginning of a greeting. */
  static boolean mayBeGreeting(ByteBuffer received) {
    for (int i = 0; i < Math.min(received.position(), MAGIC.length); i++) {
      if (received.get(i) != MAGIC[i]) {
        return false;
      }
    }
    return true;
  }

  /**
   * @param received exactly the bytes of a greeting
   * @throws IllegalArgumentException if it isn't one
   */
  static Greeting readGreeting(ByteBuffer received) {
    received.position(MAGIC.length);
    int from = received.getInt();
    int to = received.getInt();
    int purpose = received.get();
    if (purpose < 0 || purpose >= Purpose.values().length) {
      throw new IllegalArgumentException("it asked for purpose " + purpose);
    }
    byte[] nonce = new byte[NONCE_BYTES];
    received.get(nonce);
    return new Greeting(from, to, Purpose.values()[purpose], nonce);
  }

  /** The proof of the rank that listens. */
  byte[] listenerProof(Greeting greeting, byte[] listenerNonce) {
    return mac("listener", greeting, listenerNonce);
  }

  /** The proof of the rank that connects. */
  byte[] connectorProof(Greeting greeting, byte[] listenerNonce) {
    return mac("connector", greeting, listenerNonce);
  }

  /** Compares in a time that doesn't depend on the content. */
  static boolean equal(byte[] expected, byte[] found) {
    return MessageDigest.isEqual(expected, found);
  }

  private byte[] mac(String role, Greeting greeting, byte[] listenerNonce) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(secret, ALGORITHM));
      mac.update(role.getBytes(StandardCharsets.US_ASCII));
      mac.update(write(greeting));
      mac.update(listenerNonce);
      return mac.doFinal();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java platform has " + ALGORITHM, e);
    }
  }
}
