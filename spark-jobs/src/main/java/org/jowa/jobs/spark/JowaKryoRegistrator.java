package org.jowa.jobs.spark;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import java.io.Serializable;
import org.apache.spark.serializer.KryoRegistrator;

/**
 * Names to Kryo the few classes that tasks return. Everything of ours implements {@link
 * TaskResult}'s contract: small, {@link Serializable}, mostly a record, which Kryo's own field
 * serializer can't fill.
 */
public final class JowaKryoRegistrator implements KryoRegistrator {

  @Override
  public void registerClasses(Kryo kryo) {
    kryo.register(TaskResult.class, new JavaSerializer());
    kryo.register(TaskResult[].class);
    kryo.register(Object[].class);
  }
}
