package org.jowa.model.exchange;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.CheckedOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.bytedeco.pytorch.Tensor;
import org.jowa.model.torch.Tensors;

/**
 * Writes a state dict as torch.save does, so that torch.load reads it with {@code
 * weights_only=True}. Equal tensors give equal bytes.
 */
final class TorchWriter {
  private static final String FOLDER = "archive/";
  private static final int PROTOCOL = 2;

  private final ByteArrayOutputStream pickle = new ByteArrayOutputStream();

  private TorchWriter() {}

  /**
   * Writes all tensors to a stream, which stays open.
   *
   * @param tensors by their names in the state dict, in this order
   */
  static void write(OutputStream out, Map<String, Tensor> tensors) throws IOException {
    TorchWriter writer = new TorchWriter();
    writer.stateDict(tensors);
    ZipOutputStream zip = new ZipOutputStream(out, StandardCharsets.UTF_8);
    zip.setMethod(ZipOutputStream.STORED);
    entry(zip, "data.pkl", writer.pickle::writeTo);
    entry(zip, "byteorder", content -> content.write(ascii("little")));
    int key = 0;
    for (Tensor tensor : tensors.values()) {
      entry(zip, "data/" + key++, content -> Tensors.drain(tensor, content));
    }
    entry(zip, "version", content -> content.write(ascii("3\n")));
    zip.finish();
    zip.flush();
  }

  private interface Content {
    void writeTo(OutputStream out) throws IOException;
  }

  /** What isn't compressed has its size and checksum before it. */
  private static void entry(ZipOutputStream zip, String name, Content content) throws IOException {
    Counting counted = new Counting();
    CRC32 sum = new CRC32();
    content.writeTo(new CheckedOutputStream(counted, sum));
    ZipEntry entry = new ZipEntry(FOLDER + name);
    entry.setTimeLocal(LocalDateTime.of(1980, 1, 1, 0, 0));
    entry.setSize(counted.bytes);
    entry.setCompressedSize(counted.bytes);
    entry.setCrc(sum.getValue());
    zip.putNextEntry(entry);
    content.writeTo(zip);
    zip.closeEntry();
  }

  private static final class Counting extends OutputStream {
    private long bytes;

    @Override
    public void write(int value) {
      bytes++;
    }

    @Override
    public void write(byte[] values, int offset, int length) {
      bytes += length;
    }
  }

  private void stateDict(Map<String, Tensor> tensors) {
    code(0x80);
    pickle.write(PROTOCOL);
    orderedDict();
    code('(');
    int key = 0;
    for (Map.Entry<String, Tensor> tensor : tensors.entrySet()) {
      text(tensor.getKey());
      tensor(key++, tensor.getValue());
    }
    code('u');
    code('.');
  }

  /** _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, backward_hooks). */
  private void tensor(int key, Tensor tensor) {
    global("torch._utils", "_rebuild_tensor_v2");
    code('(');
    code('(');
    text("storage");
    global("torch", StorageType.of(tensor.scalar_type()).storage);
    text(Integer.toString(key));
    text("cpu");
    number(tensor.numel());
    code('t');
    code('Q');
    number(0);
    long[] shape = tensor.shape();
    sizes(shape);
    sizes(strides(shape));
    code(0x89);
    orderedDict();
    code('t');
    code('R');
  }

  private static long[] strides(long[] shape) {
    long[] strides = new long[shape.length];
    long stride = 1;
    for (int i = shape.length - 1; i >= 0; i--) {
      strides[i] = stride;
      stride *= shape[i];
    }
    return strides;
  }

  private void orderedDict() {
    global("collections", "OrderedDict");
    code(')');
    code('R');
  }

  private void sizes(long[] sizes) {
    code('(');
    for (long size : sizes) {
      number(size);
    }
    code('t');
  }

  private void global(String module, String name) {
    code('c');
    pickle.writeBytes(ascii(module + "\n" + name + "\n"));
  }

  private void text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    code('X');
    pickle.writeBytes(littleEndian(bytes.length));
    pickle.writeBytes(bytes);
  }

  private void number(long value) {
    code('J');
    pickle.writeBytes(littleEndian(Math.toIntExact(value)));
  }

  private void code(int opcode) {
    pickle.write(opcode);
  }

  private static byte[] littleEndian(int value) {
    return ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
