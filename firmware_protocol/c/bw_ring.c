#include "bw_ring.h"

#include <string.h>

#include "backwatch_protocol.h"

static struct bw_block *block_at(const struct bw_ring *ring, uint32_t index)
{
    uint32_t place = ring->first + index;
    return &ring->blocks[place >= ring->capacity ? place - ring->capacity : place];
}

static uint32_t end_of(const struct bw_block *block)
{
    return block->sequence + block->count;
}

static uint64_t nominal_us(const struct bw_ring *ring, uint32_t samples)
{
    return (uint64_t)samples * 1000000000u / ring->rate_mhz;
}

int bw_ring_init(struct bw_ring *ring, void *memory, size_t size)
{
    size_t mistaken = (size_t)((uintptr_t)memory % sizeof(uint64_t));
    size_t skipped = mistaken == 0u ? 0u : sizeof(uint64_t) - mistaken;
    memset(ring, 0, sizeof *ring);
    if (memory == NULL || size < skipped + 2u * sizeof(struct bw_block)) {
        return -1;
    }
    size_t fitting = (size - skipped) / sizeof(struct bw_block);
    size_t largest = BW_WINDOW / BW_BLOCK_SAMPLES;
    ring->capacity = (uint32_t)(fitting > largest ? largest : fitting);
    ring->blocks = (struct bw_block *)(void *)((uint8_t *)memory + skipped);
    return 0;
}

void bw_ring_restart(struct bw_ring *ring, uint32_t rate_mhz, uint32_t sequence)
{
    ring->first = 0u;
    ring->used = 0u;
    ring->rate_mhz = rate_mhz;
    ring->start = sequence;
    ring->next = sequence;
    ring->acknowledged = sequence;
    ring->unsaved = 0u;
    ring->counted = 0u;
}

static void drop_oldest(struct bw_ring *ring)
{
    const struct bw_block *block = block_at(ring, 0u);
    uint32_t end = end_of(block);
    if (bw_before(ring->acknowledged, end)) {
        uint32_t from =
            bw_before(block->sequence, ring->acknowledged) ? ring->acknowledged : block->sequence;
        ring->overwritten += end - from;
        ring->unsaved -= end - from;
    }
    ring->start = end;
    ring->first = ring->first + 1u == ring->capacity ? 0u : ring->first + 1u;
    ring->used -= 1u;
}

void bw_ring_push(struct bw_ring *ring, const int16_t counts[BW_AXES], uint64_t device_us)
{
    uint8_t joined = 0u;
    int16_t late_us = 0;
    struct bw_block *block = NULL;
    if (ring->used > 0u && end_of(block_at(ring, ring->used - 1u)) == ring->next) {
        block = block_at(ring, ring->used - 1u);
        uint64_t due_us = block->device_us + nominal_us(ring, block->count);
        uint64_t off_us = device_us > due_us ? device_us - due_us : due_us - device_us;
        joined = off_us <= BW_LATE_MOST;
        if (joined && block->count < BW_BLOCK_SAMPLES) {
            late_us = (int16_t)(device_us > due_us ? (int32_t)off_us : -(int32_t)off_us);
        } else {
            block = NULL;
        }
    }
    if (block == NULL) {
        if (ring->used == ring->capacity) {
            drop_oldest(ring);
        }
        block = block_at(ring, ring->used);
        ring->used += 1u;
        block->device_us = device_us;
        block->sequence = ring->next;
        block->count = 0u;
        block->joined = joined;
    }
    struct bw_sample *sample = &block->samples[block->count];
    memcpy(sample->counts, counts, sizeof sample->counts);
    sample->late_us = late_us;
    block->count += 1u;
    ring->unsaved += 1u;
    ring->next += 1u;
    ring->counted += 1u;
    if (ring->next - ring->acknowledged > BW_WINDOW) {
        ring->acknowledged = ring->next - BW_WINDOW;
    }
    if (ring->next - ring->start > BW_WINDOW) {
        ring->start = ring->next - BW_WINDOW;
    }
}

void bw_ring_skip(struct bw_ring *ring, uint32_t count)
{
    ring->next += count;
    ring->counted += count;
    while (ring->used > 0u && ring->next - block_at(ring, 0u)->sequence > BW_WINDOW) {
        drop_oldest(ring);
    }
    if (ring->next - ring->start > BW_WINDOW) {
        ring->start = ring->next - BW_WINDOW;
    }
    if (ring->next - ring->acknowledged > BW_WINDOW) {
        ring->acknowledged = ring->next - BW_WINDOW;
    }
}

