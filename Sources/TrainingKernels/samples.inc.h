// Shuffled minibatches: the order of an epoch, and samples into lanes.
// A Feistel cipher over the smallest power of two that holds count (Black & Rogaway 2002, "Ciphers with
// arbitrary finite domains"); what it maps past count is left out, which is a permutation again.
static void shuffle(uint32_t *order, uint32_t count, const uint32_t keys[POTLINE_SHUFFLE_ROUNDS]) {
  int bits = 4;
  while (bits < 32 && ((uint64_t)1 << bits) < count) bits++;
  const int rightBits = bits / 2, leftBits = bits - rightBits;
  const uint32_t rightMask = (1u << rightBits) - 1, leftMask = (1u << leftBits) - 1;
  const u16 lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  uint32_t written = 0;
  for (uint64_t first = 0; first < (uint64_t)1 << bits; first += POTLINE_LANES) {
    u16 left = (lane + (uint32_t)first) >> rightBits, right = (lane + (uint32_t)first) & rightMask;
    // The halves change places, and with them their widths; after an even number of rounds they are back.
    UNROLL for (int r = 0; r < POTLINE_SHUFFLE_ROUNDS; r++) {
      u16 h = (right ^ keys[r]) * 0x9E3779B1u;
      h = (h ^ (h >> 15)) * 0x85EBCA77u;
      u16 mixed = left ^ ((h >> 13) & (r % 2 == 0 ? leftMask : rightMask));
      left = right;
      right = mixed;
    }
    u16 value = (left << rightBits) | right;
#ifdef COMPRESSES
    __mmask16 isInside = _mm512_cmplt_epu32_mask((__m512i)value, _mm512_set1_epi32((int)count));
    _mm512_storeu_si512(order + written, _mm512_maskz_compress_epi32(isInside, (__m512i)value));
    written += (uint32_t)__builtin_popcount(isInside);
#else
    uint32_t lanes[POTLINE_LANES] __attribute__((aligned(64)));
    *(u16 *)lanes = value;
    // Branch-free: the place of a value that is left out is written again.
    UNROLL for (int k = 0; k < POTLINE_LANES; k++) {
      order[written] = lanes[k];
      written += lanes[k] < count;
    }
#endif
  }
}

// 8 samples x 8 features -> 8 features x 8 lanes
INLINE void transpose_8x8(const float *const *row, int column, v8 *out) {
  v8 a[8], b[8];
  UNROLL for (int r = 0; r < 8; r++) a[r] = *(const v8u *)(row[r] + column);
  UNROLL for (int r = 0; r < 8; r += 2) {
    b[r] = SHUFFLE(a[r], a[r + 1], 0, 8, 1, 9, 4, 12, 5, 13);
    b[r + 1] = SHUFFLE(a[r], a[r + 1], 2, 10, 3, 11, 6, 14, 7, 15);
  }
  UNROLL for (int r = 0; r < 8; r += 4) {
    a[r] = SHUFFLE(b[r], b[r + 2], 0, 1, 8, 9, 4, 5, 12, 13);
    a[r + 1] = SHUFFLE(b[r], b[r + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    a[r + 2] = SHUFFLE(b[r + 1], b[r + 3], 0, 1, 8, 9, 4, 5, 12, 13);
    a[r + 3] = SHUFFLE(b[r + 1], b[r + 3], 2, 3, 10, 11, 6, 7, 14, 15);
  }
  UNROLL for (int r = 0; r < 4; r++) {
    out[r] = SHUFFLE(a[r], a[r + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    out[r + 4] = SHUFFLE(a[r], a[r + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  }
}

INLINE void transpose_columns(const float *const *row, int start, int features, float *out) {
  for (int f = 0; f < features; f += 8) {
    v8 lanes[8];
    transpose_8x8(row, start + f, lanes);
    int some = features - f < 8 ? features - f : 8;
    for (int k = 0; k < some; k++) *(v8 *)(out + (ptrdiff_t)(f + k) * POTLINE_LANES) = lanes[k];
  }
}

// Samples first ..< first + 16 tiles of the batch into the lanes; past `count` the zero row.
INLINE void gather_tiles(const potline_network *n, const potline_samples *samples, const uint32_t *order, int count,
                         int first, int tiles, float *X, float *Y) {
  for (int t = 0; t < tiles; t++) {
    float *x = X + (ptrdiff_t)t * n->activationRows * POTLINE_LANES;
    float *y = Y + (ptrdiff_t)t * n->outputs * POTLINE_LANES;
    for (int half = 0; half < POTLINE_LANES; half += 8) {
      const float *row[8];
      for (int k = 0; k < 8; k++) {
        int at = first + t * POTLINE_LANES + half + k;
        row[k] = samples->rows + (at < count ? (int64_t)order[at] : samples->count) * samples->rowStride;
      }
      transpose_columns(row, 0, n->inputs, x + half);
      transpose_columns(row, samples->targetStart, n->outputs, y + half);
    }
    *(v16 *)(x + (ptrdiff_t)n->inputs * POTLINE_LANES) = splat(1);
  }
}
