package org.jowa.jobs.media;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;
import javax.imageio.ImageIO;

/** Images as bytes and as {@code data:} addresses. */
public final class Pictures {
  private Pictures() {}

  /**
   * A gray image as PNG.
   *
   * @param gray {@code [height, width]} bytes
   * @throws IllegalArgumentException if the size is wrong
   */
  public static byte[] png(byte[] gray, int width, int height) {
    if (gray.length != width * height) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "Image has %d bytes, expected %d x %d", gray.length, height, width));
    }
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
    image.getRaster().setDataElements(0, 0, width, height, gray);
    return png(image);
  }

  /**
   * A colour image as PNG.
   *
   * @param rgb {@code [height, width]}, each 0xRRGGBB
   */
  public static byte[] png(int[] rgb, int width, int height) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    image.setRGB(0, 0, width, height, rgb, 0, width);
    return png(image);
  }

  /** The first frame of a GIF as PNG, for those who want no motion; empty if it is no GIF. */
  public static Optional<byte[]> firstFrame(byte[] gif) {
    try {
      return Optional.ofNullable(ImageIO.read(new ByteArrayInputStream(gif))).map(Pictures::png);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** An address that carries the bytes, of type {@code image/<format>}. */
  public static String dataAddress(String format, byte[] bytes) {
    return "data:image/" + format + ";base64," + Base64.getEncoder().encodeToString(bytes);
  }

  private static byte[] png(BufferedImage image) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      ImageIO.write(image, "png", out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }
}
