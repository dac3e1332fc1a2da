#include "bw_core.h"

#include <string.h>

#define FLUSH_US 250000u        /* a live frame waits no longer; spec.md, 11.3 */
#define BACKLOG_S 2u            /* more than this waiting live is passed over; spec.md, 11.3 */
#define ANCHOR_EVERY 64u        /* compact frames; spec.md, 6.4 */
#define TELL_US 10000000u       /* the condition at least so often; spec.md, 14 */
#define BUTTON_MUTE_US 900000000u /* 15 min; spec.md, 14 */
#define BACKFILL_BURST 8u       /* messages in one poll, so that live frames get their turn */
#define PARAMETERS_VERSION 1u
#define KNOWN_BY_BOARD \
    (BW_CONDITION_FLAG_CHARGING | BW_CONDITION_FLAG_WEAR_KNOWN | BW_CONDITION_FLAG_WORN)

BW_STATIC_ASSERT(BW_LATE_MOST <= 32767, "lateness fits the sample");

/* ---- bytes ---------------------------------------------------------------------------------- */

static uint8_t *put16(uint8_t *to, uint16_t value)
{
    memcpy(to, &value, sizeof value);
    return to + sizeof value;
}

static uint16_t get16(const uint8_t *from)
{
    uint16_t value;
    memcpy(&value, from, sizeof value);
    return value;
}

static int16_t get_signed16(const uint8_t *from)
{
    int16_t value;
    memcpy(&value, from, sizeof value);
    return value;
}

static uint32_t get32(const uint8_t *from)
{
    uint32_t value;
    memcpy(&value, from, sizeof value);
    return value;
}

static uint16_t up_to_16(uint32_t value)
{
    return (uint16_t)(value > 0xffffu ? 0xffffu : value);
}

/* ---- parameters ----------------------------------------------------------------------------- */

static void defaults(struct bw_parameters *parameters, const struct bw_options *options)
{
    static const struct bw_neutral AS_MARKED = {{16384, 0, 0}, {0, 0, -16384}};
    memset(parameters, 0, sizeof *parameters);
    parameters->rate_mhz = options->rates_mhz[0];
    parameters->acc_range_g = options->acc_ranges_g[0];
    parameters->gyr_range_dps = options->gyr_ranges_dps[0];
    parameters->neutral = AS_MARKED;
    struct bw_steps *event = &parameters->patterns[BW_PATTERN_EVENT - 1];
    event->count = 1u;
    event->steps[0].on_10ms = 15u;
    event->steps[0].percent = 80u;
    struct bw_steps *posture = &parameters->patterns[BW_PATTERN_POSTURE - 1];
    posture->count = 2u;
    for (uint32_t i = 0u; i < 2u; i++) {
        posture->steps[i].on_10ms = 40u;
        posture->steps[i].off_10ms = 30u;
        posture->steps[i].percent = 100u;
    }
}

static void pack_parameters(const struct bw_parameters *p, uint8_t bytes[BW_PARAMETERS_SIZE])
{
    uint8_t *to = bytes;
    *to++ = PARAMETERS_VERSION;
    memcpy(to, &p->rate_mhz, sizeof p->rate_mhz);
    to += sizeof p->rate_mhz;
    to = put16(to, p->acc_range_g);
    to = put16(to, p->gyr_range_dps);
    memcpy(to, p->neutral.up, sizeof p->neutral.up);
    to += sizeof p->neutral.up;
    memcpy(to, p->neutral.forward, sizeof p->neutral.forward);
    to += sizeof p->neutral.forward;
    for (uint32_t i = 0u; i < BW_RULES; i++) {
        const struct bw_rule *rule = &p->rules[i];
        *to++ = rule->kind;
        to = put16(to, rule->on_ddeg);
        to = put16(to, rule->off_ddeg);
        to = put16(to, rule->dwell_100ms);
        to = put16(to, rule->cooldown_s);
        *to++ = rule->most_per_hour;
        *to++ = rule->pattern;
        *to++ = rule->times;
        *to++ = rule->flags;
    }
    for (uint32_t i = 0u; i < BW_PATTERNS; i++) {
        *to++ = p->patterns[i].count;
        for (uint32_t j = 0u; j < BW_STEPS; j++) {
            *to++ = p->patterns[i].steps[j].on_10ms;
            *to++ = p->patterns[i].steps[j].off_10ms;
            *to++ = p->patterns[i].steps[j].percent;
        }
    }
    put16(to, bw_crc16(bytes, (size_t)(to - bytes)));
}

static int has32(const uint32_t *values, uint8_t count, uint32_t value)
{
    for (uint8_t i = 0u; i < count; i++) {
        if (values[i] == value) {
            return 1;
        }
    }
    return 0;
}

static int has16(const uint16_t *values, uint8_t count, uint16_t value)
{
    for (uint8_t i = 0u; i < count; i++) {
        if (values[i] == value) {
            return 1;
        }
    }
    return 0;
}

