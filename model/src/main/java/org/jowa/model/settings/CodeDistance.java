package org.jowa.model.settings;

/** What makes a code the nearest of a latent. */
public enum CodeDistance {
  /** The Euclidean distance of the two. */
  EUCLIDEAN,
  /**
   * The angle between the two: latents are scaled to length 1 before they are compared and
   * replaced, and codes have that length.
   *
   * <p>Source: ViT-VQGAN, arXiv 2110.04627, section 3.2.
   */
  COSINE
}
