/* The calls of the CUDA runtime that ranks on GPUs make: each tells what it was given. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int told(const char *call, const char *format, ...) {
  FILE *out = fopen(getenv("STAND_IN_CALLS"), "a");
  va_list arguments;
  va_start(arguments, format);
  fprintf(out, "%s ", call);
  vfprintf(out, format, arguments);
  fprintf(out, "\n");
  va_end(arguments);
  fclose(out);
  const char *fails = getenv("STAND_IN_FAILS");
  return fails != NULL && strcmp(fails, call) == 0;
}

/* cudaErrorIllegalAddress */
static int code(int failed) { return failed ? 700 : 0; }

const char *cudaGetErrorString(int error) { return error == 700 ? "illegal address" : "other"; }

int cudaSetDevice(int device) { return code(told("cudaSetDevice", "%d", device)); }

int cudaStreamCreateWithFlags(void **stream, unsigned flags) {
  *stream = (void *)0x51;
  return code(told("cudaStreamCreateWithFlags", "%u", flags));
}

int cudaStreamDestroy(void *stream) { return code(told("cudaStreamDestroy", "%p", stream)); }

int cudaEventCreateWithFlags(void **event, unsigned flags) {
  *event = (void *)0xe1;
  return code(told("cudaEventCreateWithFlags", "%u", flags));
}

int cudaEventDestroy(void *event) { return code(told("cudaEventDestroy", "%p", event)); }

int cudaEventRecord(void *event, void *stream) {
  return code(told("cudaEventRecord", "%p %p", event, stream));
}

int cudaStreamWaitEvent(void *stream, void *event, unsigned flags) {
  return code(told("cudaStreamWaitEvent", "%p %p %u", stream, event, flags));
}

/* cudaErrorNotReady the first time */
int cudaEventQuery(void *event) {
  static int asked;
  int failed = told("cudaEventQuery", "%p", event);
  return failed ? 700 : asked++ == 0 ? 600 : 0;
}
