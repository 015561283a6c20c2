package org.jowa.jobs.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Scanner;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.model.collective.Collective;
import org.jowa.model.collective.RingListener;
import org.jowa.model.collective.RingOptions;
import org.jowa.model.torch.Tensors;
import org.jowa.model.torch.TorchRuntime;

/** What both ranks of the all-reduce benchmark do; rank 1 is a process that rank 0 starts. */
final class AllReduceRank {
  /** The gradients of a model of 40 million parameters. */
  static final int ELEMENTS = 40_000_000;

  static final int BYTES = ELEMENTS * Float.BYTES;

  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private AllReduceRank() {}

  /** Rank 1: says its address; is told those of both ranks, secret, port and runs. */
  public static void main(String[] args) throws IOException {
    TorchRuntime.init();
    try (RingListener listener = RingListener.listen("127.0.0.1");
        Scanner told =
            new Scanner(
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)))) {
      System.out.println(listener.address());
      System.out.flush();
      List<String> addresses = List.of(told.next(), told.next());
      byte[] secret = HexFormat.of().parseHex(told.next());
      int port = told.nextInt();
      int runs = told.nextInt();
      try (Collective collective = join(listener, 1, addresses, secret);
          PlainExchange plain = PlainExchange.connect(port, BYTES)) {
        Tensor gradients = Tensors.zeros(ScalarType.Float, ELEMENTS);
        for (int run = 0; run < runs; run++) {
          allReduce(collective, gradients);
          exchange(collective, plain);
        }
      }
    }
  }

  static Collective join(RingListener listener, int rank, List<String> addresses, byte[] secret) {
    return listener.join(rank, addresses, secret, RingOptions.of(TIMEOUT, System.err::println));
  }

  /** Returns how long it took, in ms, from when both ranks were there. */
  static double allReduce(Collective collective, Tensor gradients) {
    collective.barrier();
    long start = System.nanoTime();
    collective.allReduceSum(gradients);
    return (System.nanoTime() - start) * 1e-6;
  }

  /** Returns how long it took, in ms, from when both ranks were there. */
  static double exchange(Collective collective, PlainExchange plain) {
    collective.barrier();
    long start = System.nanoTime();
    plain.exchange();
    return (System.nanoTime() - start) * 1e-6;
  }
}
