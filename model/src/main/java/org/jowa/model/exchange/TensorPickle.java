package org.jowa.model.exchange;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jowa.model.exchange.StoredTensor.Storage;

/**
 * A reader of pickles that builds dictionaries, lists, texts, numbers and descriptions of tensors,
 * and nothing else. A pickle is a program that may call any function of Python; here the few names
 * that tensors need stand for fixed actions of ours, every other name or opcode ends the reading,
 * and no class is ever looked up by a name from a file.
 *
 * <p>Memory is bounded by the bytes of the pickle: there are no sizes that are believed, and what
 * contains itself is never walked through.
 *
 * <p>Source: the opcodes are those of Python's pickletools, protocols 2 to 5.
 */
final class TensorPickle {
  /** Weights of the largest model need less than 100 kB. */
  static final int MOST_BYTES = 1 << 20;

  private static final int HIGHEST_PROTOCOL = 5;

  private static final Object NONE = new Object();

  /** Opcodes that would make objects, by what Python calls them. */
  private static final Map<Integer, String> REFUSED =
      Map.of(
          (int) 'i',
          "INST",
          (int) 'o',
          "OBJ",
          0x81,
          "NEWOBJ",
          0x92,
          "NEWOBJ_EX",
          0x82,
          "EXT1",
          0x83,
          "EXT2",
          0x84,
          "EXT4",
          (int) 'P',
          "PERSID");

  /** What a name in a pickle may stand for. */
  private enum Target {
    ORDERED_DICT,
    TENSOR,
    PARAMETER
  }

  private final ByteBuffer in;
  private final Map<Long, Object> memo = new HashMap<>();
  private final Deque<List<Object>> marked = new ArrayDeque<>();
  private List<Object> stack = new ArrayList<>();

  private TensorPickle(ByteBuffer in) {
    this.in = in.order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Reads one pickle.
   *
   * @param in its bytes; the position is behind them afterwards
   * @return a {@link String}, {@link Long}, {@link Double}, {@link Boolean}, {@link List}, {@link
   *     Map}, {@link StoredTensor} or an object without meaning; the insides of containers likewise
   * @throws MalformedException if it names something other than tensors, or is damaged
   */
  static Object read(ByteBuffer in) {
    TensorPickle pickle = new TensorPickle(in);
    try {
      while (pickle.step()) {
        // Until STOP.
      }
      return pickle.pop();
    } catch (BufferUnderflowException e) {
      throw new MalformedException("its pickle ends early");
    } catch (CharacterCodingException e) {
      throw new MalformedException("its pickle has a text that isn't UTF-8");
    }
  }

  /** Returns whether there is more. */
  private boolean step() throws CharacterCodingException {
    int opcode = in.get() & 0xff;
    switch (opcode) {
      case 0x80 -> requireProtocol(in.get() & 0xff);
      case 0x95 -> in.getLong();
      case '.' -> {
        return false;
      }
      case '(' -> {
        marked.push(stack);
        stack = new ArrayList<>();
      }
      case 'N' -> push(NONE);
      case 0x88 -> push(true);
      case 0x89 -> push(false);
      case 'K' -> push((long) (in.get() & 0xff));
      case 'M' -> push((long) (in.getShort() & 0xffff));
      case 'J' -> push((long) in.getInt());
      case 0x8a -> push(longOf(in.get() & 0xff));
      case 'G' -> push(in.duplicate().order(ByteOrder.BIG_ENDIAN).getDouble(skip(8)));
      case 'X' -> push(text(in.getInt() & 0xffffffffL));
      case 0x8c -> push(text(in.get() & 0xff));
      case 'q' -> memo.put((long) (in.get() & 0xff), top());
      case 'r' -> memo.put(in.getInt() & 0xffffffffL, top());
      case 0x94 -> memo.put((long) memo.size(), top());
      case 'h' -> push(remembered(in.get() & 0xff));
      case 'j' -> push(remembered(in.getInt() & 0xffffffffL));
      case '}' -> push(new LinkedHashMap<Object, Object>());
      case ']', ')' -> push(new ArrayList<Object>());
      case 't' -> push(sinceMark());
      case 0x85, 0x86, 0x87 -> push(popped(opcode - 0x84));
      case 'a' -> add(popped(1));
      case 'e' -> add(sinceMark());
      case 's' -> put(popped(2));
      case 'u' -> put(sinceMark());
      case 'c' -> push(target(line(), line()));
      case 0x93 -> {
        List<Object> names = popped(2);
        push(target(textIn(names.get(0)), textIn(names.get(1))));
      }
      case 'Q' -> push(storage(listIn(pop())));
      case 'R' -> {
        List<Object> arguments = listIn(pop());
        push(made(pop(), arguments));
      }
      case 'b' -> {
        // The attributes of a dictionary: torch keeps versions of modules there.
        pop();
        dictionaryIn(top());
      }
      default ->
          throw new MalformedException(
              "its pickle has the opcode %s, which no tensor needs"
                  .formatted(
                      REFUSED.getOrDefault(opcode, String.format(Locale.ROOT, "0x%02x", opcode))));
    }
    return true;
  }

  private static void requireProtocol(int protocol) {
    if (protocol > HIGHEST_PROTOCOL) {
      throw new MalformedException("its pickle is of protocol " + protocol);
    }
  }

  private Object made(Object target, List<Object> arguments) {
    if (target == Target.ORDERED_DICT && arguments.isEmpty()) {
      return new LinkedHashMap<Object, Object>();
    }
    if (target == Target.TENSOR && arguments.size() >= 6) {
      // Behind these stand requires_grad, hooks and metadata.
      return new StoredTensor(
          valueIn(arguments.get(0), Storage.class),
          valueIn(arguments.get(1), Long.class),
          sizes(arguments.get(2)),
          sizes(arguments.get(3)));
    }
    if (target == Target.PARAMETER && !arguments.isEmpty()) {
      return valueIn(arguments.get(0), StoredTensor.class);
    }
    throw new MalformedException("its pickle calls something that makes no tensor");
  }

  private static Object target(String module, String name) {
    String whole = module + "." + name;
    Optional<StorageType> storage =
        module.equals("torch") ? StorageType.named(name) : Optional.empty();
    if (storage.isPresent()) {
      return storage.get();
    }
    return switch (whole) {
      case "collections.OrderedDict" -> Target.ORDERED_DICT;
      case "torch._utils._rebuild_tensor_v2" -> Target.TENSOR;
      case "torch._utils._rebuild_parameter" -> Target.PARAMETER;
      default ->
          throw new MalformedException(
              "its pickle wants %s, which makes no tensor, so it was not run; only files with nothing but tensors are read, as torch.save(model.state_dict(), FILE) makes them"
                  .formatted(printable(whole)));
    };
  }

  /** From ("storage", type, key, device, elements), with view metadata in old files. */
  private static Storage storage(List<Object> id) {
    boolean whole = id.size() == 5 || (id.size() == 6 && id.get(5) == NONE);
    if (!whole || !"storage".equals(id.get(0))) {
      throw new MalformedException(
          "its pickle refers to something outside that is no storage of a tensor");
    }
    return new Storage(
        textIn(id.get(2)), valueIn(id.get(1), StorageType.class), valueIn(id.get(4), Long.class));
  }

  private static long[] sizes(Object value) {
    List<Object> list = listIn(value);
    long[] sizes = new long[list.size()];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = valueIn(list.get(i), Long.class);
    }
    return sizes;
  }

