package org.jowa.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.jowa.model.settings.TokenizerConfig;
import org.junit.jupiter.api.Test;

class TokenizerFlopsTest {
  private static final TokenizerConfig DEFAULT = new TokenizerConfig(64, 512, 512, 2048);

  @Test
  void theLargestConvolutionsMakeUpMostOfATrainingStep() {
    // At 84x84: 4 in the encoder, 6 and an upsampling one in the decoder; at 42x42: 7.
    double large = 11 * 9.0 * 64 * 64 * 84 * 84;
    double middle = 7 * 9.0 * 64 * 64 * 42 * 42;
    assertThat((double) TokenizerFlops.train(DEFAULT))
        .isCloseTo(6 * (large + middle), within(1.5e9));
  }

  @Test
  void encodingCostsAThirdOfTheEncodersShareOfTraining() {
    assertThat(TokenizerFlops.encode(DEFAULT)).isLessThan(TokenizerFlops.train(DEFAULT) / 6);
    assertThat(TokenizerFlops.encode(DEFAULT)).isGreaterThan(2 * 4 * 9L * 64 * 64 * 84 * 84);
  }
}
