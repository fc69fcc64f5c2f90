// A prefetch cursor over the rows of the next batch. Each block of work prefetches a few: all of them together would fill
// the processor's line buffers, and the block's own loads would wait.
typedef struct {
  const float *rows;
  ptrdiff_t rowStride;
  const uint32_t *next;
  int count;
  int perBlock;
} prefetch_cursor;

INLINE prefetch_cursor prefetch_cursor_of(const potline_samples *samples, const uint32_t *next, int count, int blocks) {
  return (prefetch_cursor){samples->rows, samples->rowStride, next, count, (count + blocks - 1) / blocks};
}

INLINE void prefetch_next(prefetch_cursor *u) {
  for (int k = 0; k < u->perBlock && u->count > 0; k++) {
    const char *row = (const char *)(u->rows + *u->next * u->rowStride);
    __builtin_prefetch(row, 0, 1);
    __builtin_prefetch(row + 64, 0, 1);
    for (ptrdiff_t at = 128; at < u->rowStride * 4; at += 64) __builtin_prefetch(row + at, 0, 1);
    u->next++;
    u->count--;
  }
}
