// What comes next is brought towards the cache meanwhile.

// Rows of the next batch that are yet to be brought towards the cache. A few a block of work: all at once they would
// fill the processor's buffers for lines under way, and the work would wait.
typedef struct {
  const float *rows;
  ptrdiff_t rowStride;
  const uint32_t *next;
  int count;
  int atOnce;
} upcoming;

INLINE upcoming upcoming_rows(const potline_samples *samples, const uint32_t *next, int count, int blocks) {
  return (upcoming){samples->rows, samples->rowStride, next, count, (count + blocks - 1) / blocks};
}

INLINE void prefetch_rows(upcoming *u) {
  for (int k = 0; k < u->atOnce && u->count > 0; k++) {
    const char *row = (const char *)(u->rows + *u->next * u->rowStride);
    __builtin_prefetch(row, 0, 1);
    __builtin_prefetch(row + 64, 0, 1);
    for (ptrdiff_t at = 128; at < u->rowStride * 4; at += 64) __builtin_prefetch(row + at, 0, 1);
    u->next++;
    u->count--;
  }
}
