package org.jowa.model.tokenizer;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * One forward pass over a few frames and, if it is recorded, the backward pass.
 *
 * <p>Written by hand because the feature maps at 84x84 make the tokenizer's cost, and by hand each
 * tensor is freed at its last use, sums are made in place, and the norm is computed more exactly
 * than torch's kernel for this layout does. Gradients of weights are added to their {@code grad}.
 *
 * <p>Feature maps are [n, c, h, w] and lie channels last in memory, the layout in which the
 * convolutions need no reordering. An operation of a pass that isn't recorded frees its input.
 */
final class Pass {
  private final boolean recorded;
  private final Convolutions convolutions;
  private final Deque<Runnable> backward = new ArrayDeque<>();

  private Pass(boolean recorded, Convolutions convolutions) {
    this.recorded = recorded;
    this.convolutions = convolutions;
  }

  /** A pass whose {@link #backward} will be called, or whose values are looked at. */
  static Pass recorded(Convolutions convolutions) {
    return new Pass(true, convolutions);
  }

  /** A pass that only goes forward. */
  static Pass forwardOnly(Convolutions convolutions) {
    return new Pass(false, convolutions);
  }

  /** A convolution of stride 1 that keeps the size. */
  Node convolve(Node x, Conv conv) {
    return convolve(x, conv, 1, conv.kernel() / 2, true);
  }

  /** A convolution of the pass's input, which needs no gradient and is never freed here. */
  Node convolveInput(Tensor pixels, Conv conv) {
    return convolve(new Node(pixels), conv, 1, conv.kernel() / 2, false);
  }

  /**
   * Zero-pads one pixel at the right and at the bottom, then strides by kernel - 1. Padding by a
   * whole stride all round gives the same windows plus a first row and column to leave out, and
   * spares a copy of the input.
   */
  Node downsample(Node x, Conv conv) {
    long stride = conv.kernel() - 1;
    Node padded = convolve(x, conv, stride, stride, true);
    Tensor whole = padded.value();
    long size = whole.size(2);
    Tensor inner = whole.narrow(2, 1, size - 1).narrow(3, 1, size - 1);
    Node y = new Node(inner.contiguous(torch.MemoryFormat.ChannelsLast));
    record(
        y,
        gradient -> {
          Tensor outer = torch.zeros_like(whole);
          outer.narrow(2, 1, size - 1).narrow(3, 1, size - 1).copy_(gradient);
          padded.receive(outer);
        });
    consume(padded);
    return y;
  }

  /** Norm, swish, convolution of stride 1. */
  Node normSwishConvolve(Node x, Norm norm, Conv conv) {
    Node y = normSwishConvolveKeeping(x, norm, conv);
    consume(x);
    return y;
  }

  /** Two rounds of norm, swish and convolution, added to the input. */
  Node resBlock(Node x, ResBlock block) {
    Node inner = normSwishConvolveKeeping(x, block.norm1(), block.conv1());
    Node branch = normSwishConvolve(inner, block.norm2(), block.conv2());
    // A convolution's backward pass doesn't need its output.
    branch.value().add_(x.value());
    Node y = new Node(new Tensor(branch.value()));
    record(
        y,
        gradient -> {
          branch.share(gradient);
          x.share(gradient);
        });
    consume(branch);
    consume(x);
    return y;
  }

  /** Single-head attention over all positions, added to the input. */
  Node attention(Node x, Attention attention) {
    return differentiated(x, attention::apply);
  }

  /** Nearest-neighbour enlargement, then a convolution of stride 1 that keeps the size. */
  Node enlargeAndConvolve(Node x, long factor, Conv conv) {
    Node y =
        new Node(withFactor(x.value(), small -> convolutions.forwardEnlarged(small, conv, factor)));
    record(
        y,
        gradient ->
            x.receive(
                withFactor(
                    x.value(),
                    small -> convolutions.backwardEnlarged(gradient, small, conv, factor))));
    consume(x);
    return y;
  }

  /** A small part of the network whose backward pass is left to torch's autograd. */
  Node differentiated(Node x, UnaryOperator<Tensor> part) {
    Tensor input = x.value().detach();
    boolean before = GradMode.is_enabled();
    Tensor output;
    try {
      GradMode.set_enabled(recorded);
      input.set_requires_grad(recorded);
      output = part.apply(input);
    } finally {
      GradMode.set_enabled(before);
    }
    Node y = new Node(output.detach());
    record(
        y,
        gradient -> {
          output.backward(gradient, new BoolOptional(), false, new TensorArrayRefOptional());
          x.receive(new Tensor(input.grad()));
        });
    consume(x);
    return y;
  }

  /**
   * Runs the backward pass, adding to the gradients of weights.
   *
   * @param output of the pass
   * @param gradient of the loss with respect to it
   */
  void backward(Node output, Tensor gradient) {
    output.share(gradient);
    while (!backward.isEmpty()) {
      backward.pop().run();
    }
  }

  private Node normSwishConvolveKeeping(Node x, Norm norm, Conv conv) {
    Norm.Result normed = norm.apply(x.value());
    Tensor activated = recorded ? torch.silu(normed.output()) : torch.silu_(normed.output());
    Tensor factor = convolutions.factor(activated);
    if (factor != activated) {
      activated.close();
    }
    Node y = new Node(convolutions.forward(factor, conv, 1, conv.kernel() / 2));
    record(
        y,
        gradient -> {
          Tensor swished =
              convolutions.backward(gradient, factor, conv, 1, conv.kernel() / 2, true);
          factor.close();
          torch.silu_backward_out(swished, swished, normed.output());
          normed.output().close();
          x.receive(norm.backward(swished, x.value(), normed));
          swished.close();
        });
    if (!recorded) {
      factor.close();
    }
    return y;
  }

  private Node convolve(Node x, Conv conv, long stride, long padding, boolean inputGradient) {
    Node y =
        new Node(
            withFactor(x.value(), factor -> convolutions.forward(factor, conv, stride, padding)));
    record(
        y,
        gradient -> {
          Tensor back =
              withFactor(
                  x.value(),
                  factor ->
                      convolutions.backward(
                          gradient, factor, conv, stride, padding, inputGradient));
          if (inputGradient) {
            x.receive(back);
          }
        });
    if (inputGradient) {
      consume(x);
    }
    return y;
  }

  /** Frees the copy that a convolution may have needed. */
  private Tensor withFactor(Tensor x, UnaryOperator<Tensor> operation) {
    Tensor factor = convolutions.factor(x);
    Tensor result = operation.apply(factor);
    if (factor != x) {
      factor.close();
    }
    return result;
  }

  /** Adds a step to the backward pass: what to do with the gradient of {@code y}. */
  void record(Node y, Consumer<Tensor> step) {
    if (recorded) {
      backward.push(
          () -> {
            step.accept(y.gradient());
            y.close();
          });
    }
  }

  private void consume(Node x) {
    if (!recorded) {
      x.close();
    }
  }
}
