/* Angles from the accelerometer, and the rules that watch them (spec.md, sections 16.2 and 16.3). */
#ifndef BW_RULES_H
#define BW_RULES_H

#include <stdint.h>

#define BW_RULES 4u

struct bw_rule {
    uint8_t kind; /* enum bw_rule_kind */
    uint16_t on_ddeg;
    uint16_t off_ddeg;
    uint16_t dwell_100ms;
    uint16_t cooldown_s;
    uint8_t most_per_hour;
    uint8_t pattern;
    uint8_t times;
    uint8_t flags;
};

/* Unit vectors in sensor axes [2^-14]. */
struct bw_neutral {
    int16_t up[3];
    int16_t forward[3];
};

struct bw_rule_state {
    uint64_t since_us;
    uint64_t cue_us;
    uint64_t hour_us;
    uint8_t above;
    uint8_t cued; /* cue_us and hour_us mean something */
    uint8_t cues; /* since hour_us */
};

struct bw_watch {
    struct bw_rule_state rules[BW_RULES];
    int32_t up[3]; /* low-passed specific force [LSB / 256] */
    uint64_t last_us;
    uint32_t divisor; /* of the low-pass: 2^k samples */
    uint32_t every;   /* samples between two looks */
    uint32_t wait;    /* samples until the next look */
    uint8_t started;
};

void bw_watch_restart(struct bw_watch *watch, uint32_t rate_mhz);
/* Forget that postures had begun; cool-downs stay. */
void bw_watch_release(struct bw_watch *watch);
/* Take a sample. Returns 1 if it is time to look at the rules. */
int bw_watch_push(struct bw_watch *watch, const int16_t acc[3], uint64_t device_us);
/* Is a cue due? `free` is 0 if none could be given now. */
int bw_watch_rule(struct bw_watch *watch, const struct bw_neutral *neutral,
                  const struct bw_rule *rule, uint32_t index, uint64_t device_us, int free);
/* What the vectors say [0.1 deg]. */
int32_t bw_inclination_ddeg(const int32_t up[3], const struct bw_neutral *neutral);
int32_t bw_sagittal_ddeg(const int32_t up[3], const struct bw_neutral *neutral);
/* 0 if sound; 1 if up is not a unit vector; 2 if forward is not, or not at right angles. */
int bw_neutral_fault(const struct bw_neutral *neutral);
/* The present direction of gravity as the neutral one. Returns 0, or -1 if that cannot be. */
int bw_neutral_take(struct bw_neutral *neutral, const struct bw_watch *watch);
/* atan2(y, x) [0.1 deg], -1800 to 1800, within 0.1 deg. */
int32_t bw_atan2_ddeg(int32_t y, int32_t x);
uint32_t bw_sqrt(uint64_t square);

#endif
