#include "bw_host.h"

#include <stdlib.h>
#include <string.h>

#include "bw_core.h"

struct taken {
    int channel;
    uint32_t size;
    uint8_t bytes[BW_VALUE_MAXIMUM];
};

struct bw_host {
    struct bw_host_setup setup;
    struct bw_options options;
    struct bw_core core;
    void *memory;
    uint64_t now_us;
    uint32_t random;
    uint32_t room;
    uint32_t count;
    uint32_t capacity;
    struct taken *taken;
    uint8_t percent;
    int store_fails;
    uint32_t saved_size;
    uint8_t saved[BW_PARAMETERS_SIZE];
};

static uint64_t board_clock(void *user)
{
    return ((struct bw_host *)user)->now_us;
}

static int board_notify(void *user, enum bw_channel channel, const uint8_t *bytes, size_t size)
{
    struct bw_host *host = user;
    if (host->count == host->room || size > BW_VALUE_MAXIMUM) {
        return -1;
    }
    if (host->count == host->capacity) {
        uint32_t wanted = host->capacity == 0u ? 16u : 2u * host->capacity;
        struct taken *grown = realloc(host->taken, wanted * sizeof *grown);
        if (grown == NULL) {
            return -1;
        }
        host->taken = grown;
        host->capacity = wanted;
    }
    struct taken *taken = &host->taken[host->count];
    host->count += 1u;
    taken->channel = (int)channel;
    taken->size = (uint32_t)size;
    memcpy(taken->bytes, bytes, size);
    return 0;
}

static uint32_t board_random(void *user)
{
    struct bw_host *host = user;
    uint32_t drawn = host->random;
    uint32_t next = drawn; /* xorshift, so that a test can foresee it (Marsaglia 2003); 0 stays 0 */
    next ^= next << 13;
    next ^= next >> 17;
    next ^= next << 5;
    host->random = next;
    return drawn;
}

static void board_haptic(void *user, uint8_t percent)
{
    ((struct bw_host *)user)->percent = percent;
}

static int board_store(void *user, const uint8_t *bytes, size_t size)
{
    struct bw_host *host = user;
    if (host->store_fails || size > sizeof host->saved) {
        return -1;
    }
    memcpy(host->saved, bytes, size);
    host->saved_size = (uint32_t)size;
    return 0;
}

struct bw_host *bw_host_new(const struct bw_host_setup *setup, const uint8_t *saved, size_t size)
{
    struct bw_host *host = calloc(1u, sizeof *host);
    if (host == NULL || setup->rates > 8u || setup->acc_ranges > 8u || setup->gyr_ranges > 8u) {
        bw_host_free(host);
        return NULL;
    }
    host->setup = *setup;
    host->random = setup->boot_id;
    host->options.rates_mhz = host->setup.rates_mhz;
    host->options.acc_ranges_g = host->setup.acc_ranges_g;
    host->options.gyr_ranges_dps = host->setup.gyr_ranges_dps;
    host->options.rates = setup->rates;
    host->options.acc_ranges = setup->acc_ranges;
    host->options.gyr_ranges = setup->gyr_ranges;
    host->options.frame_samples = setup->frame_samples;
    host->options.capabilities = setup->capabilities;
    host->options.first_sequence = setup->first_sequence;
    struct bw_board board = {host,         board_clock,  board_notify,
                             board_random, board_haptic, board_store};
    host->memory = malloc(setup->memory);
    if (host->memory == NULL || bw_core_start(&host->core, &board, &host->options, host->memory,
                                              setup->memory, saved, size) != 0) {
        bw_host_free(host);
        return NULL;
    }
    if (saved != NULL && size <= sizeof host->saved) {
        memcpy(host->saved, saved, size);
        host->saved_size = (uint32_t)size;
    }
    return host;
}

void bw_host_free(struct bw_host *host)
{
    if (host != NULL) {
        free(host->memory);
        free(host->taken);
        free(host);
    }
}

void bw_host_set_clock(struct bw_host *host, uint64_t now_us)
{
    host->now_us = now_us;
}

void bw_host_set_store_fails(struct bw_host *host, int fails)
{
    host->store_fails = fails;
}

void bw_host_samples(struct bw_host *host, const int16_t *counts, const uint64_t *device_us,
                     uint32_t count)
{
    for (uint32_t i = 0u; i < count; i++) {
        bw_core_sample(&host->core, counts + BW_AXES * i, device_us[i]);
    }
}

void bw_host_skip(struct bw_host *host, uint32_t count)
{
    bw_core_skip(&host->core, count);
}

void bw_host_connected(struct bw_host *host, uint16_t mtu)
{
    bw_core_connected(&host->core, mtu);
}

void bw_host_mtu(struct bw_host *host, uint16_t mtu)
{
    bw_core_mtu(&host->core, mtu);
}

void bw_host_disconnected(struct bw_host *host)
{
    bw_core_disconnected(&host->core);
}

void bw_host_subscribed(struct bw_host *host, int channel, int on)
{
    bw_core_subscribed(&host->core, (enum bw_channel)channel, on);
}

uint8_t bw_host_write(struct bw_host *host, int channel, const uint8_t *bytes, size_t size)
{
    return bw_core_write(&host->core, (enum bw_channel)channel, bytes, size);
}

void bw_host_button(struct bw_host *host, int kind)
{
    bw_core_button(&host->core, (enum bw_event_kind)kind);
}

void bw_host_condition(struct bw_host *host, uint8_t flags, uint8_t battery_percent,
                       uint16_t battery_mv, uint8_t self_test)
{
    bw_core_condition(&host->core, flags, battery_percent, battery_mv, self_test);
}

uint32_t bw_host_poll(struct bw_host *host, uint32_t room)
{
    host->count = 0u;
    host->room = room;
    bw_core_poll(&host->core);
    return host->count;
}

const uint8_t *bw_host_taken(const struct bw_host *host, uint32_t index, int *channel,
                             uint32_t *size)
{
    const struct taken *taken = &host->taken[index];
    *channel = taken->channel;
    *size = taken->size;
    return taken->bytes;
}

void bw_host_config(const struct bw_host *host, uint8_t *bytes)
{
    bw_core_config(&host->core, bytes);
}

uint32_t bw_host_boot_id(const struct bw_host *host)
{
    return host->core.boot_id;
}

uint8_t bw_host_haptic(const struct bw_host *host)
{
    return host->percent;
}

const uint8_t *bw_host_saved(const struct bw_host *host, uint32_t *size)
{
    *size = host->saved_size;
    return host->saved_size == 0u ? NULL : host->saved;
}

uint32_t bw_host_statistics(const struct bw_host *host, uint32_t *values, uint32_t most)
{
    struct bw_statistics statistics = bw_core_statistics(&host->core);
    uint32_t members = (uint32_t)(sizeof statistics / sizeof(uint32_t));
    uint32_t count = members < most ? members : most;
    memcpy(values, &statistics, count * sizeof(uint32_t));
    return members;
}
