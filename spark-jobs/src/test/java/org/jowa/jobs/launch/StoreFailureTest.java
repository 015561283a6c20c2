package org.jowa.jobs.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.core.JsonParseException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.net.ConnectTimeoutException;
import org.apache.hadoop.security.AccessControlException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.storage.Storage;
import org.jowa.error.FailureKind;
import org.jowa.error.InvalidInputException;
import org.jowa.model.checkpoint.CheckpointStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a rank makes of a store that fails, whatever class the store's errors are of. */
class StoreFailureTest {
  @TempDir private Path folder;

  @AfterEach
  void mendTheStore() {
    FailingStore.failWith(() -> null);
  }

  /** As object stores' connectors have it: a class that we have never heard of. */
  private static final class AwsLikeClientIOException extends IOException {
    private static final long serialVersionUID = 1L;

    AwsLikeClientIOException(Throwable cause) {
      super("getFileStatus on s3a://bucket/run: Unable to execute HTTP request", cause);
    }
  }

  /** As ABFS's AbfsRestOperationException, which tells the HTTP status in its text alone. */
  private static final class AbfsLikeRestOperationException extends IOException {
    private static final long serialVersionUID = 1L;

    AbfsLikeRestOperationException(int status, String error) {
      super(
          "Operation failed: \"%s\", %s, HEAD, https://account.dfs.core.windows.net/files/run"
              .formatted(error, Integer.toString(status)));
    }
  }

  static Stream<Throwable> failuresOfStores() {
    return Stream.of(
        new ConnectException("Connection refused"),
        new ConnectTimeoutException("20000 millis timeout while waiting for channel"),
        new SocketTimeoutException("Read timed out"),
        new AwsLikeClientIOException(new IllegalStateException("acquire timeout")),
        new IOException("Error accessing gs://bucket/run"),
        new AbfsLikeRestOperationException(503, "The server is busy."),
        new IOException(
            new AbfsLikeRestOperationException(500, "Operation could not be completed")),
        new RuntimeException("Unable to execute HTTP request", new IOException("reset")),
        new UncheckedIOException(new SocketTimeoutException("Read timed out")));
  }

  static Stream<Throwable> mistakesOfUsers() {
    return Stream.of(
        new FileNotFoundException("no such key"),
        new AccessControlException("Permission denied: user=jo"),
        new AccessDeniedException("s3a://bucket/run", null, "Forbidden"),
        // What ABFS makes of 403 and 404.
        new AccessDeniedException("This request is not authorized to perform this operation"),
        new FileNotFoundException("The specified path does not exist."));
  }

  @ParameterizedTest
  @MethodSource("failuresOfStores")
  void aStoreThatFailsMayBeThereAgainLater(Throwable failure) throws IOException {
    for (ThrowingCallable use : uses()) {
      FailingStore.failWith(() -> failure);
      Throwable thrown = catchThrowable(use);
      assertThat(thrown).isNotNull();
      assertThat(kind(thrown)).as("%s", thrown).isEqualTo(FailureKind.STORE);
      assertThat(kind(new InvalidInputException("Can't begin", thrown)))
          .isEqualTo(FailureKind.STORE);
    }
  }

  @ParameterizedTest
  @MethodSource("mistakesOfUsers")
  void aMistakeOfTheUsersEndsTheRun(Throwable failure) throws IOException {
    Storage storage = storage();
    FailingStore.failWith(() -> failure);
    assertThat(kind(catchThrowable(() -> storage.read("file")))).isEqualTo(FailureKind.INPUT);
  }

  @Test
  void contentsThatAreWrongAndInterruptionsAreNoFailureOfAStore() {
    IOException json = new JsonParseException(null, "Unexpected character");
    assertThat(kind(new InvalidInputException("Can't read state.json", json)))
        .isEqualTo(FailureKind.INPUT);
    assertThat(kind(new InvalidInputException("Can't read shard", new IOException("short batch"))))
        .isEqualTo(FailureKind.INPUT);
    Throwable interrupted = new UncheckedIOException(new ClosedByInterruptException());
    assertThat(RankFailure.of(0, interrupted, List.of()).origin())
        .isEqualTo(RankFailure.Origin.NEWS);
    assertThat(kind(new IllegalStateException("ours"))).isEqualTo(FailureKind.FAULT);
  }

  /** The ways in which ranks use stores. */
  private List<ThrowingCallable> uses() throws IOException {
    Storage storage = storage();
    String uri = storage.uri().toString();
    return List.of(
        () -> storage.read("file"),
        () -> storage.exists("file"),
        storage::list,
        () -> storage.openChannel("file"),
        () -> Dataset.open(uri, FailingStore.configuration()),
        () -> CheckpointStore.open(uri, FailingStore.configuration()).newest(),
        () -> CheckpointStore.read(uri + "/step-00000003", FailingStore.configuration()));
  }

  private Storage storage() throws IOException {
    Files.createDirectories(folder.resolve("step-00000003"));
    Files.writeString(folder.resolve("file"), "text");
    Files.writeString(folder.resolve("manifest.json"), "{}");
    return Storage.at("failing://host" + folder, FailingStore.configuration());
  }

  private static FailureKind kind(Throwable thrown) {
    return RankFailure.of(0, thrown, List.of()).kind();
  }
}