/* Returns 0, or -1 and leaves `p` half filled. */
static int unpack_parameters(struct bw_parameters *p, const struct bw_options *options,
                             const uint8_t *bytes, size_t size)
{
    if (bytes == NULL || size != BW_PARAMETERS_SIZE || bytes[0] != PARAMETERS_VERSION ||
        get16(bytes + size - 2u) != bw_crc16(bytes, size - 2u)) {
        return -1;
    }
    const uint8_t *from = bytes + 1;
    p->rate_mhz = get32(from);
    p->acc_range_g = get16(from + 4);
    p->gyr_range_dps = get16(from + 6);
    memcpy(p->neutral.up, from + 8, sizeof p->neutral.up);
    memcpy(p->neutral.forward, from + 14, sizeof p->neutral.forward);
    from += 20;
    if (!has32(options->rates_mhz, options->rates, p->rate_mhz) ||
        !has16(options->acc_ranges_g, options->acc_ranges, p->acc_range_g) ||
        !has16(options->gyr_ranges_dps, options->gyr_ranges, p->gyr_range_dps) ||
        bw_neutral_fault(&p->neutral) != 0) {
        return -1;
    }
    for (uint32_t i = 0u; i < BW_RULES; i++, from += 13) {
        struct bw_rule *rule = &p->rules[i];
        rule->kind = from[0];
        rule->on_ddeg = get16(from + 1);
        rule->off_ddeg = get16(from + 3);
        rule->dwell_100ms = get16(from + 5);
        rule->cooldown_s = get16(from + 7);
        rule->most_per_hour = from[9];
        rule->pattern = from[10];
        rule->times = from[11];
        rule->flags = from[12];
        if (rule->kind != BW_RULE_KIND_OFF &&
            (rule->kind > BW_RULE_KIND_BACKWARD || rule->pattern < 1u ||
             rule->pattern > BW_PATTERNS)) {
            return -1;
        }
    }
    for (uint32_t i = 0u; i < BW_PATTERNS; i++) {
        p->patterns[i].count = *from++;
        if (p->patterns[i].count > BW_STEPS) {
            return -1;
        }
        for (uint32_t j = 0u; j < BW_STEPS; j++, from += 3) {
            p->patterns[i].steps[j].on_10ms = from[0];
            p->patterns[i].steps[j].off_10ms = from[1];
            p->patterns[i].steps[j].percent = from[2];
        }
    }
    return 0;
}

static uint8_t keep(struct bw_core *core, const struct bw_parameters *wanted)
{
    uint8_t bytes[BW_PARAMETERS_SIZE];
    pack_parameters(wanted, bytes);
    if (core->board.store(core->board.user, bytes, sizeof bytes) != 0) {
        return BW_STATUS_STORE_FAILED;
    }
    core->parameters = *wanted;
    return BW_STATUS_OK;
}

/* ---- runs, haptics, events ------------------------------------------------------------------ */

static uint64_t clock_us(const struct bw_core *core)
{
    return core->board.clock_us(core->board.user);
}

static void begin_run(struct bw_core *core, uint32_t sequence)
{
    uint32_t drawn = core->board.random(core->board.user);
    if (core->run != 0u && (drawn & 0xffffu) == (core->boot_id & 0xffffu)) {
        drawn ^= 1u; /* compact frames tell runs apart by these bits; spec.md, 5.1 */
    }
    core->boot_id = drawn;
    core->run += 1u;
    bw_ring_restart(&core->ring, core->parameters.rate_mhz, sequence);
    bw_watch_restart(&core->watch, core->parameters.rate_mhz);
    core->live = sequence;
    core->backfill.active = 0u;
    memset(core->compact, 0, sizeof core->compact);
}

static int muted(const struct bw_core *core, uint64_t now_us)
{
    return now_us < core->muted_until_us;
}

static void drive(struct bw_core *core, uint64_t now_us)
{
    uint8_t percent = bw_haptic_percent(&core->haptic, core->parameters.patterns, now_us);
    if (percent != core->haptic.percent) {
        core->haptic.percent = percent;
        core->board.haptic(core->board.user, percent);
    }
}

static void mute(struct bw_core *core, uint64_t now_us, uint64_t duration_us)
{
    core->muted_until_us = now_us + duration_us;
    if (duration_us != 0u) {
        core->haptic.pattern = 0u;
        drive(core, now_us);
    }
}

static void drop_events(struct bw_core *core, uint8_t count)
{
    core->first_event = (uint8_t)((core->first_event + count) % BW_EVENTS_KEPT);
    core->kept_events = (uint8_t)(core->kept_events - count);
    uint8_t unsent = core->sent_events > count ? count : core->sent_events;
    core->sent_events = (uint8_t)(core->sent_events - unsent);
}

static void add_event(struct bw_core *core, uint8_t kind, uint8_t value, uint64_t device_us)
{
    if (core->kept_events == BW_EVENTS_KEPT) {
        drop_events(core, 1u);
        core->statistics.lost_events += 1u;
    }
    struct bw_kept_event *event =
        &core->events[(core->first_event + core->kept_events) % BW_EVENTS_KEPT];
    event->device_us = device_us;
    event->boot_id = core->boot_id;
    event->kind = kind;
    event->value = value;
    core->kept_events = (uint8_t)(core->kept_events + 1u);
    core->next_event = (uint16_t)(core->next_event + 1u);
}

static void look(struct bw_core *core, uint64_t device_us)
{
    for (uint32_t i = 0u; i < BW_RULES; i++) {
        const struct bw_rule *rule = &core->parameters.rules[i];
        if (rule->kind == BW_RULE_KIND_OFF) {
            continue;
        }
        uint64_t now_us = clock_us(core);
        int heard = !core->greeted || (rule->flags & BW_RULE_FLAG_CONNECTED) != 0;
        int able = (core->options.capabilities & BW_CAPABILITY_HAPTIC) != 0 &&
                   core->parameters.patterns[rule->pattern - 1u].count > 0u;
        int free = heard && able && core->haptic.pattern == 0u && !muted(core, now_us);
        if (bw_watch_rule(&core->watch, &core->parameters.neutral, rule, i, device_us, free)) {
            bw_haptic_play(&core->haptic, rule->pattern, 100u, rule->times, now_us);
            drive(core, now_us);
            add_event(core, BW_EVENT_KIND_RULE, (uint8_t)i, device_us);
            core->statistics.cues += 1u;
        }
    }
}

/* ---- commands ------------------------------------------------------------------------------- */

struct limit {
    uint8_t offset;
    uint8_t size;
    uint8_t is_signed;
    int32_t least;
    int32_t most;
};

