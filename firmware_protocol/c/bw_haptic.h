/* Haptic patterns as a strength over time (spec.md, section 16.1). */
#ifndef BW_HAPTIC_H
#define BW_HAPTIC_H

#include <stdint.h>

#define BW_PATTERNS 3u
#define BW_STEPS 8u
#define BW_HAPTIC_LONGEST_US 30000000u

struct bw_step {
    uint8_t on_10ms;
    uint8_t off_10ms;
    uint8_t percent;
};

struct bw_steps {
    uint8_t count; /* 0: empty */
    struct bw_step steps[BW_STEPS];
};

struct bw_haptic {
    uint64_t start_us;
    uint8_t pattern; /* enum bw_pattern; 0: nothing is played */
    uint8_t strength;
    uint8_t times;
    uint8_t percent; /* what the motor was last told */
};

void bw_haptic_play(struct bw_haptic *haptic, uint8_t pattern, uint8_t strength, uint8_t times,
                    uint64_t now_us);
/* Strength now [%]; ends the pattern when it is over. */
uint8_t bw_haptic_percent(struct bw_haptic *haptic, const struct bw_steps patterns[BW_PATTERNS],
                          uint64_t now_us);

#endif
