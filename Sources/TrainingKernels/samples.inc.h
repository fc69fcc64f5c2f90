// Shuffled minibatches: the order of an epoch, and samples into lanes.
// A Feistel cipher over the smallest power of two that holds count (Black & Rogaway 2002, "Ciphers with
// arbitrary finite domains"); what it maps past count is left out, which is a permutation again.
typedef struct {
  uint32_t *order;
  uint32_t count;
  const uint32_t *keys;
  int rightBits;
  uint32_t rightMask, leftMask;
} feistel;

// The values of `vectors` vectors from `first` on, side by side: what one waits for, the others do. Returns how many are
// written then.
INLINE uint32_t shuffle_vectors(int vectors, const feistel *f, uint32_t first, uint32_t written) {
  const u16 lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  u16 left[ORDER_VECTORS], right[ORDER_VECTORS];
  UNROLL for (int v = 0; v < vectors; v++) {
    u16 value = lane + (first + (uint32_t)v * POTLINE_LANES);
    left[v] = value >> f->rightBits;
    right[v] = value & f->rightMask;
  }
  // The halves change places, and with them their widths; after an even number of rounds they are back.
  UNROLL for (int r = 0; r < POTLINE_SHUFFLE_ROUNDS; r++) {
    UNROLL for (int v = 0; v < vectors; v++) {
      u16 h = (right[v] ^ f->keys[r]) * 0x9E3779B1u;
      h = (h ^ (h >> 15)) * 0x85EBCA77u;
      u16 mixed = left[v] ^ ((h >> 13) & (r % 2 == 0 ? f->leftMask : f->rightMask));
      left[v] = right[v];
      right[v] = mixed;
    }
  }
  UNROLL for (int v = 0; v < vectors; v++) {
    u16 value = (left[v] << f->rightBits) | right[v];
#ifdef COMPRESSES
    __mmask16 isInside = _mm512_cmplt_epu32_mask((__m512i)value, _mm512_set1_epi32((int)f->count));
    _mm512_storeu_si512(f->order + written, _mm512_maskz_compress_epi32(isInside, (__m512i)value));
    written += (uint32_t)__builtin_popcount(isInside);
#else
    uint32_t lanes[POTLINE_LANES] __attribute__((aligned(64)));
    *(u16 *)lanes = value;
    // Branch-free: the liveIndex of a value that is left out is written again.
    UNROLL for (int k = 0; k < POTLINE_LANES; k++) {
      f->order[written] = lanes[k];
      written += lanes[k] < f->count;
    }
#endif
  }
  return written;
}

static void shuffle(uint32_t *order, uint32_t count, const uint32_t keys[POTLINE_SHUFFLE_ROUNDS]) {
  REQUIRE(count <= 1u << 31);
  int bits = 4;
  while (bits < 32 && ((uint64_t)1 << bits) < count) bits++;
  const int rightBits = bits / 2, leftBits = bits - rightBits;
  const feistel f = {order, count, keys, rightBits, (1u << rightBits) - 1, (1u << leftBits) - 1};
  enum { AT_ONCE = ORDER_VECTORS * POTLINE_LANES };
  const uint64_t domain = (uint64_t)1 << bits;
  uint32_t written = 0;
  uint64_t first = 0;
  for (; first + AT_ONCE <= domain; first += AT_ONCE) {
    written = shuffle_vectors(ORDER_VECTORS, &f, (uint32_t)first, written);
  }
  for (; first < domain; first += POTLINE_LANES) written = shuffle_vectors(1, &f, (uint32_t)first, written);
}

// The same 4 features of samples r, r + 4, r + 8, r + 12 side by side.
INLINE v16 four_rows(const float *const *row, int column) {
  v4 p = *(const v4u *)(row[0] + column), q = *(const v4u *)(row[4] + column);
  v4 s = *(const v4u *)(row[8] + column), t = *(const v4u *)(row[12] + column);
  v8 low = SHUFFLE(p, q, 0, 1, 2, 3, 4, 5, 6, 7), high = SHUFFLE(s, t, 0, 1, 2, 3, 4, 5, 6, 7);
  return SHUFFLE(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

// 16 samples x 4 features -> 4 features x 16 lanes
INLINE void transpose_16x4(const float *const *row, int column, v16 *out) {
  v16 a[4], b[4];
  UNROLL for (int r = 0; r < 4; r++) a[r] = four_rows(row + r, column);
  UNROLL for (int r = 0; r < 4; r += 2) {
    b[r] = SHUFFLE(a[r], a[r + 1], 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29);
    b[r + 1] = SHUFFLE(a[r], a[r + 1], 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
  }
  UNROLL for (int k = 0; k < 2; k++) {
    out[2 * k] = SHUFFLE(b[k], b[k + 2], 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
    out[2 * k + 1] = SHUFFLE(b[k], b[k + 2], 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
  }
}

INLINE void transpose_columns(const float *const *row, int start, int features, float *out) {
  int f = 0;
  for (; f + 4 <= features; f += 4) transpose_16x4(row, start + f, (v16 *)(out + (ptrdiff_t)f * POTLINE_LANES));
  if (f == features) return;
  v16 lanes[4];
  transpose_16x4(row, start + f, lanes);
  for (int k = 0; f + k < features; k++) *(v16 *)(out + (ptrdiff_t)(f + k) * POTLINE_LANES) = lanes[k];
}

// Where the samples of a tile are; past `count` the zero row.
INLINE void sample_rows(const potline_samples *samples, const uint32_t *order, int count, int first,
                        const float *row[POTLINE_LANES]) {
  int isFull = first + POTLINE_LANES <= count;
  UNROLL for (int k = 0; k < POTLINE_LANES; k++) {
    int64_t sample = isFull || first + k < count ? (int64_t)order[first + k] : samples->count;
    row[k] = samples->rows + sample * samples->rowStride;
    __asm__("" : "+r"(row[k]));  // else the compiler computes the addresses in vectors, and takes them out again
  }
}

// Samples first ..< first + 16 of the batch into the lanes; past `count` the zero row.
INLINE void gather_tiles(const potline_network *n, const potline_samples *samples, const uint32_t *order, int count,
                         int first, int tiles, float *X, float *Y) {
  for (int t = 0; t < tiles; t++) {
    float *x = X + (ptrdiff_t)t * n->activationRows * POTLINE_LANES;
    float *y = Y + (ptrdiff_t)t * n->outputs * POTLINE_LANES;
    const float *row[POTLINE_LANES];
    sample_rows(samples, order, count, first + t * POTLINE_LANES, row);
    transpose_columns(row, 0, n->inputs, x);
    transpose_columns(row, samples->targetStart, n->outputs, y);
    *(v16 *)(x + (ptrdiff_t)n->inputs * POTLINE_LANES) = splat(1);
  }
}
