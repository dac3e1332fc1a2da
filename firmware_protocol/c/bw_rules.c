#include "bw_rules.h"

#include <string.h>

#include "backwatch_protocol.h"

#define UNIT 16384
#define PAUSE_US 1000000u  /* a longer pause in the samples breaks a posture; spec.md, 16.3 */
#define HOUR_US 3600000000u

/* CORDIC, vectoring mode (Volder 1959, doi:10.1109/TEC.1959.5222693); atan(2^-i) [1e-4 deg]. */
static const int32_t ARCS[] = {450000, 265651, 140362, 71250, 35763, 17899, 8952,
                               4476,   2238,   1119,   560,   280,   140,   70};

int32_t bw_atan2_ddeg(int32_t y, int32_t x)
{
    int64_t a = x, b = y, turned = 0;
    if (a == 0 && b == 0) {
        return 0;
    }
    if (a < 0) {
        turned = b < 0 ? -1800000 : 1800000;
        a = -a;
        b = -b;
    }
    while (a < (1 << 28) && b < (1 << 28) && b > -(1 << 28)) {
        a *= 2;
        b *= 2;
    }
    for (uint32_t i = 0u; i < sizeof ARCS / sizeof ARCS[0]; i++) {
        int64_t scale = (int64_t)1 << i;
        int64_t before = a;
        if (b > 0) {
            a += b / scale;
            b -= before / scale;
            turned += ARCS[i];
        } else {
            a -= b / scale;
            b += before / scale;
            turned -= ARCS[i];
        }
    }
    return (int32_t)((turned < 0 ? turned - 500 : turned + 500) / 1000);
}

uint32_t bw_sqrt(uint64_t square)
{
    uint64_t root = 0u;
    for (uint64_t bit = (uint64_t)1 << 31; bit != 0u; bit >>= 1) {
        uint64_t tried = root | bit;
        if (tried * tried <= square) {
            root = tried;
        }
    }
    return (uint32_t)root;
}

static int64_t dot(const int32_t a[3], const int16_t b[3])
{
    return (int64_t)a[0] * b[0] + (int64_t)a[1] * b[1] + (int64_t)a[2] * b[2];
}

int32_t bw_inclination_ddeg(const int32_t up[3], const struct bw_neutral *neutral)
{
    uint64_t square = 0u;
    for (uint32_t i = 0u; i < 3u; i++) {
        uint32_t j = (i + 1u) % 3u, k = (i + 2u) % 3u;
        int64_t cross =
            ((int64_t)up[j] * neutral->up[k] - (int64_t)up[k] * neutral->up[j]) / UNIT;
        square += (uint64_t)(cross * cross);
    }
    return bw_atan2_ddeg((int32_t)bw_sqrt(square), (int32_t)(dot(up, neutral->up) / UNIT));
}

int32_t bw_sagittal_ddeg(const int32_t up[3], const struct bw_neutral *neutral)
{
    return bw_atan2_ddeg((int32_t)(-dot(up, neutral->forward) / UNIT),
                         (int32_t)(dot(up, neutral->up) / UNIT));
}

static int is_unit(const int16_t v[3])
{
    int32_t square = (int32_t)v[0] * v[0] + (int32_t)v[1] * v[1] + (int32_t)v[2] * v[2];
    int32_t one = UNIT * UNIT;
    return square > one - one / 25 && square < one + one / 25; /* length within 2 % */
}

int bw_neutral_fault(const struct bw_neutral *neutral)
{
    int32_t forward[3] = {neutral->forward[0], neutral->forward[1], neutral->forward[2]};
    int64_t across = dot(forward, neutral->up);
    int64_t most = (int64_t)UNIT * UNIT / 20; /* sin 3 deg */
    if (!is_unit(neutral->up)) {
        return 1;
    }
    return !is_unit(neutral->forward) || across > most || across < -most ? 2 : 0;
}

static void normalise(const int32_t v[3], uint32_t length, int16_t unit[3])
{
    for (uint32_t i = 0u; i < 3u; i++) {
        unit[i] = (int16_t)((int64_t)v[i] * UNIT / (int64_t)length);
    }
}

static uint32_t length_of(const int32_t v[3])
{
    uint64_t square = 0u;
    for (uint32_t i = 0u; i < 3u; i++) {
        square += (uint64_t)((int64_t)v[i] * v[i]);
    }
    return bw_sqrt(square);
}

