/* A board that is a program: flat functions that another language can call, and a clock, a radio
 * and a memory that do as they are told. It uses the heap; the core does not. */
#ifndef BW_HOST_H
#define BW_HOST_H

#include <stddef.h>
#include <stdint.h>

struct bw_host;

struct bw_host_setup {
    uint32_t memory; /* bytes of ring */
    uint32_t rates_mhz[8];
    uint16_t acc_ranges_g[8];
    uint16_t gyr_ranges_dps[8];
    uint8_t rates;
    uint8_t acc_ranges;
    uint8_t gyr_ranges;
    uint8_t frame_samples;
    uint16_t capabilities;
    uint32_t first_sequence;
    uint32_t boot_id; /* the first; those of later runs follow from it */
};

/* Power-up with what was stored, or NULL. NULL if the setup does not hold. */
struct bw_host *bw_host_new(const struct bw_host_setup *setup, const uint8_t *saved, size_t size);
void bw_host_free(struct bw_host *host);
void bw_host_set_clock(struct bw_host *host, uint64_t now_us);
void bw_host_set_store_fails(struct bw_host *host, int fails);
/* `count` samples of six counts, and their times. */
void bw_host_samples(struct bw_host *host, const int16_t *counts, const uint64_t *device_us,
                     uint32_t count);
void bw_host_skip(struct bw_host *host, uint32_t count);
void bw_host_connected(struct bw_host *host, uint16_t mtu);
void bw_host_mtu(struct bw_host *host, uint16_t mtu);
void bw_host_disconnected(struct bw_host *host);
void bw_host_subscribed(struct bw_host *host, int channel, int on);
uint8_t bw_host_write(struct bw_host *host, int channel, const uint8_t *bytes, size_t size);
void bw_host_button(struct bw_host *host, int kind);
void bw_host_condition(struct bw_host *host, uint8_t flags, uint8_t battery_percent,
                       uint16_t battery_mv, uint8_t self_test);
/* Poll where the radio takes at most `room` notifications. Returns how many it took. */
uint32_t bw_host_poll(struct bw_host *host, uint32_t room);
/* One that the last poll took. Valid until the next poll. */
const uint8_t *bw_host_taken(const struct bw_host *host, uint32_t index, int *channel,
                             uint32_t *size);
/* Bytes of the config characteristic, 17. */
void bw_host_config(const struct bw_host *host, uint8_t *bytes);
uint32_t bw_host_boot_id(const struct bw_host *host);
uint8_t bw_host_haptic(const struct bw_host *host);
/* What was last stored, of `size` bytes; NULL if nothing. */
const uint8_t *bw_host_saved(const struct bw_host *host, uint32_t *size);
/* The members of struct bw_statistics, in order. Returns how many. */
uint32_t bw_host_statistics(const struct bw_host *host, uint32_t *values, uint32_t most);

#endif
