package org.jowa.model.exchange;

import java.util.regex.Pattern;

/** What the reference's state dicts call their tensors beside the weights (spec section 2.6). */
final class OfficialNames {
  /** What torch's data-parallel wrapper puts before every name of a published file. */
  static final String WRAPPED = "module.";

  /** The perceptual loss in the tokenizer's files. */
  static final String LPIPS = "lpips.";

  private static final Pattern WRAPPERS = Pattern.compile("^(module\\.|_orig_mod\\.)+");
  private static final Pattern COMPILED = Pattern.compile("(?<=\\.)_orig_mod\\.");
  private static final Pattern BUFFERS =
      Pattern.compile("head_\\w+\\.indices|transformer\\.blocks\\.\\d+\\.attn\\.mask");
  private static final Pattern TARGET =
      Pattern.compile("head_q_target\\.head_module\\.params\\.\\d+");

  private OfficialNames() {}

  /** A name without what data-parallel and compiling wrappers add. */
  static String plain(String name) {
    return COMPILED.matcher(WRAPPERS.matcher(name).replaceFirst("")).replaceAll("");
  }

  /**
   * Whether a tensor is left out: positions and masks follow from the sizes, the target head is a
   * copy of the online one when weights are imported (spec section 3.5), and the perceptual loss is
   * no part of a model.
   */
  static boolean isLeftOut(String name) {
    return BUFFERS.matcher(name).matches()
        || TARGET.matcher(name).matches()
        || name.startsWith(LPIPS);
  }

  static boolean isTarget(String name) {
    return TARGET.matcher(name).matches();
  }
}