int bw_neutral_take(struct bw_neutral *neutral, const struct bw_watch *watch)
{
    struct bw_neutral taken;
    int32_t forward[3];
    uint32_t length = length_of(watch->up);
    if (!watch->started || length < 256u) {
        return -1;
    }
    normalise(watch->up, length, taken.up);
    for (uint32_t i = 0u; i < 3u; i++) {
        forward[i] = neutral->forward[i];
    }
    int64_t along = dot(forward, taken.up) / UNIT;
    for (uint32_t i = 0u; i < 3u; i++) {
        forward[i] -= (int32_t)(along * taken.up[i] / UNIT);
    }
    length = length_of(forward);
    if (length < UNIT / 4) {
        return -1;
    }
    normalise(forward, length, taken.forward);
    if (bw_neutral_fault(&taken) != 0) {
        return -1;
    }
    *neutral = taken;
    return 0;
}

void bw_watch_release(struct bw_watch *watch)
{
    for (uint32_t i = 0u; i < BW_RULES; i++) {
        watch->rules[i].above = 0u;
    }
}

void bw_watch_restart(struct bw_watch *watch, uint32_t rate_mhz)
{
    bw_watch_release(watch);
    watch->started = 0u;
    watch->wait = 0u;
    watch->every = rate_mhz >= 20000u ? rate_mhz / 10000u : 1u; /* 10 looks a second */
    watch->divisor = 1u;
    while (watch->divisor * 10000u < rate_mhz * 3u) { /* at least 0.3 s */
        watch->divisor *= 2u;
    }
}

int bw_watch_push(struct bw_watch *watch, const int16_t acc[3], uint64_t device_us)
{
    if (watch->started && device_us - watch->last_us > PAUSE_US) {
        watch->started = 0u;
        bw_watch_release(watch);
    }
    for (uint32_t i = 0u; i < 3u; i++) {
        int32_t now = (int32_t)acc[i] * 256;
        if (watch->started) {
            watch->up[i] += (now - watch->up[i]) / (int32_t)watch->divisor;
        } else {
            watch->up[i] = now;
        }
    }
    watch->started = 1u;
    watch->last_us = device_us;
    if (watch->wait > 0u) {
        watch->wait -= 1u;
        return 0;
    }
    watch->wait = watch->every - 1u;
    return 1;
}

static int allowed(const struct bw_rule_state *state, const struct bw_rule *rule, uint64_t now_us)
{
    if (!state->cued) {
        return 1;
    }
    if (now_us - state->cue_us < (uint64_t)rule->cooldown_s * 1000000u) {
        return 0;
    }
    return rule->most_per_hour == 0u || now_us - state->hour_us >= HOUR_US ||
           state->cues < rule->most_per_hour;
}

int bw_watch_rule(struct bw_watch *watch, const struct bw_neutral *neutral,
                  const struct bw_rule *rule, uint32_t index, uint64_t device_us, int free)
{
    struct bw_rule_state *state = &watch->rules[index];
    int on_return = (rule->flags & BW_RULE_FLAG_ON_RETURN) != 0;
    int due = 0;
    int32_t angle;
    if (rule->kind == BW_RULE_KIND_OFF) {
        return 0;
    }
    if (rule->kind == BW_RULE_KIND_INCLINATION) {
        angle = bw_inclination_ddeg(watch->up, neutral);
    } else {
        angle = bw_sagittal_ddeg(watch->up, neutral);
        angle = rule->kind == BW_RULE_KIND_BACKWARD ? -angle : angle;
    }
    if (!state->above && angle >= rule->on_ddeg) {
        state->above = 1u;
        state->since_us = device_us;
    }
    if (state->above) {
        int lasted = device_us - state->since_us >= (uint64_t)rule->dwell_100ms * 100000u;
        if (angle < rule->off_ddeg) {
            state->above = 0u;
            due = lasted && on_return;
        } else {
            due = lasted && !on_return;
        }
    }
    if (!due || !free || !allowed(state, rule, device_us)) {
        return 0;
    }
    if (!state->cued || device_us - state->hour_us >= HOUR_US) {
        state->hour_us = device_us;
        state->cues = 0u;
    }
    state->cued = 1u;
    state->cue_us = device_us;
    state->cues = state->cues < 255u ? (uint8_t)(state->cues + 1u) : 255u;
    return 1;
}
