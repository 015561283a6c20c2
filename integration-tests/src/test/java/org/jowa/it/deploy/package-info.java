/** What deploy/ holds, checked without a cluster: manifests, chart, images, scripts. */
package org.jowa.it.deploy;
