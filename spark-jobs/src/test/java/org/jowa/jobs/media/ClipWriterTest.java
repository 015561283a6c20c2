package org.jowa.jobs.media;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.metadata.IIOMetadataNode;
import org.junit.jupiter.api.Test;

class ClipWriterTest {
  private static final int WIDTH = 40;
  private static final int HEIGHT = 30;

  @Test
  void everyFrameComesBackWithItsExactColours() throws IOException {
    List<byte[]> frames = movingSquare();

    List<int[]> shown = play(clip(frames));

    assertThat(shown).hasSize(frames.size());
    for (int i = 0; i < shown.size(); i++) {
      assertThat(Arrays.equals(shown.get(i), pixels(frames.get(i)))).as("frame %d", i).isTrue();
    }
  }

  @Test
  void aFrameThatEqualsTheLastStillTakesItsTime() throws IOException {
    byte[] frame = movingSquare().get(0);

    assertThat(play(clip(List.of(frame, frame, frame)))).hasSize(3);
  }

  @Test
  void theClipLoopsAndEqualFramesGiveEqualBytes() throws IOException {
    byte[] clip = clip(movingSquare());

    assertThat(new String(clip, StandardCharsets.ISO_8859_1)).contains("NETSCAPE2.0");
    assertThat(Arrays.equals(clip(movingSquare()), clip)).isTrue();
  }

  @Test
  void grayFramesKeepTheirLevels() throws IOException {
    int[] gray = new int[WIDTH * HEIGHT];
    Arrays.setAll(gray, i -> (i & 0xFF) * 0x010101);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ClipWriter clip = ClipWriter.open(out, WIDTH, HEIGHT, ClipWriter.REAL_TIME)) {
      clip.addRgb(gray);
    }

    int[] shown = play(out.toByteArray()).get(0);
    for (int i = 0; i < gray.length; i++) {
      assertThat(shown[i] & 0xFFFFFF).isEqualTo(gray[i]);
    }
  }

  @Test
  void wrongSizesAndTooManyColoursAreRefused() throws IOException {
    try (ClipWriter clip = ClipWriter.open(new ByteArrayOutputStream(), WIDTH, HEIGHT, 7)) {
      byte[] noise = new byte[WIDTH * HEIGHT * 3];
      new Random(1).nextBytes(noise);

      assertThatThrownBy(() -> clip.addRgb(new byte[7]))
          .hasMessage("Frame has 7 bytes, expected 30 x 40 x 3");
      assertThatThrownBy(() -> clip.addRgb(noise)).hasMessageContaining("at most 256 fit a GIF");
      clip.addRgb(new int[WIDTH * HEIGHT]);
    }
  }

  @Test
  void firstFrameIsThatOfTheClip() throws IOException {
    List<byte[]> frames = movingSquare();

    byte[] png = Pictures.firstFrame(clip(frames)).orElseThrow();

    BufferedImage image = ImageIO.read(new ByteArrayInputStream(png));
    int[] shown = image.getRGB(0, 0, WIDTH, HEIGHT, null, 0, WIDTH);
    assertThat(Arrays.equals(shown, pixels(frames.get(0)))).isTrue();
    assertThat(Pictures.firstFrame(new byte[] {1, 2, 3})).isEmpty();
  }

  private static List<byte[]> movingSquare() {
    List<byte[]> frames = new ArrayList<>();
    for (int frame = 0; frame < 6; frame++) {
      byte[] rgb = new byte[WIDTH * HEIGHT * 3];
      for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
          boolean square = x >= 3 * frame && x < 3 * frame + 5 && y > 10 && y < 16;
          int at = 3 * (y * WIDTH + x);
          rgb[at] = (byte) (square ? 236 : 144);
          rgb[at + 1] = (byte) (square ? 236 : 72 + frame / 3);
          rgb[at + 2] = (byte) (square ? 236 : 17);
        }
      }
      frames.add(rgb);
    }
    return frames;
  }

  private static byte[] clip(List<byte[]> frames) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ClipWriter clip = ClipWriter.open(out, WIDTH, HEIGHT, ClipWriter.REAL_TIME)) {
      for (byte[] frame : frames) {
        clip.addRgb(frame);
      }
    }
    return out.toByteArray();
  }

  /** What a viewer shows: each frame's rectangle drawn over the frames before it. */
  private static List<int[]> play(byte[] clip) throws IOException {
    ImageReader reader = ImageIO.getImageReadersByFormatName("gif").next();
    reader.setInput(ImageIO.createImageInputStream(new ByteArrayInputStream(clip)));
    BufferedImage canvas = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_ARGB);
    List<int[]> frames = new ArrayList<>();
    for (int i = 0; i < reader.getNumImages(true); i++) {
      IIOMetadataNode root =
          (IIOMetadataNode) reader.getImageMetadata(i).getAsTree("javax_imageio_gif_image_1.0");
      IIOMetadataNode place =
          (IIOMetadataNode) root.getElementsByTagName("ImageDescriptor").item(0);
      canvas
          .createGraphics()
          .drawImage(
              reader.read(i),
              Integer.parseInt(place.getAttribute("imageLeftPosition")),
              Integer.parseInt(place.getAttribute("imageTopPosition")),
              null);
      frames.add(canvas.getRGB(0, 0, WIDTH, HEIGHT, null, 0, WIDTH));
    }
    return frames;
  }

  private static int[] pixels(byte[] rgb) {
    int[] pixels = new int[WIDTH * HEIGHT];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] =
          0xFF000000
              | (rgb[3 * i] & 0xFF) << 16
              | (rgb[3 * i + 1] & 0xFF) << 8
              | (rgb[3 * i + 2] & 0xFF);
    }
    return pixels;
  }
}
