package org.jowa.it;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Classes of a package each of which depends on all others, directly or by way of them. */
final class Circles {
  private final Map<String, Set<String>> uses;
  private final Map<String, Set<String>> reached = new HashMap<>();

  private Circles(Map<String, Set<String>> uses) {
    this.uses = uses;
  }

  /**
   * @return the simple names of each circle's classes; nested classes count as the one around them,
   *     builders that are generated as their record
   */
  static List<Set<String>> of(JavaClasses classes) {
    Map<String, Set<String>> uses = new TreeMap<>();
    for (JavaClass source : classes) {
      for (Dependency dependency : source.getDirectDependenciesFromSelf()) {
        JavaClass target = dependency.getTargetClass();
        String from = outermost(source, classes);
        String to = outermost(target, classes);
        if (target.getPackageName().equals(source.getPackageName()) && !to.equals(from)) {
          uses.computeIfAbsent(from, name -> new TreeSet<>()).add(to);
        }
      }
    }
    return new Circles(uses).all();
  }

  private static String outermost(JavaClass type, JavaClasses classes) {
    String name = type.getName().replaceFirst("[$\\[].*", "");
    String built = name.replaceFirst("Builder$", "");
    return classes.contain(built) && classes.get(built).isRecord() ? built : name;
  }

  private List<Set<String>> all() {
    List<Set<String>> circles = new ArrayList<>();
    Set<String> done = new HashSet<>();
    for (String name : uses.keySet()) {
      if (!done.contains(name)) {
        Set<String> circle = new TreeSet<>();
        for (String other : reached(name)) {
          if (reached(other).contains(name)) {
            circle.add(other);
          }
        }
        done.addAll(circle);
        if (circle.size() > 1) {
          Set<String> simple = new TreeSet<>();
          circle.forEach(other -> simple.add(other.substring(other.lastIndexOf('.') + 1)));
          circles.add(simple);
        }
      }
    }
    return circles;
  }

  private Set<String> reached(String from) {
    return reached.computeIfAbsent(
        from,
        start -> {
          Set<String> found = new TreeSet<>();
          List<String> next = new ArrayList<>(uses.getOrDefault(start, Set.of()));
          while (!next.isEmpty()) {
            String name = next.remove(next.size() - 1);
            if (found.add(name)) {
              next.addAll(uses.getOrDefault(name, Set.of()));
            }
          }
          return found;
        });
  }
}
