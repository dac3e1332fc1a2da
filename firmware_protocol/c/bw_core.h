/* A Backwatch device without its hardware: samples and writes in, notifications out.
 *
 * No heap, no operating system, no floating point. Not reentrant: call it from one context, or
 * lock around it. What it does is in spec.md; how to put it on a board is in README.md.
 */
#ifndef BW_CORE_H
#define BW_CORE_H

#include <stddef.h>
#include <stdint.h>

#include "backwatch_protocol.h"
#include "bw_haptic.h"
#include "bw_ring.h"
#include "bw_rules.h"

#ifdef __cplusplus
extern "C" {
#endif

enum bw_channel { BW_IMU, BW_CONTROL, BW_EVENTS, BW_BACKFILL, BW_CHANNELS };

/* What the host's write is answered with (ATT error codes; Bluetooth Core 5.4, Vol 3, F, 3.4.1.1). */
enum bw_att {
    BW_ATT_OK = 0x00,
    BW_ATT_NOT_PERMITTED = 0x03,
    BW_ATT_LENGTH = 0x0d,
    BW_ATT_BUSY = 0x80,
    BW_ATT_UNSUBSCRIBED = 0xfd
};

/* What a board must provide; each is given `user`. */
struct bw_board {
    void *user;
    /* Microseconds since power-up; never backwards; the clock that samples are stamped with. */
    uint64_t (*clock_us)(void *user);
    /* Notify. Returns 0 if the stack took it; anything else: no room now, ask again later. */
    int (*notify)(void *user, enum bw_channel channel, const uint8_t *bytes, size_t size);
    /* 32 bits from a hardware source, different after each power-up. */
    uint32_t (*random)(void *user);
    /* Drive the motor, 0 to 100 %. Called only when that changes. */
    void (*haptic)(void *user, uint8_t percent);
    /* Keep these bytes over a restart. Returns 0 if that was done. May take long. */
    int (*store)(void *user, const uint8_t *bytes, size_t size);
};

/* What kind of device this is. Arrays must outlive the core; the first of each is the default. */
struct bw_options {
    const uint32_t *rates_mhz;
    const uint16_t *acc_ranges_g;
    const uint16_t *gyr_ranges_dps;
    uint8_t rates;
    uint8_t acc_ranges;
    uint8_t gyr_ranges;
    uint8_t frame_samples;   /* in a live frame, unless the host says otherwise; at least 1 */
    uint16_t capabilities;   /* enum bw_capability */
    uint32_t first_sequence; /* 0; anything else only to test the wrap-around */
};

/* What survives a restart. */
struct bw_parameters {
    uint32_t rate_mhz;
    uint16_t acc_range_g;
    uint16_t gyr_range_dps;
    struct bw_neutral neutral;
    struct bw_rule rules[BW_RULES];
    struct bw_steps patterns[BW_PATTERNS];
};
#define BW_PARAMETERS_SIZE 150u /* bytes given to `store` */

#define BW_REPLIES 4u
#define BW_EVENTS_KEPT 16u

struct bw_reply {
    uint64_t received_us;
    uint32_t detail; /* or the token */
    uint8_t type;    /* of the reply */
    uint8_t id;
    uint8_t command;
    uint8_t status;
};

struct bw_kept_event {
    uint64_t device_us;
    uint32_t boot_id;
    uint8_t kind;
    uint8_t value;
};

/* Where compact frames stand on one characteristic. */
struct bw_compact {
    uint32_t next;
    uint8_t since; /* compact frames after the anchor */
    uint8_t anchored;
};

struct bw_backfill_state {
    uint32_t boot_id;
    uint32_t cursor;
    uint32_t end;
    uint8_t id;
    uint8_t active;
};

/* Counters since power-up. */
struct bw_statistics {
    uint32_t samples;
    uint32_t frames;          /* IMU frames sent live */
    uint32_t compact_frames;  /* compact frames sent live */
    uint32_t backfilled;      /* samples sent again */
    uint32_t skipped;         /* samples passed over live */
    uint32_t overwritten;
    uint32_t never_sampled;
    uint32_t notifications;
    uint32_t refused_notifications;
    uint32_t refused_commands;
    uint32_t lost_events;
    uint32_t cues;
};

/* Everything the device remembers. Treat as private, except `parameters` and `run`. */
struct bw_core {
    struct bw_board board;
    struct bw_options options;
    struct bw_parameters parameters;
    uint32_t run; /* changes when rate or ranges do: set the motion sensor anew */
    uint32_t boot_id;
    struct bw_ring ring;
    struct bw_watch watch;
    struct bw_haptic haptic;
    struct bw_statistics statistics;

    uint16_t mtu;
    uint8_t connected;
    uint8_t greeted;
    uint8_t subscribed[BW_CHANNELS];
    uint8_t mode;    /* enum bw_stream_mode */
    uint8_t samples; /* wanted by the host; 0: as options say */
    uint32_t live;   /* number of the next sample to send live */
    struct bw_compact compact[2]; /* live, back-fill */
    struct bw_backfill_state backfill;

    struct bw_reply replies[BW_REPLIES];
    uint8_t first_reply;
    uint8_t waiting_replies;

    struct bw_kept_event events[BW_EVENTS_KEPT];
    uint8_t first_event;
    uint8_t kept_events;
    uint8_t sent_events; /* of those kept */
    uint16_t next_event;

    uint64_t muted_until_us;
    uint8_t session;
    uint8_t board_flags;
    uint8_t battery_percent;
    uint16_t battery_mv;
    uint8_t self_test;
    uint64_t told_us; /* when the condition was last told */
    uint8_t told;
    uint8_t told_flags;
    uint8_t told_percent;
    uint8_t told_self_test;

    uint8_t scratch[BW_VALUE_MAXIMUM];
};

/* Power-up. `saved` is what `store` was last given, or NULL. Returns 0, or -1 if `memory` is
 * too small (it holds 16 samples in 240 bytes, and needs 480) or an option is missing. */
int bw_core_start(struct bw_core *core, const struct bw_board *board,
                  const struct bw_options *options, void *memory, size_t size,
                  const uint8_t *saved, size_t saved_size);

/* A sample: accelerometer xyz, gyroscope xyz, taken at `device_us`. */
void bw_core_sample(struct bw_core *core, const int16_t counts[BW_AXES], uint64_t device_us);
/* The motion sensor lost `count` samples, at most 2^30. */
void bw_core_skip(struct bw_core *core, uint32_t count);

void bw_core_connected(struct bw_core *core, uint16_t mtu);
void bw_core_mtu(struct bw_core *core, uint16_t mtu);
void bw_core_disconnected(struct bw_core *core);
void bw_core_subscribed(struct bw_core *core, enum bw_channel channel, int on);
/* A write by the host. Returns the enum bw_att to answer it with. */
uint8_t bw_core_write(struct bw_core *core, enum bw_channel channel, const uint8_t *bytes,
                      size_t size);
/* The value of the config characteristic. */
void bw_core_config(const struct bw_core *core, uint8_t bytes[sizeof(struct bw_sensor_config)]);

/* Do what is due: call after the above, when the stack has room again, and every 10 ms or so. */
void bw_core_poll(struct bw_core *core);

/* MARK, REZERO, MUTE or SESSION. */
void bw_core_button(struct bw_core *core, enum bw_event_kind kind);
/* `flags`: CHARGING, WEAR_KNOWN, WORN of enum bw_condition_flag; `self_test`: enum bw_fault. */
void bw_core_condition(struct bw_core *core, uint8_t flags, uint8_t battery_percent,
                       uint16_t battery_mv, uint8_t self_test);
/* Counters, those of the ring included. */
struct bw_statistics bw_core_statistics(const struct bw_core *core);

#ifdef __cplusplus
}
#endif

#endif
