package org.jowa.data.storage;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.zip.ZipException;
import org.apache.hadoop.fs.ChecksumException;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.ParentNotDirectoryException;
import org.apache.hadoop.fs.UnsupportedFileSystemException;
import org.apache.hadoop.ipc.RemoteException;
import org.apache.hadoop.security.AccessControlException;
import org.jowa.error.InvalidInputException;
import org.jowa.error.ReportedException;
import org.jowa.error.StoreException;

/** Tells failures of file systems from facts about files, by the classes of what they throw. */
public final class StoreFailures {
  private StoreFailures() {}

  /**
   * The error to throw where a file system failed.
   *
   * @param message one line: what, where, value found, what to do
   * @return a {@code StoreException} unless the cause is a fact about the file or the user's rights
   */
  public static ReportedException of(String message, IOException cause) {
    return isFact(cause) || isInterruption(cause)
        ? new InvalidInputException(message, cause)
        : new StoreException(message, cause);
  }

  /**
   * Goes on where an exception that came up while contents were read tells of the contents.
   *
   * @param name of what was read
   * @throws StoreException where it tells of the store
   */
  public static void throwIfStores(Object name, Exception e) {
    if (e instanceof IOException io && !(io instanceof EOFException) && isBehind(io)) {
      throw new StoreException("Cannot read " + name + ": " + io.getMessage(), io);
    }
  }

  /**
   * Whether a failure, whatever it is wrapped in, comes from a store that failed. The class of each
   * {@link IOException} among its causes decides: every class is taken for a store's, those of file
   * systems that we don't know too, but those that tell a fact about a file or its contents. Where
   * a reader of ours found contents wrong and says so in an {@link InvalidInputException}, a bare
   * {@code IOException} is how its library told it.
   */
  public static boolean isBehind(Throwable failure) {
    Throwable around = null;
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof StoreException) {
        return true;
      }
      if (t instanceof IOException io) {
        if (isFact(io) || isInterruption(io)) {
          return false;
        }
        if (!isBare(io) || !(around instanceof InvalidInputException)) {
          return true;
        }
      }
      around = t;
    }
    return false;
  }

  private static boolean isBare(IOException e) {
    return e.getClass() == IOException.class || e.getClass() == EOFException.class;
  }

  private static boolean isInterruption(IOException e) {
    return e instanceof ClosedByInterruptException
        || (e instanceof InterruptedIOException && !(e instanceof SocketTimeoutException));
  }

  /** Something about the file, its contents or the user's rights, which time doesn't mend. */
  private static boolean isFact(IOException e) {
    if (e instanceof RemoteException remote) {
      IOException told =
          remote.unwrapRemoteException(FileNotFoundException.class, AccessControlException.class);
      return told != remote && isFact(told);
    }
    return e instanceof FileNotFoundException
        || e instanceof NoSuchFileException
        || e instanceof AccessDeniedException
        || e instanceof AccessControlException
        || e instanceof NotDirectoryException
        || e instanceof ParentNotDirectoryException
        || e instanceof FileAlreadyExistsException
        || e instanceof java.nio.file.FileAlreadyExistsException
        || e instanceof UnsupportedFileSystemException
        || e instanceof ChecksumException
        || e instanceof CharacterCodingException
        || e instanceof ZipException
        || e instanceof JsonProcessingException;
  }
}
