/* The ring of samples: every sample since power-up until it is overwritten (spec.md, section 11). */
#ifndef BW_RING_H
#define BW_RING_H

#include <stddef.h>
#include <stdint.h>

#define BW_AXES 6u
#define BW_BLOCK_SAMPLES 16u
#define BW_WINDOW 0x40000000u  /* numbers further back than this are forgotten; spec.md, 11.2 */
#define BW_LATE_MOST 32000     /* us; a sample further off its nominal time begins a new block */

struct bw_sample {
    int16_t counts[BW_AXES];
    int16_t late_us; /* after the nominal time counted from the first of the block */
};

/* Samples that follow each other in sequence and, within BW_LATE_MOST, in time. */
struct bw_block {
    uint64_t device_us; /* of the first sample */
    uint32_t sequence;  /* of the first sample */
    uint8_t count;
    uint8_t joined; /* follows the block before without a gap in sequence or time */
    struct bw_sample samples[BW_BLOCK_SAMPLES];
};

struct bw_ring {
    struct bw_block *blocks;
    uint32_t capacity; /* blocks */
    uint32_t first;    /* index of the oldest block */
    uint32_t used;     /* blocks */
    uint32_t rate_mhz;
    uint32_t start;        /* numbers before this one have left the ring */
    uint32_t next;         /* number of the next sample */
    uint32_t acknowledged; /* a host has all before this one */
    uint32_t unsaved;      /* samples in the ring, not acknowledged */
    uint32_t overwritten;  /* samples, since power-up, never acknowledged */
    uint64_t counted;      /* numbers given since the run began, used or not */
};

/* What is found at a sequence number. */
struct bw_stretch {
    const struct bw_block *block; /* NULL: nothing is there, see reason */
    uint32_t at;                  /* index in the block */
    uint32_t count;               /* how many numbers from here on are alike */
    uint8_t reason;               /* enum bw_loss_reason, or 0 */
};

/* Is `a` before `b`, counting modulo 2^32? */
static inline int bw_before(uint32_t a, uint32_t b)
{
    return (uint32_t)(b - a) - 1u < 0x7fffffffu;
}

/* Lay the ring into `memory`. Returns 0, or -1 if not even two blocks fit. */
int bw_ring_init(struct bw_ring *ring, void *memory, size_t size);
/* Empty it and count from `sequence`; counters stay. */
void bw_ring_restart(struct bw_ring *ring, uint32_t rate_mhz, uint32_t sequence);
void bw_ring_push(struct bw_ring *ring, const int16_t counts[BW_AXES], uint64_t device_us);
/* `count` numbers, at most BW_WINDOW, that the motion sensor did not deliver. */
void bw_ring_skip(struct bw_ring *ring, uint32_t count);
/* Returns 0, or -1 if `next` is not a number given in this run or the one after the last. */
int bw_ring_acknowledge(struct bw_ring *ring, uint32_t next);
/* Number of the oldest sample; the next one if the ring is empty. */
uint32_t bw_ring_oldest(const struct bw_ring *ring);
/* Has `sequence` been given in this run, and not too long ago? */
int bw_ring_knows(const struct bw_ring *ring, uint32_t sequence);
/* What is at `sequence`, which is before `end`; `end` is at most the next number. */
struct bw_stretch bw_ring_find(const struct bw_ring *ring, uint32_t sequence, uint32_t end);
/* Copy up to `most` samples from a stretch on, across blocks that are joined, of 12 bytes each. */
uint32_t bw_ring_copy(const struct bw_ring *ring, struct bw_stretch stretch, uint32_t most,
                      uint32_t end, uint8_t *bytes);
/* When the sample of a stretch was taken. */
uint64_t bw_ring_time(const struct bw_ring *ring, struct bw_stretch stretch);

#endif