  private void add(List<Object> items) {
    listIn(top()).addAll(items);
  }

  private void put(List<Object> items) {
    Map<Object, Object> dictionary = dictionaryIn(top());
    if (items.size() % 2 != 0) {
      throw new MalformedException("its pickle has a key without a value");
    }
    for (int i = 0; i < items.size(); i += 2) {
      Object key = items.get(i);
      // A container as a key could contain itself.
      if (!(key instanceof String || key instanceof Long)) {
        throw new MalformedException("its pickle has a key that is neither a text nor a number");
      }
      dictionary.put(key, items.get(i + 1));
    }
  }

  private void push(Object value) {
    stack.add(value);
  }

  private Object pop() {
    Object value = top();
    stack.remove(stack.size() - 1);
    return value;
  }

  private Object top() {
    if (stack.isEmpty()) {
      throw new MalformedException("its pickle takes what it never made");
    }
    return stack.get(stack.size() - 1);
  }

  private List<Object> popped(int count) {
    if (stack.size() < count) {
      throw new MalformedException("its pickle takes what it never made");
    }
    List<Object> tail = stack.subList(stack.size() - count, stack.size());
    List<Object> values = new ArrayList<>(tail);
    tail.clear();
    return values;
  }

  private List<Object> sinceMark() {
    if (marked.isEmpty()) {
      throw new MalformedException("its pickle goes back to a mark that it never set");
    }
    List<Object> values = stack;
    stack = marked.pop();
    return values;
  }

  private Object remembered(long key) {
    Object value = memo.get(key);
    if (value == null) {
      throw new MalformedException("its pickle recalls what it never made");
    }
    return value;
  }

  private long longOf(int bytes) {
    if (bytes > Long.BYTES) {
      throw new MalformedException(
          String.format(Locale.ROOT, "its pickle has a number of %d bytes", bytes));
    }
    long value = 0;
    for (int i = 0; i < bytes; i++) {
      long next = in.get();
      value |= (i == bytes - 1 ? next : next & 0xff) << (8 * i);
    }
    return value;
  }

  /** Position before the skipped bytes. */
  private int skip(int bytes) {
    if (in.remaining() < bytes) {
      throw new BufferUnderflowException();
    }
    int at = in.position();
    in.position(at + bytes);
    return at;
  }

  private String text(long bytes) throws CharacterCodingException {
    if (bytes > in.remaining()) {
      throw new BufferUnderflowException();
    }
    ByteBuffer slice = in.slice(skip((int) bytes), (int) bytes);
    return StandardCharsets.UTF_8.newDecoder().decode(slice).toString();
  }

  private String line() throws CharacterCodingException {
    int start = in.position();
    int end = start;
    while (in.get() != '\n') {
      end++;
    }
    return StandardCharsets.UTF_8.newDecoder().decode(in.slice(start, end - start)).toString();
  }

  private static String printable(String name) {
    String shown = name.replaceAll("[^\\x21-\\x7e]", "?");
    return shown.length() <= 80 ? shown : shown.substring(0, 80) + "...";
  }

  private static String textIn(Object value) {
    return valueIn(value, String.class);
  }

  @SuppressWarnings("unchecked")
  private static List<Object> listIn(Object value) {
    return valueIn(value, List.class);
  }

  @SuppressWarnings("unchecked")
  private static Map<Object, Object> dictionaryIn(Object value) {
    return valueIn(value, Map.class);
  }

  private static <T> T valueIn(Object value, Class<T> type) {
    if (!type.isInstance(value)) {
      throw new MalformedException(
          "its pickle has something else where a %s has to be"
              .formatted(type.getSimpleName().toLowerCase(Locale.ROOT)));
    }
    return type.cast(value);
  }
}
