package org.jowa.jobs.html;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class HtmlTest {
  @Test
  void textAndAttributesAreEscaped() {
    Html html = new Html().leaf("p", "a<b> & \"c\" 'd'\u0000", "title", "\" onload=\"x");

    assertThat(html.document())
        .isEqualTo(
            "<!doctype html>\n<p title=\"&quot; onload=&quot;x\">"
                + "a&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;</p>\n");
  }

  @Test
  void elementsWithoutContentHaveNoEnd() {
    assertThat(new Html().empty("img", "alt", "").empty("path", "d", "M0 0").document())
        .contains("<img alt=\"\"><path d=\"M0 0\"></path>");
  }

  @Test
  void anElementLeftOpenIsRefused() {
    assertThatThrownBy(() -> new Html().element("p").document())
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> new Html().add(html -> html.element("p")))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> new Html().element("p", "class"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