int bw_ring_knows(const struct bw_ring *ring, uint32_t sequence)
{
    uint32_t back = ring->next - sequence;
    return back >= 1u && back <= BW_WINDOW && back <= ring->counted;
}

int bw_ring_acknowledge(struct bw_ring *ring, uint32_t next)
{
    if (next != ring->next && !bw_ring_knows(ring, next)) {
        return -1;
    }
    if (!bw_before(ring->acknowledged, next)) {
        return 0;
    }
    ring->acknowledged = next;
    ring->unsaved = 0u;
    for (uint32_t i = ring->used; i > 0u; i--) {
        const struct bw_block *block = block_at(ring, i - 1u);
        if (!bw_before(next, end_of(block))) {
            break;
        }
        uint32_t from = bw_before(block->sequence, next) ? next : block->sequence;
        ring->unsaved += end_of(block) - from;
    }
    return 0;
}

uint32_t bw_ring_oldest(const struct bw_ring *ring)
{
    return ring->used > 0u ? block_at(ring, 0u)->sequence : ring->next;
}

/* Index of the last block that begins at or before `sequence`; the oldest block does. */
static uint32_t search(const struct bw_ring *ring, uint32_t sequence)
{
    uint32_t low = 0u, high = ring->used - 1u;
    while (low < high) {
        uint32_t middle = low + (high - low + 1u) / 2u;
        if (bw_before(sequence, block_at(ring, middle)->sequence)) {
            high = middle - 1u;
        } else {
            low = middle;
        }
    }
    return low;
}

static struct bw_stretch nothing(uint32_t sequence, uint32_t until, uint32_t end, uint8_t reason)
{
    struct bw_stretch gap = {NULL, 0u, (bw_before(until, end) ? until : end) - sequence, reason};
    return gap;
}

struct bw_stretch bw_ring_find(const struct bw_ring *ring, uint32_t sequence, uint32_t end)
{
    if (bw_before(sequence, ring->start)) {
        if (bw_before(sequence, ring->acknowledged)) {
            uint32_t until =
                bw_before(ring->acknowledged, ring->start) ? ring->acknowledged : ring->start;
            return nothing(sequence, until, end, BW_LOSS_REASON_ACKNOWLEDGED);
        }
        return nothing(sequence, ring->start, end, BW_LOSS_REASON_OVERWRITTEN);
    }
    uint32_t oldest = bw_ring_oldest(ring);
    if (bw_before(sequence, oldest) || ring->used == 0u) {
        return nothing(sequence, oldest, end, BW_LOSS_REASON_NEVER_SAMPLED);
    }
    uint32_t index = search(ring, sequence);
    const struct bw_block *block = block_at(ring, index);
    if (!bw_before(sequence, end_of(block))) {
        uint32_t until =
            index + 1u < ring->used ? block_at(ring, index + 1u)->sequence : ring->next;
        return nothing(sequence, until, end, BW_LOSS_REASON_NEVER_SAMPLED);
    }
    struct bw_stretch found = {block, sequence - block->sequence, end_of(block) - sequence, 0u};
    if (bw_before(end, end_of(block))) {
        found.count = end - sequence;
    }
    return found;
}

uint32_t bw_ring_copy(const struct bw_ring *ring, struct bw_stretch stretch, uint32_t most,
                      uint32_t end, uint8_t *bytes)
{
    uint32_t copied = 0u;
    while (stretch.block != NULL && copied < most) {
        uint32_t sequence = stretch.block->sequence + stretch.at;
        for (uint32_t i = 0u; i < stretch.count && copied < most; i++) {
            memcpy(bytes + copied * 2u * BW_AXES, stretch.block->samples[stretch.at + i].counts,
                   2u * BW_AXES);
            copied += 1u;
            sequence += 1u;
        }
        if (sequence == end) {
            break;
        }
        stretch = bw_ring_find(ring, sequence, end);
        if (stretch.block != NULL && stretch.at == 0u && !stretch.block->joined) {
            break;
        }
    }
    return copied;
}

uint64_t bw_ring_time(const struct bw_ring *ring, struct bw_stretch stretch)
{
    uint64_t due_us = stretch.block->device_us + nominal_us(ring, stretch.at);
    int16_t late_us = stretch.block->samples[stretch.at].late_us;
    return late_us < 0 ? due_us - (uint64_t)(-(int32_t)late_us) : due_us + (uint64_t)late_us;
}
