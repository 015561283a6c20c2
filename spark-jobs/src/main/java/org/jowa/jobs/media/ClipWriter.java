package org.jowa.jobs.media;

import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriter;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.metadata.IIOMetadataNode;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Writes an animated GIF that loops for ever, frame by frame. Colours are kept exactly (an Atari
 * screen has at most 128) and every frame holds only the rectangle that changed, so a minute of
 * play takes a few hundred KiB. Equal frames give equal bytes.
 *
 * <pre>{@code
 * try (ClipWriter clip = ClipWriter.open(out, 160, 210, ClipWriter.REAL_TIME)) {
 *   clip.addRgb(screen);
 * }
 * }</pre>
 */
public final class ClipWriter implements AutoCloseable {
  /** Hundredths of a second an agent step takes on a console: four frames at 60 Hz, rounded. */
  public static final int REAL_TIME = 7;

  private static final String METADATA = "javax_imageio_gif_image_1.0";
  private static final byte[] LOOP_FOR_EVER = {1, 0, 0};

  private final ImageWriter writer;
  private final MemoryCacheImageOutputStream out;
  private final int width;
  private final int height;
  private final int delay;
  private int @Nullable [] last;

  private ClipWriter(OutputStream out, int width, int height, int delay) throws IOException {
    this.writer = ImageIO.getImageWritersByFormatName("gif").next();
    this.out = new MemoryCacheImageOutputStream(out);
    this.width = width;
    this.height = height;
    this.delay = delay;
    writer.setOutput(this.out);
    writer.prepareWriteSequence(null);
  }

  /**
   * Starts a clip.
   *
   * @param out left open by {@link #close}
   * @param width of every frame in pixels
   * @param height of every frame in pixels
   * @param delay time that a frame stays, in hundredths of a second
   */
  public static ClipWriter open(OutputStream out, int width, int height, int delay)
      throws IOException {
    return new ClipWriter(out, width, height, delay);
  }

  /**
   * Adds a colour frame.
   *
   * @param rgb {@code [height, width, 3]} bytes
   * @throws IllegalArgumentException if the size is wrong or the frame has more than 256 colours
   */
  public void addRgb(byte[] rgb) throws IOException {
    checkSize(rgb.length, 3);
    int[] pixels = new int[width * height];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] =
          (rgb[3 * i] & 0xFF) << 16 | (rgb[3 * i + 1] & 0xFF) << 8 | (rgb[3 * i + 2] & 0xFF);
    }
    add(pixels);
  }

  /**
   * Adds a colour frame.
   *
   * @param rgb {@code [height, width]}, each 0xRRGGBB
   * @throws IllegalArgumentException if the size is wrong or the frame has more than 256 colours
   */
  public void addRgb(int[] rgb) throws IOException {
    checkSize(rgb.length, 1);
    add(rgb.clone());
  }

  /** Ends the clip; a clip without frames is not a valid GIF. */
  @Override
  public void close() throws IOException {
    writer.endWriteSequence();
    out.close();
    writer.dispose();
  }

  private void checkSize(int length, int channels) {
    if (length != width * height * channels) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Frame has %d bytes, expected %d x %d x %d",
              length,
              height,
              width,
              channels));
    }
  }

  private void add(int[] pixels) throws IOException {
    Rectangle changed = last == null ? new Rectangle(width, height) : changedPart(last, pixels);
    BufferedImage image = indexed(pixels, changed);
    IIOMetadata metadata = writer.getDefaultImageMetadata(new ImageTypeSpecifier(image), null);
    metadata.setFromTree(METADATA, describe(metadata, changed));
    writer.writeToSequence(new IIOImage(image, null, metadata), null);
    last = pixels;
  }

  /** The smallest rectangle that holds every changed pixel; one pixel where nothing changed. */
  private Rectangle changedPart(int[] before, int[] after) {
    Rectangle part = new Rectangle(-1, -1);
    for (int y = 0; y < height; y++) {
      int row = y * width;
      int from = Arrays.mismatch(before, row, row + width, after, row, row + width);
      if (from >= 0) {
        int to = width - 1;
        while (before[row + to] == after[row + to]) {
          to--;
        }
        part.add(new Rectangle(from, y, to - from + 1, 1));
      }
    }
    return part.isEmpty() ? new Rectangle(1, 1) : part;
  }

  private BufferedImage indexed(int[] pixels, Rectangle part) {
    Map<Integer, Integer> indexOfColour = new HashMap<>();
    List<Integer> colours = new ArrayList<>();
    byte[] indices = new byte[part.width * part.height];
    for (int i = 0; i < indices.length; i++) {
      int colour = pixels[(part.y + i / part.width) * width + part.x + i % part.width];
      Integer index = indexOfColour.get(colour);
      if (index == null) {
        index = colours.size();
        colours.add(colour);
        indexOfColour.put(colour, index);
      }
      indices[i] = index.byteValue();
    }
    if (colours.size() > 256) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "Frame has %d colours, at most 256 fit a GIF", colours.size()));
    }
    int[] palette = colours.stream().mapToInt(Integer::intValue).toArray();
    IndexColorModel model =
        new IndexColorModel(8, palette.length, palette, 0, false, -1, DataBuffer.TYPE_BYTE);
    BufferedImage image =
        new BufferedImage(part.width, part.height, BufferedImage.TYPE_BYTE_INDEXED, model);
    image.getRaster().setDataElements(0, 0, part.width, part.height, indices);
    return image;
  }

  private IIOMetadataNode describe(IIOMetadata metadata, Rectangle part) {
    IIOMetadataNode root = (IIOMetadataNode) metadata.getAsTree(METADATA);
    IIOMetadataNode place = child(root, "ImageDescriptor");
    place.setAttribute("imageLeftPosition", Integer.toString(part.x));
    place.setAttribute("imageTopPosition", Integer.toString(part.y));
    IIOMetadataNode control = child(root, "GraphicControlExtension");
    control.setAttribute("disposalMethod", "doNotDispose");
    control.setAttribute("delayTime", Integer.toString(delay));
    if (last == null) {
      IIOMetadataNode loop = new IIOMetadataNode("ApplicationExtension");
      loop.setAttribute("applicationID", "NETSCAPE");
      loop.setAttribute("authenticationCode", "2.0");
      loop.setUserObject(LOOP_FOR_EVER);
      child(root, "ApplicationExtensions").appendChild(loop);
    }
    return root;
  }

  private static IIOMetadataNode child(IIOMetadataNode parent, String name) {
    for (int i = 0; i < parent.getLength(); i++) {
      if (parent.item(i).getNodeName().equals(name)) {
        return (IIOMetadataNode) parent.item(i);
      }
    }
    IIOMetadataNode created = new IIOMetadataNode(name);
    parent.appendChild(created);
    return created;
  }
}