struct command {
    uint8_t type;
    uint8_t size; /* without steps */
    uint8_t limits;
    const struct limit *limit;
};

#define LIMITS(name) static const struct limit name##_limits[] = {BW_##name##_LIMITS};
#define COMMAND(name, structure)                                                         \
    {BW_##name##_TYPE, sizeof(struct structure),                                         \
     sizeof name##_limits / sizeof name##_limits[0], name##_limits}

LIMITS(HELLO)
LIMITS(SET_SENSOR)
LIMITS(SET_STREAM)
LIMITS(MUTE)
LIMITS(SESSION)
LIMITS(ACKNOWLEDGE_EVENTS)
LIMITS(GET_CONDITION)
LIMITS(GET_COUNTERS)
LIMITS(BACKFILL)
LIMITS(ACKNOWLEDGE)
LIMITS(CANCEL_BACKFILL)
LIMITS(GET_RING)
LIMITS(TIME_REQUEST)
LIMITS(PLAY)
LIMITS(SET_PATTERN)
LIMITS(SET_PATTERN_STEP)
LIMITS(SET_RULE)
LIMITS(SET_NEUTRAL)

static const struct command COMMANDS[] = {
    COMMAND(HELLO, bw_hello),
    COMMAND(SET_SENSOR, bw_set_sensor),
    COMMAND(SET_STREAM, bw_set_stream),
    COMMAND(MUTE, bw_mute),
    COMMAND(SESSION, bw_session),
    COMMAND(ACKNOWLEDGE_EVENTS, bw_acknowledge_events),
    COMMAND(GET_CONDITION, bw_get_condition),
    COMMAND(GET_COUNTERS, bw_get_counters),
    COMMAND(BACKFILL, bw_backfill),
    COMMAND(ACKNOWLEDGE, bw_acknowledge),
    COMMAND(CANCEL_BACKFILL, bw_cancel_backfill),
    COMMAND(GET_RING, bw_get_ring),
    COMMAND(TIME_REQUEST, bw_time_request),
    COMMAND(PLAY, bw_play),
    {BW_SET_PATTERN_TYPE, BW_SET_PATTERN_SIZE(0u),
     sizeof SET_PATTERN_limits / sizeof SET_PATTERN_limits[0], SET_PATTERN_limits},
    COMMAND(SET_RULE, bw_set_rule),
    COMMAND(SET_NEUTRAL, bw_set_neutral),
};

/* Byte of the first value outside its limits, or 0: that is the type, which has none. */
static uint32_t first_fault(const struct limit *limits, uint32_t count, const uint8_t *bytes)
{
    for (uint32_t i = 0u; i < count; i++) {
        const struct limit *limit = &limits[i];
        const uint8_t *at = bytes + limit->offset;
        int64_t value = at[0];
        if (limit->size == 4u) {
            value = get32(at);
        } else if (limit->size == 2u && limit->is_signed) {
            value = get_signed16(at);
        } else if (limit->size == 2u) {
            value = get16(at);
        }
        if (value < limit->least || value > limit->most) {
            return limit->offset;
        }
    }
    return 0u;
}

/* Status of the bytes alone (spec.md, sections 8 and 9.1). */
static uint8_t check(const uint8_t *bytes, size_t size, uint32_t *detail)
{
    const struct command *command = NULL;
    for (size_t i = 0u; i < sizeof COMMANDS / sizeof COMMANDS[0]; i++) {
        if (COMMANDS[i].type == bytes[0]) {
            command = &COMMANDS[i];
        }
    }
    if (command == NULL) {
        return BW_STATUS_UNKNOWN_COMMAND;
    }
    size_t wanted = command->size;
    int has_steps = bytes[0] == BW_SET_PATTERN_TYPE;
    if (size < wanted) {
        return BW_STATUS_LENGTH;
    }
    if (has_steps) {
        wanted = BW_SET_PATTERN_SIZE((size_t)bytes[BW_SET_PATTERN_OFFSET_COUNT]);
    }
    if (size != wanted) {
        return BW_STATUS_LENGTH;
    }
    if (get16(bytes + size - 2u) != bw_crc16(bytes, size - 2u)) {
        return BW_STATUS_CHECKSUM;
    }
    *detail = first_fault(command->limit, command->limits, bytes);
    if (*detail == 0u && has_steps) {
        for (uint32_t i = 0u; i < bytes[BW_SET_PATTERN_OFFSET_COUNT] && *detail == 0u; i++) {
            uint32_t at = (uint32_t)(sizeof(struct bw_set_pattern_head) +
                                     i * sizeof(struct bw_set_pattern_step));
            *detail = first_fault(SET_PATTERN_STEP_limits,
                                  sizeof SET_PATTERN_STEP_limits / sizeof(struct limit),
                                  bytes + at);
            *detail += *detail == 0u ? 0u : at;
        }
    }
    if (*detail == 0u && bytes[0] == BW_SET_RULE_TYPE &&
        get16(bytes + BW_SET_RULE_OFFSET_OFF_DDEG) > get16(bytes + BW_SET_RULE_OFFSET_ON_DDEG)) {
        *detail = BW_SET_RULE_OFFSET_OFF_DDEG;
    }
    return *detail == 0u ? BW_STATUS_OK : BW_STATUS_FIELD;
}

static uint8_t say_hello(struct bw_core *core, const struct bw_hello *asked)
{
    core->greeted = 0u;
    if (asked->version_least > BW_CONTROL_VERSION || asked->version_most < BW_CONTROL_VERSION) {
        return BW_STATUS_VERSION;
    }
    if (asked->version_most == BW_CONTROL_VERSION && asked->schema != BW_SCHEMA_HASH) {
        return BW_STATUS_SCHEMA;
    }
    core->greeted = 1u;
    return BW_STATUS_OK;
}

static uint8_t set_sensor(struct bw_core *core, const struct bw_set_sensor *asked,
                          uint32_t *detail)
{
    const struct bw_options *options = &core->options;
    struct bw_parameters wanted = core->parameters;
    if (asked->rate_mhz == wanted.rate_mhz && asked->acc_range_g == wanted.acc_range_g &&
        asked->gyr_range_dps == wanted.gyr_range_dps) {
        return BW_STATUS_OK;
    }
    *detail = !has32(options->rates_mhz, options->rates, asked->rate_mhz)
                  ? BW_SET_SENSOR_OFFSET_RATE_MHZ
              : !has16(options->acc_ranges_g, options->acc_ranges, asked->acc_range_g)
                  ? BW_SET_SENSOR_OFFSET_ACC_RANGE_G
              : !has16(options->gyr_ranges_dps, options->gyr_ranges, asked->gyr_range_dps)
                  ? BW_SET_SENSOR_OFFSET_GYR_RANGE_DPS
                  : 0u;
    if (*detail != 0u) {
        return BW_STATUS_FIELD;
    }
    if (core->ring.unsaved != 0u && !asked->force) {
        *detail = core->ring.unsaved;
        return BW_STATUS_UNSAVED;
    }
    wanted.rate_mhz = asked->rate_mhz;
    wanted.acc_range_g = asked->acc_range_g;
    wanted.gyr_range_dps = asked->gyr_range_dps;
    uint8_t status = keep(core, &wanted);
    if (status == BW_STATUS_OK) {
        begin_run(core, 0u);
    }
    return status;
}

static uint8_t acknowledge_events(struct bw_core *core, uint16_t next)
{
    uint16_t left = (uint16_t)(core->next_event - next);
    if (left <= core->kept_events) {
        drop_events(core, (uint8_t)(core->kept_events - left));
        return BW_STATUS_OK;
    }
    return left < 0x8000u ? BW_STATUS_OK : BW_STATUS_RANGE;
}

static uint8_t start_backfill(struct bw_core *core, const struct bw_backfill *asked)
{
    struct bw_backfill_state *state = &core->backfill;
    uint32_t end = asked->first + asked->count;
    if (asked->boot_id == core->boot_id) {
        uint32_t left = core->ring.next - asked->first;
        if (!bw_ring_knows(&core->ring, asked->first)) {
            return BW_STATUS_RANGE;
        }
        end = asked->count < left ? end : core->ring.next;
    }
    state->boot_id = asked->boot_id;
    state->cursor = asked->first;
    state->end = end;
    state->id = asked->id;
    state->active = 1u;
    core->compact[1].anchored = 0u;
    return BW_STATUS_OK;
}

static uint8_t play(struct bw_core *core, const struct bw_play *asked, uint64_t now_us)
{
    if (asked->pattern != 0u) {
        if ((core->options.capabilities & BW_CAPABILITY_HAPTIC) == 0 ||
            core->parameters.patterns[asked->pattern - 1u].count == 0u) {
            return BW_STATUS_UNABLE;
        }
        if (muted(core, now_us)) {
            return BW_STATUS_MUTED;
        }
    }
    bw_haptic_play(&core->haptic, asked->pattern, asked->strength, asked->times, now_us);
    drive(core, now_us);
    return BW_STATUS_OK;
}

static uint8_t set_pattern(struct bw_core *core, const uint8_t *bytes, uint64_t now_us)
{
    struct bw_set_pattern_head head;
    struct bw_parameters wanted = core->parameters;
    memcpy(&head, bytes, sizeof head);
    struct bw_steps *steps = &wanted.patterns[head.pattern - 1u];
    memset(steps, 0, sizeof *steps);
    steps->count = head.count;
    for (uint32_t i = 0u; i < head.count; i++) {
        struct bw_set_pattern_step step;
        memcpy(&step, bytes + sizeof head + i * sizeof step, sizeof step);
        steps->steps[i].on_10ms = step.on_10ms;
        steps->steps[i].off_10ms = step.off_10ms;
        steps->steps[i].percent = step.percent;
    }
    uint8_t status = keep(core, &wanted);
    if (status == BW_STATUS_OK && core->haptic.pattern == head.pattern) {
        core->haptic.pattern = 0u;
        drive(core, now_us);
    }
    return status;
}

static uint8_t set_rule(struct bw_core *core, const struct bw_set_rule *asked)
{
    struct bw_parameters wanted = core->parameters;
    struct bw_rule *rule = &wanted.rules[asked->index];
    rule->kind = asked->kind;
    rule->on_ddeg = asked->on_ddeg;
    rule->off_ddeg = asked->off_ddeg;
    rule->dwell_100ms = asked->dwell_100ms;
    rule->cooldown_s = asked->cooldown_s;
    rule->most_per_hour = asked->most_per_hour;
    rule->pattern = asked->pattern;
    rule->times = asked->times;
    rule->flags = asked->flags;
    uint8_t status = keep(core, &wanted);
    if (status == BW_STATUS_OK) {
        memset(&core->watch.rules[asked->index], 0, sizeof core->watch.rules[0]);
    }
    return status;
}

static uint8_t set_neutral(struct bw_core *core, const struct bw_neutral *neutral,
                           uint32_t *detail)
{
    struct bw_parameters wanted = core->parameters;
    int fault = bw_neutral_fault(neutral);
    if (fault != 0) {
        *detail = fault == 1 ? BW_SET_NEUTRAL_OFFSET_UP_X : BW_SET_NEUTRAL_OFFSET_FORWARD_X;
        return BW_STATUS_FIELD;
    }
    wanted.neutral = *neutral;
    uint8_t status = keep(core, &wanted);
    if (status == BW_STATUS_OK) {
        bw_watch_release(&core->watch);
    }
    return status;
}

/* Messages as structs: the bytes may lie anywhere, so they are copied. */
#define READ(structure, name)  \
    struct structure name;     \
    memcpy(&name, bytes, sizeof name)

/* Do what a sound command asks. Fills what the reply needs. */
static void obey(struct bw_core *core, const uint8_t *bytes, struct bw_reply *reply)
{
    uint64_t now_us = reply->received_us;
    switch (bytes[0]) {
    case BW_SET_SENSOR_TYPE: {
        READ(bw_set_sensor, asked);
        reply->status = set_sensor(core, &asked, &reply->detail);
        break;
    }
    case BW_SET_STREAM_TYPE: {
        READ(bw_set_stream, asked);
        if (core->mode == BW_STREAM_MODE_OFF) {
            core->live = core->ring.next;
        }
        core->mode = asked.mode;
        core->samples = asked.samples;
        break;
    }
    case BW_MUTE_TYPE: {
        READ(bw_mute, asked);
        mute(core, now_us, (uint64_t)asked.seconds * 1000000u);
        break;
    }
    case BW_SESSION_TYPE: {
        READ(bw_session, asked);
        core->session = asked.running;
        break;
    }
    case BW_ACKNOWLEDGE_EVENTS_TYPE: {
        READ(bw_acknowledge_events, asked);
        reply->status = acknowledge_events(core, asked.next);
        break;
    }
    case BW_GET_CONDITION_TYPE:
        reply->type = BW_CONDITION_TYPE;
        break;
    case BW_GET_COUNTERS_TYPE:
        reply->type = BW_COUNTERS_TYPE;
        break;
    case BW_BACKFILL_TYPE: {
        READ(bw_backfill, asked);
        reply->status = start_backfill(core, &asked);
        break;
    }
    case BW_ACKNOWLEDGE_TYPE: {
        READ(bw_acknowledge, asked);
        if (asked.boot_id != core->boot_id || bw_ring_acknowledge(&core->ring, asked.next) != 0) {
            reply->status = BW_STATUS_RANGE;
        }
        break;
    }
    case BW_CANCEL_BACKFILL_TYPE:
        core->backfill.active = 0u;
        break;
    case BW_GET_RING_TYPE:
        reply->type = BW_RING_STATE_TYPE;
        break;
    case BW_TIME_REQUEST_TYPE: {
        READ(bw_time_request, asked);
        reply->type = BW_TIME_REPLY_TYPE;
        reply->detail = asked.token;
        break;
    }
    case BW_PLAY_TYPE: {
        READ(bw_play, asked);
        reply->status = play(core, &asked, now_us);
        break;
    }
    case BW_SET_PATTERN_TYPE:
        reply->status = set_pattern(core, bytes, now_us);
        break;
    case BW_SET_RULE_TYPE: {
        READ(bw_set_rule, asked);
        reply->status = set_rule(core, &asked);
        break;
    }
    case BW_SET_NEUTRAL_TYPE: {
        READ(bw_set_neutral, asked);
        struct bw_neutral neutral = {{asked.up_x, asked.up_y, asked.up_z},
                                     {asked.forward_x, asked.forward_y, asked.forward_z}};
        reply->status = set_neutral(core, &neutral, &reply->detail);
        break;
    }
    default:
        reply->status = BW_STATUS_UNKNOWN_COMMAND;
        break;
    }
}

uint8_t bw_core_write(struct bw_core *core, enum bw_channel channel, const uint8_t *bytes,
                      size_t size)
{
    if (channel != BW_CONTROL || !core->connected) {
        return BW_ATT_NOT_PERMITTED;
    }
    if (size == 0u) {
        return BW_ATT_LENGTH;
    }
    if (!core->subscribed[BW_CONTROL]) {
        return BW_ATT_UNSUBSCRIBED;
    }
    if (core->waiting_replies == BW_REPLIES) {
        return BW_ATT_BUSY;
    }
    struct bw_reply *reply =
        &core->replies[(core->first_reply + core->waiting_replies) % BW_REPLIES];
    memset(reply, 0, sizeof *reply);
    reply->received_us = clock_us(core);
    reply->type = BW_RESULT_TYPE;
    reply->id = size > 1u ? bytes[1] : 0u;
    reply->command = bytes[0];
    reply->status = check(bytes, size, &reply->detail);
    if (reply->status == BW_STATUS_OK) {
        if (bytes[0] == BW_HELLO_TYPE) {
            READ(bw_hello, asked);
            reply->type = BW_HELLO_REPLY_TYPE;
            reply->status = say_hello(core, &asked);
        } else if (!core->greeted) {
            reply->status = BW_STATUS_NOT_NOW;
        } else {
            obey(core, bytes, reply);
        }
    }
    core->statistics.refused_commands += reply->status != BW_STATUS_OK;
    core->waiting_replies = (uint8_t)(core->waiting_replies + 1u);
    return BW_ATT_OK;
}

/* ---- notifications -------------------------------------------------------------------------- */

/* Returns 1 if the stack took it. */
static int notify(struct bw_core *core, enum bw_channel channel, const uint8_t *bytes, size_t size)
{
    if (core->board.notify(core->board.user, channel, bytes, size) != 0) {
        core->statistics.refused_notifications += 1u;
        return 0;
    }
    core->statistics.notifications += 1u;
    return 1;
}

/* Put the CRC into the last two bytes and notify. */
static int send(struct bw_core *core, enum bw_channel channel, void *message, size_t size)
{
    uint8_t *bytes = message;
    put16(bytes + size - 2u, bw_crc16(bytes, size - 2u));
    return notify(core, channel, bytes, size);
}

static uint8_t flags_now(const struct bw_core *core, uint64_t now_us)
{
    return (uint8_t)(core->board_flags | (muted(core, now_us) ? BW_CONDITION_FLAG_MUTED : 0) |
                     (core->session ? BW_CONDITION_FLAG_SESSION : 0) |
                     (core->haptic.pattern != 0u ? BW_CONDITION_FLAG_PLAYING : 0));
}

static int send_condition(struct bw_core *core, enum bw_channel channel, uint8_t id,
                          uint64_t now_us)
{
    struct bw_condition m;
    uint64_t left_us = muted(core, now_us) ? core->muted_until_us - now_us : 0u;
    m.type = BW_CONDITION_TYPE;
    m.id = id;
    m.flags = flags_now(core, now_us);
    m.battery_percent = core->battery_percent;
    m.battery_mv = core->battery_mv;
    m.self_test = core->self_test;
    m.muted_s = up_to_16((uint32_t)((left_us + 999999u) / 1000000u));
    m.next = core->ring.next;
    m.unsaved = core->ring.unsaved;
    return send(core, channel, &m, sizeof m);
}

static int send_reply(struct bw_core *core, const struct bw_reply *reply)
{
    const struct bw_statistics *statistics = &core->statistics;
    switch (reply->type) {
    case BW_HELLO_REPLY_TYPE: {
        struct bw_hello_reply m;
        m.type = reply->type;
        m.id = reply->id;
        m.status = reply->status;
        m.version = BW_CONTROL_VERSION;
        m.schema = BW_SCHEMA_HASH;
        m.boot_id = core->boot_id;
        m.capabilities = core->options.capabilities;
        m.ring_samples = core->ring.capacity * BW_BLOCK_SAMPLES;
        return send(core, BW_CONTROL, &m, sizeof m);
    }
    case BW_CONDITION_TYPE:
        return send_condition(core, BW_CONTROL, reply->id, clock_us(core));
    case BW_COUNTERS_TYPE: {
        struct bw_counters m;
        m.type = reply->type;
        m.id = reply->id;
        m.overwritten = core->ring.overwritten;
        m.never_sampled = statistics->never_sampled;
        m.refused_notifications = up_to_16(statistics->refused_notifications);
        m.refused_commands = up_to_16(statistics->refused_commands);
        m.lost_events = up_to_16(statistics->lost_events);
        return send(core, BW_CONTROL, &m, sizeof m);
    }
    case BW_RING_STATE_TYPE: {
        struct bw_ring_state m;
        m.type = reply->type;
        m.id = reply->id;
        m.boot_id = core->boot_id;
        m.oldest = bw_ring_oldest(&core->ring);
        m.next = core->ring.next;
        m.acknowledged = core->ring.acknowledged;
        return send(core, BW_CONTROL, &m, sizeof m);
    }
    case BW_TIME_REPLY_TYPE: {
        struct bw_time_reply m;
        m.type = reply->type;
        m.id = reply->id;
        m.token = reply->detail;
        m.received_us = reply->received_us;
        m.held_us = (uint32_t)(clock_us(core) - reply->received_us);
        return send(core, BW_CONTROL, &m, sizeof m);
    }
    default: {
        struct bw_result m;
        m.type = BW_RESULT_TYPE;
        m.id = reply->id;
        m.command = reply->command;
        m.status = reply->status;
        m.detail = reply->detail;
        return send(core, BW_CONTROL, &m, sizeof m);
    }
    }
}

/* Each of the following returns 0 if the stack has no more room. */

static int send_replies(struct bw_core *core)
{
    while (core->waiting_replies > 0u) {
        if (!send_reply(core, &core->replies[core->first_reply])) {
            return 0;
        }
        core->first_reply = (uint8_t)((core->first_reply + 1u) % BW_REPLIES);
        core->waiting_replies = (uint8_t)(core->waiting_replies - 1u);
    }
    return 1;
}

static int send_events(struct bw_core *core, uint64_t now_us)
{
    if (!core->greeted || !core->subscribed[BW_EVENTS]) {
        return 1;
    }
    while (core->sent_events < core->kept_events) {
        const struct bw_kept_event *event =
            &core->events[(core->first_event + core->sent_events) % BW_EVENTS_KEPT];
        struct bw_event m;
        m.type = BW_EVENT_TYPE;
        m.kind = event->kind;
        m.number = (uint16_t)(core->next_event - core->kept_events + core->sent_events);
        m.boot_id = event->boot_id;
        m.device_us = event->device_us;
        m.value = event->value;
        if (!send(core, BW_EVENTS, &m, sizeof m)) {
            return 0;
        }
        core->sent_events = (uint8_t)(core->sent_events + 1u);
    }
    uint8_t flags = flags_now(core, now_us);
    if (core->told && flags == core->told_flags && core->battery_percent == core->told_percent &&
        core->self_test == core->told_self_test && now_us - core->told_us < TELL_US) {
        return 1;
    }
    if (!send_condition(core, BW_EVENTS, 0u, now_us)) {
        return 0;
    }
    core->told = 1u;
    core->told_us = now_us;
    core->told_flags = flags;
    core->told_percent = core->battery_percent;
    core->told_self_test = core->self_test;
    return 1;
}

/*
 * An anchor if one is due, and the sample. `since` is 0 while an anchor waits for its sample: a
 * radio with room for one notification at a time would otherwise get anchors for ever.
 */
static int send_compact(struct bw_core *core, enum bw_channel channel, struct bw_compact *compact,
                        struct bw_stretch stretch)
{
    uint32_t sequence = stretch.block->sequence + stretch.at;
    int joined = stretch.at != 0u || stretch.block->joined;
    int follows = compact->anchored && compact->next == sequence &&
                  (compact->since == 0u || (compact->since < ANCHOR_EVERY && joined));
    if (!follows) {
        struct bw_anchor m;
        m.type = BW_ANCHOR_TYPE;
        m.boot_id = core->boot_id;
        m.sequence = sequence;
        m.device_us = bw_ring_time(&core->ring, stretch);
        if (!send(core, channel, &m, sizeof m)) {
            return 0;
        }
        compact->since = 0u;
        compact->anchored = 1u;
        compact->next = sequence;
    }
    struct bw_compact_frame m;
    const int16_t *counts = stretch.block->samples[stretch.at].counts;
    m.type = BW_COMPACT_FRAME_TYPE;
    m.boot_low = (uint16_t)(core->boot_id & 0xffffu);
    m.sequence_low = (uint16_t)(sequence & 0xffffu);
    m.acc_x = counts[0];
    m.acc_y = counts[1];
    m.acc_z = counts[2];
    m.gyr_x = counts[3];
    m.gyr_y = counts[4];
    m.gyr_z = counts[5];
    if (!send(core, channel, &m, sizeof m)) {
        return 0;
    }
    compact->since = (uint8_t)(compact->since + 1u);
    compact->next = sequence + 1u;
    return 1;
}

/* Returns how many samples went out in one IMU frame: at most `most`, from a stretch on. */
static uint32_t send_frame(struct bw_core *core, enum bw_channel channel,
                           struct bw_stretch stretch, uint32_t most, uint32_t end)
{
    struct bw_imu_frame_head head;
    uint32_t n = bw_ring_copy(&core->ring, stretch, most, end, core->scratch + sizeof head);
    head.type = BW_IMU_FRAME_TYPE;
    head.count = (uint8_t)n;
    head.boot_id = core->boot_id;
    head.sequence = stretch.block->sequence + stretch.at;
    head.device_us = bw_ring_time(&core->ring, stretch);
    memcpy(core->scratch, &head, sizeof head);
    return send(core, channel, core->scratch, BW_IMU_FRAME_SIZE(n)) ? n : 0u;
}

static uint8_t wanted_samples(const struct bw_core *core)
{
    uint8_t fitting = bw_samples_per_frame(core->mtu);
    uint8_t wanted = core->samples != 0u ? core->samples : core->options.frame_samples;
    return wanted < fitting ? wanted : fitting;
}

static int send_live(struct bw_core *core, uint64_t now_us)
{
    struct bw_ring *ring = &core->ring;
    uint32_t most = wanted_samples(core);
    if (!core->subscribed[BW_IMU] || core->mode == BW_STREAM_MODE_OFF ||
        (most == 0u && core->mode != BW_STREAM_MODE_COMPACT)) {
        core->live = ring->next;
        return 1;
    }
    uint32_t backlog = core->parameters.rate_mhz / 1000u * BACKLOG_S;
    uint32_t newest = most == 0u ? 1u : most;
    if (ring->next - core->live > backlog && ring->next - core->live > 2u * newest) {
        core->statistics.skipped += ring->next - newest - core->live;
        core->live = ring->next - newest;
    }
    while (core->live != ring->next) {
        struct bw_stretch stretch = bw_ring_find(ring, core->live, ring->next);
        if (stretch.block == NULL) {
            core->live += stretch.count;
            continue;
        }
        if (most == 0u) {
            if (!send_compact(core, BW_IMU, &core->compact[0], stretch)) {
                return 0;
            }
            core->live += 1u;
            core->statistics.compact_frames += 1u;
            continue;
        }
        uint64_t taken_us = bw_ring_time(ring, stretch);
        int fresh = now_us < taken_us || now_us - taken_us < FLUSH_US;
        if (ring->next - core->live < most && fresh) {
            return 1;
        }
        uint32_t sent = send_frame(core, BW_IMU, stretch, most, ring->next);
        if (sent == 0u) {
            return 0;
        }
        core->live += sent;
        core->statistics.frames += 1u;
    }
    return 1;
}

static int send_lost(struct bw_core *core, uint8_t reason, uint32_t count)
{
    struct bw_lost m;
    m.type = BW_LOST_TYPE;
    m.reason = reason;
    m.boot_id = core->backfill.boot_id;
    m.first = core->backfill.cursor;
    m.count = count;
    return send(core, BW_BACKFILL, &m, sizeof m);
}

static int send_done(struct bw_core *core)
{
    struct bw_backfill_done m;
    m.type = BW_BACKFILL_DONE_TYPE;
    m.id = core->backfill.id;
    m.boot_id = core->backfill.boot_id;
    m.next = core->backfill.end;
    return send(core, BW_BACKFILL, &m, sizeof m);
}

/* A back-fill that has fallen behind all numbers the ring knows cannot be told from one ahead. */
static void forget_old_backfill(struct bw_core *core)
{
    if (core->backfill.boot_id == core->boot_id &&
        core->ring.next - core->backfill.cursor > BW_WINDOW) {
        core->backfill.active = 0u;
    }
}

static int send_backfill(struct bw_core *core)
{
    struct bw_backfill_state *state = &core->backfill;
    forget_old_backfill(core);
    for (uint32_t i = 0u; i < BACKFILL_BURST; i++) {
        if (!state->active || !core->subscribed[BW_BACKFILL]) {
            return 1;
        }
        if (state->cursor == state->end) {
            if (!send_done(core)) {
                return 0;
            }
            state->active = 0u;
            return 1;
        }
        struct bw_stretch stretch = {NULL, 0u, state->end - state->cursor,
                                     BW_LOSS_REASON_REBOOTED};
        uint32_t covered = stretch.count;
        if (state->boot_id == core->boot_id) {
            stretch = bw_ring_find(&core->ring, state->cursor, state->end);
            covered = stretch.count;
        }
        if (stretch.block == NULL) {
            covered = send_lost(core, stretch.reason, covered) ? covered : 0u;
        } else {
            uint8_t most = bw_samples_per_frame(core->mtu);
            if (most != 0u) {
                covered = send_frame(core, BW_BACKFILL, stretch, most, state->end);
            } else {
                covered = send_compact(core, BW_BACKFILL, &core->compact[1], stretch) ? 1u : 0u;
            }
            core->statistics.backfilled += covered;
        }
        if (covered == 0u) {
            return 0;
        }
        state->cursor += covered;
    }
    return 1;
}

void bw_core_poll(struct bw_core *core)
{
    uint64_t now_us = clock_us(core);
    drive(core, now_us);
    if (core->connected && send_replies(core) && send_events(core, now_us) &&
        send_live(core, now_us)) {
        (void)send_backfill(core);
    }
}

/* ---- the rest of what the board calls ------------------------------------------------------- */

static void forget_connection(struct bw_core *core)
{
    core->connected = 0u;
    core->greeted = 0u;
    core->mtu = 23u;
    core->mode = BW_STREAM_MODE_FRAMES;
    core->samples = 0u;
    core->first_reply = 0u;
    core->waiting_replies = 0u;
    core->sent_events = 0u;
    core->told = 0u;
    core->backfill.active = 0u;
    memset(core->subscribed, 0, sizeof core->subscribed);
    memset(core->compact, 0, sizeof core->compact);
}

int bw_core_start(struct bw_core *core, const struct bw_board *board,
                  const struct bw_options *options, void *memory, size_t size,
                  const uint8_t *saved, size_t saved_size)
{
    memset(core, 0, sizeof *core);
    if (options->rates == 0u || options->acc_ranges == 0u || options->gyr_ranges == 0u ||
        options->frame_samples == 0u || bw_ring_init(&core->ring, memory, size) != 0) {
        return -1;
    }
    core->board = *board;
    core->options = *options;
    core->battery_percent = 255u;
    core->self_test = BW_FAULT_NOT_RUN;
    if (unpack_parameters(&core->parameters, options, saved, saved_size) != 0) {
        defaults(&core->parameters, options);
    }
    forget_connection(core);
    begin_run(core, options->first_sequence);
    return 0;
}

void bw_core_sample(struct bw_core *core, const int16_t counts[BW_AXES], uint64_t device_us)
{
    bw_ring_push(&core->ring, counts, device_us);
    core->statistics.samples += 1u;
    if (bw_watch_push(&core->watch, counts, device_us)) {
        look(core, device_us);
    }
}

void bw_core_skip(struct bw_core *core, uint32_t count)
{
    bw_ring_skip(&core->ring, count);
    core->statistics.never_sampled += count;
    forget_old_backfill(core);
}

void bw_core_connected(struct bw_core *core, uint16_t mtu)
{
    forget_connection(core);
    core->connected = 1u;
    core->mtu = mtu;
}

void bw_core_mtu(struct bw_core *core, uint16_t mtu)
{
    core->mtu = mtu;
}

void bw_core_disconnected(struct bw_core *core)
{
    forget_connection(core);
}

void bw_core_subscribed(struct bw_core *core, enum bw_channel channel, int on)
{
    core->subscribed[channel] = on != 0;
    switch (channel) {
    case BW_IMU:
        core->live = core->ring.next;
        core->compact[0].anchored = 0u;
        break;
    case BW_CONTROL:
        core->waiting_replies = on ? core->waiting_replies : 0u;
        break;
    case BW_EVENTS:
        core->sent_events = 0u;
        core->told = 0u;
        break;
    case BW_BACKFILL:
        core->backfill.active = on ? core->backfill.active : 0u;
        core->compact[1].anchored = 0u;
        break;
    case BW_CHANNELS:
        break;
    }
}

void bw_core_config(const struct bw_core *core, uint8_t bytes[sizeof(struct bw_sensor_config)])
{
    struct bw_sensor_config m;
    m.type = BW_SENSOR_CONFIG_TYPE;
    m.version = BW_PROTOCOL_VERSION;
    m.boot_id = core->boot_id;
    m.rate_mhz = core->parameters.rate_mhz;
    m.acc_range_g = core->parameters.acc_range_g;
    m.gyr_range_dps = core->parameters.gyr_range_dps;
    m.samples_per_frame = wanted_samples(core);
    memcpy(bytes, &m, sizeof m);
    put16(bytes + offsetof(struct bw_sensor_config, crc),
          bw_crc16(bytes, offsetof(struct bw_sensor_config, crc)));
}

void bw_core_button(struct bw_core *core, enum bw_event_kind kind)
{
    uint64_t now_us = clock_us(core);
    uint8_t value = 0u;
    if (kind == BW_EVENT_KIND_REZERO) {
        struct bw_parameters wanted = core->parameters;
        value = bw_neutral_take(&wanted.neutral, &core->watch) == 0 &&
                keep(core, &wanted) == BW_STATUS_OK;
        if (value) {
            bw_watch_release(&core->watch);
        }
    } else if (kind == BW_EVENT_KIND_MUTE) {
        value = !muted(core, now_us);
        mute(core, now_us, value ? BUTTON_MUTE_US : 0u);
    } else if (kind == BW_EVENT_KIND_SESSION) {
        core->session = !core->session;
        value = core->session;
    } else if (kind != BW_EVENT_KIND_MARK) {
        return;
    }
    add_event(core, (uint8_t)kind, value, now_us);
}

void bw_core_condition(struct bw_core *core, uint8_t flags, uint8_t battery_percent,
                       uint16_t battery_mv, uint8_t self_test)
{
    core->board_flags = flags & KNOWN_BY_BOARD;
    core->battery_percent = battery_percent;
    core->battery_mv = battery_mv;
    core->self_test = self_test;
}

struct bw_statistics bw_core_statistics(const struct bw_core *core)
{
    struct bw_statistics statistics = core->statistics;
    statistics.overwritten = core->ring.overwritten;
    return statistics;
}
