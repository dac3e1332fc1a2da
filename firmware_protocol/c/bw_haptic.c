#include "bw_haptic.h"

void bw_haptic_play(struct bw_haptic *haptic, uint8_t pattern, uint8_t strength, uint8_t times,
                    uint64_t now_us)
{
    haptic->pattern = pattern;
    haptic->strength = strength;
    haptic->times = times;
    haptic->start_us = now_us;
}

uint8_t bw_haptic_percent(struct bw_haptic *haptic, const struct bw_steps patterns[BW_PATTERNS],
                          uint64_t now_us)
{
    if (haptic->pattern == 0u) {
        return 0u;
    }
    const struct bw_steps *played = &patterns[haptic->pattern - 1u];
    uint64_t gone_us = now_us - haptic->start_us;
    uint32_t round_us = 0u;
    for (uint32_t i = 0u; i < played->count; i++) {
        round_us += ((uint32_t)played->steps[i].on_10ms + played->steps[i].off_10ms) * 10000u;
    }
    if (round_us == 0u || gone_us >= BW_HAPTIC_LONGEST_US || gone_us / round_us >= haptic->times) {
        haptic->pattern = 0u;
        return 0u;
    }
    uint32_t at_us = (uint32_t)(gone_us % round_us);
    for (uint32_t i = 0u; i < played->count; i++) {
        uint32_t on_us = played->steps[i].on_10ms * 10000u;
        uint32_t off_us = played->steps[i].off_10ms * 10000u;
        if (at_us < on_us) {
            return (uint8_t)(played->steps[i].percent * haptic->strength / 100u);
        }
        if (at_us < on_us + off_us) {
            return 0u;
        }
        at_us -= on_us + off_us;
    }
    return 0u;
}
