/* A Backwatch sensor on Zephyr: the five functions of struct bw_board, and the calls into the core.
 * NOT COMPILED AND NOT RUN ON HARDWARE. Written against the API of Zephyr 3.7; see ../../README.md. */
#include <string.h>

#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/conn.h>
#include <zephyr/bluetooth/gatt.h>
#include <zephyr/bluetooth/uuid.h>
#include <zephyr/device.h>
#include <zephyr/drivers/gpio.h>
#include <zephyr/drivers/pwm.h>
#include <zephyr/drivers/sensor.h>
#include <zephyr/kernel.h>
#include <zephyr/random/random.h>
#include <zephyr/settings/settings.h>

#include "bw_core.h"

#define RING_BYTES (64 * 1024)
#define IN_FLIGHT_MOST 6 /* less than CONFIG_BT_L2CAP_TX_BUF_COUNT: some are for the stack */
#define GRAVITY_MPS2 9.80665

static const struct device *const motion = DEVICE_DT_GET(DT_ALIAS(motion));
static const struct pwm_dt_spec motor = PWM_DT_SPEC_GET(DT_ALIAS(haptic));
static const struct gpio_dt_spec button = GPIO_DT_SPEC_GET(DT_ALIAS(mark_button), gpios);

static struct bw_core core;
static uint8_t ring[RING_BYTES] __aligned(8);
static uint8_t saved[BW_PARAMETERS_SIZE];
static size_t saved_size;
static struct bt_conn *host;
static atomic_t in_flight;
static uint64_t sampled_us; /* when the data-ready interrupt came */

K_MUTEX_DEFINE(core_lock); /* the core is not reentrant */
K_SEM_DEFINE(sample_ready, 0, 1);
K_SEM_DEFINE(poll_wanted, 0, 1);

/* ---- the five functions ---------------------------------------------------------------------- */

static uint64_t board_clock_us(void *user)
{
    ARG_UNUSED(user);
    return k_ticks_to_us_floor64(k_uptime_ticks());
}

static void on_sent(struct bt_conn *conn, void *user)
{
    ARG_UNUSED(conn);
    ARG_UNUSED(user);
    atomic_dec(&in_flight);
    k_sem_give(&poll_wanted);
}

static const struct bt_gatt_attr *attribute_of(enum bw_channel channel);

static int board_notify(void *user, enum bw_channel channel, const uint8_t *bytes, size_t size)
{
    ARG_UNUSED(user);
    struct bt_gatt_notify_params notification = {
        .attr = attribute_of(channel), .data = bytes, .len = size, .func = on_sent};
    if (host == NULL || atomic_get(&in_flight) >= IN_FLIGHT_MOST) {
        return -EAGAIN; /* asked before the stack would wait for a buffer */
    }
    atomic_inc(&in_flight);
    int refused = bt_gatt_notify_cb(host, &notification);
    if (refused != 0) {
        atomic_dec(&in_flight);
    }
    return refused;
}

static uint32_t board_random(void *user)
{
    uint32_t drawn = 0u;
    ARG_UNUSED(user);
    if (sys_csrand_get(&drawn, sizeof drawn) != 0) {
        drawn = sys_rand32_get();
    }
    return drawn;
}

static void board_haptic(void *user, uint8_t percent)
{
    ARG_UNUSED(user);
    (void)pwm_set_pulse_dt(&motor, (uint32_t)((uint64_t)motor.period * percent / 100u));
}

static int board_store(void *user, const uint8_t *bytes, size_t size)
{
    ARG_UNUSED(user);
    return settings_save_one("backwatch/parameters", bytes, size);
}

/* ---- GATT to core ---------------------------------------------------------------------------- */

static ssize_t on_control_written(struct bt_conn *conn, const struct bt_gatt_attr *attr,
                                  const void *bytes, uint16_t size, uint16_t offset, uint8_t flags)
{
    ARG_UNUSED(conn);
    ARG_UNUSED(attr);
    if (offset != 0u || (flags & BT_GATT_WRITE_FLAG_PREPARE) != 0u) {
        return BT_GATT_ERR(BT_ATT_ERR_INVALID_OFFSET); /* messages are not split */
    }
    k_mutex_lock(&core_lock, K_FOREVER);
    uint8_t answer = bw_core_write(&core, BW_CONTROL, bytes, size);
    k_mutex_unlock(&core_lock);
    k_sem_give(&poll_wanted);
    return answer == BW_ATT_OK ? (ssize_t)size : BT_GATT_ERR(answer);
}

static ssize_t on_config_read(struct bt_conn *conn, const struct bt_gatt_attr *attr, void *bytes,
                              uint16_t size, uint16_t offset)
{
    uint8_t config[sizeof(struct bw_sensor_config)];
    k_mutex_lock(&core_lock, K_FOREVER);
    bw_core_config(&core, config);
    k_mutex_unlock(&core_lock);
    return bt_gatt_attr_read(conn, attr, bytes, size, offset, config, sizeof config);
}

static void subscribed(enum bw_channel channel, uint16_t value)
{
    k_mutex_lock(&core_lock, K_FOREVER);
    bw_core_subscribed(&core, channel, value == BT_GATT_CCC_NOTIFY);
    k_mutex_unlock(&core_lock);
    k_sem_give(&poll_wanted);
}

#define ON_SUBSCRIBED(name, channel)                                                   \
    static void on_##name##_subscribed(const struct bt_gatt_attr *attr, uint16_t value) \
    {                                                                                  \
        ARG_UNUSED(attr);                                                              \
        subscribed(channel, value);                                                    \
    }

ON_SUBSCRIBED(imu, BW_IMU)
ON_SUBSCRIBED(control, BW_CONTROL)
ON_SUBSCRIBED(events, BW_EVENTS)
ON_SUBSCRIBED(backfill, BW_BACKFILL)

#define UUID_128(name) \
    static const struct bt_uuid_128 uuid_##name = {.uuid = {BT_UUID_TYPE_128}, .val = BW_UUID_##name}

UUID_128(SERVICE);
UUID_128(IMU);
UUID_128(CONFIG);
UUID_128(CONTROL);
UUID_128(EVENTS);
UUID_128(BACKFILL);

#define CCC_PERMISSIONS (BT_GATT_PERM_READ | BT_GATT_PERM_WRITE_ENCRYPT)

BT_GATT_SERVICE_DEFINE(
    service, BT_GATT_PRIMARY_SERVICE(&uuid_SERVICE),
    BT_GATT_CHARACTERISTIC(&uuid_IMU.uuid, BT_GATT_CHRC_NOTIFY, BT_GATT_PERM_NONE, NULL, NULL, NULL),
    BT_GATT_CCC(on_imu_subscribed, CCC_PERMISSIONS),
    BT_GATT_CHARACTERISTIC(&uuid_CONFIG.uuid, BT_GATT_CHRC_READ, BT_GATT_PERM_READ, on_config_read,
                           NULL, NULL),
    BT_GATT_CHARACTERISTIC(&uuid_CONTROL.uuid, BT_GATT_CHRC_WRITE | BT_GATT_CHRC_NOTIFY,
                           BT_GATT_PERM_WRITE_ENCRYPT, NULL, on_control_written, NULL),
    BT_GATT_CCC(on_control_subscribed, CCC_PERMISSIONS),
    BT_GATT_CHARACTERISTIC(&uuid_EVENTS.uuid, BT_GATT_CHRC_NOTIFY, BT_GATT_PERM_NONE, NULL, NULL,
                           NULL),
    BT_GATT_CCC(on_events_subscribed, CCC_PERMISSIONS),
    BT_GATT_CHARACTERISTIC(&uuid_BACKFILL.uuid, BT_GATT_CHRC_NOTIFY, BT_GATT_PERM_NONE, NULL, NULL,
                           NULL),
    BT_GATT_CCC(on_backfill_subscribed, CCC_PERMISSIONS), );

static const struct bt_gatt_attr *attribute_of(enum bw_channel channel)
{
    static const struct bt_uuid_128 *const UUIDS[BW_CHANNELS] = {
        [BW_IMU] = &uuid_IMU,
        [BW_CONTROL] = &uuid_CONTROL,
        [BW_EVENTS] = &uuid_EVENTS,
        [BW_BACKFILL] = &uuid_BACKFILL,
    };
    return bt_gatt_find_by_uuid(service.attrs, service.attr_count, &UUIDS[channel]->uuid);
}

/* ---- connection to core ---------------------------------------------------------------------- */

static const struct bt_data ADVERTISED[] = {
    BT_DATA_BYTES(BT_DATA_FLAGS, BT_LE_AD_GENERAL | BT_LE_AD_NO_BREDR),
    BT_DATA(BT_DATA_UUID128_ALL, uuid_SERVICE.val, sizeof uuid_SERVICE.val),
};
static const struct bt_data SCANNED[] = {
    BT_DATA(BT_DATA_NAME_COMPLETE, CONFIG_BT_DEVICE_NAME, sizeof CONFIG_BT_DEVICE_NAME - 1),
};

static void advertise(struct k_work *work)
{
    ARG_UNUSED(work);
    (void)bt_le_adv_start(BT_LE_ADV_CONN_FAST_1, ADVERTISED, ARRAY_SIZE(ADVERTISED), SCANNED,
                          ARRAY_SIZE(SCANNED));
}
K_WORK_DEFINE(advertise_again, advertise);

static void on_connected(struct bt_conn *conn, uint8_t failed)
{
    if (failed != 0u) {
        return;
    }
    k_mutex_lock(&core_lock, K_FOREVER);
    host = bt_conn_ref(conn);
    atomic_set(&in_flight, 0);
    bw_core_connected(&core, bt_gatt_get_mtu(conn));
    k_mutex_unlock(&core_lock);
}

static void on_disconnected(struct bt_conn *conn, uint8_t reason)
{
    ARG_UNUSED(reason);
    k_mutex_lock(&core_lock, K_FOREVER);
    bw_core_disconnected(&core);
    if (host == conn) {
        bt_conn_unref(host);
        host = NULL;
    }
    k_mutex_unlock(&core_lock);
    k_work_submit(&advertise_again);
}

BT_CONN_CB_DEFINE(connection_callbacks) = {
    .connected = on_connected,
    .disconnected = on_disconnected,
};

static void on_mtu(struct bt_conn *conn, uint16_t tx, uint16_t rx)
{
    ARG_UNUSED(conn);
    ARG_UNUSED(rx);
    k_mutex_lock(&core_lock, K_FOREVER);
    bw_core_mtu(&core, tx);
    k_mutex_unlock(&core_lock);
}

static struct bt_gatt_cb gatt_callbacks = {.att_mtu_updated = on_mtu};

/* ---- motion sensor, button ------------------------------------------------------------------- */

static void on_data_ready(const struct device *device, const struct sensor_trigger *trigger)
{
    ARG_UNUSED(device);
    ARG_UNUSED(trigger);
    sampled_us = board_clock_us(NULL);
    k_sem_give(&sample_ready);
}

static void set_pair(enum sensor_channel channel, enum sensor_attribute attribute, int32_t whole,
                     int32_t millionths)
{
    struct sensor_value value = {.val1 = whole, .val2 = millionths};
    (void)sensor_attr_set(motion, channel, attribute, &value);
}

static void apply_sensor_settings(void)
{
    const struct bw_parameters *p = &core.parameters;
    struct sensor_value range;
    int32_t hz = (int32_t)(p->rate_mhz / 1000u);
    int32_t rest = (int32_t)(p->rate_mhz % 1000u) * 1000;
    set_pair(SENSOR_CHAN_ACCEL_XYZ, SENSOR_ATTR_SAMPLING_FREQUENCY, hz, rest);
    set_pair(SENSOR_CHAN_GYRO_XYZ, SENSOR_ATTR_SAMPLING_FREQUENCY, hz, rest);
    sensor_g_to_ms2(p->acc_range_g, &range);
    (void)sensor_attr_set(motion, SENSOR_CHAN_ACCEL_XYZ, SENSOR_ATTR_FULL_SCALE, &range);
    sensor_degrees_to_rad(p->gyr_range_dps, &range);
    (void)sensor_attr_set(motion, SENSOR_CHAN_GYRO_XYZ, SENSOR_ATTR_FULL_SCALE, &range);
}

/* Floating point, here only: Zephyr's driver gives SI units. A driver that gives counts is better. */
static int16_t to_counts(const struct sensor_value *value, double full_scale)
{
    double counts = sensor_value_to_double(value) * 32768.0 / full_scale;
    return (int16_t)CLAMP(counts, -32768.0, 32767.0);
}

static void sampling(void)
{
    static const struct sensor_trigger READY = {.type = SENSOR_TRIG_DATA_READY,
                                                .chan = SENSOR_CHAN_ACCEL_XYZ};
    uint32_t run = 0u;
    (void)sensor_trigger_set(motion, &READY, on_data_ready);
    for (;;) {
        struct sensor_value acc[3], gyr[3];
        int16_t counts[BW_AXES];
        k_sem_take(&sample_ready, K_FOREVER);
        uint64_t taken_us = sampled_us;
        int failed = sensor_sample_fetch(motion) || sensor_channel_get(motion, SENSOR_CHAN_ACCEL_XYZ, acc) ||
                     sensor_channel_get(motion, SENSOR_CHAN_GYRO_XYZ, gyr);
        k_mutex_lock(&core_lock, K_FOREVER);
        if (core.run != run) {
            run = core.run;
            apply_sensor_settings(); /* and drop this sample: it has the old setting */
        } else if (failed) {
            bw_core_skip(&core, 1u);
        } else {
            for (uint32_t i = 0u; i < 3u; i++) {
                counts[i] = to_counts(&acc[i], core.parameters.acc_range_g * GRAVITY_MPS2);
                counts[3u + i] =
                    to_counts(&gyr[i], core.parameters.gyr_range_dps * 3.14159265358979 / 180.0);
            }
            bw_core_sample(&core, counts, taken_us);
        }
        k_mutex_unlock(&core_lock);
        k_sem_give(&poll_wanted);
    }
}

static void polling(void)
{
    int was_pressed = 0;
    for (;;) {
        (void)k_sem_take(&poll_wanted, K_MSEC(10));
        k_mutex_lock(&core_lock, K_FOREVER);
        int pressed = gpio_pin_get_dt(&button) > 0;
        if (pressed && !was_pressed) {
            bw_core_button(&core, BW_EVENT_KIND_MARK); /* long presses are left to you */
        }
        was_pressed = pressed;
        bw_core_poll(&core);
        k_mutex_unlock(&core_lock);
    }
}

K_THREAD_DEFINE(sampling_thread, 2048, sampling, NULL, NULL, NULL, 4, 0, SYS_FOREVER_MS);
K_THREAD_DEFINE(polling_thread, 2048, polling, NULL, NULL, NULL, 6, 0, SYS_FOREVER_MS);

/* ---- power-up -------------------------------------------------------------------------------- */

static int on_setting(const char *key, size_t size, settings_read_cb read, void *user)
{
    if (strcmp(key, "parameters") == 0 && size == sizeof saved &&
        read(user, saved, size) == (ssize_t)size) {
        saved_size = size;
    }
    return 0;
}
SETTINGS_STATIC_HANDLER_DEFINE(backwatch, "backwatch", NULL, on_setting, NULL, NULL);

int main(void)
{
    static const uint32_t RATES_MHZ[] = {104000u, 52000u, 26000u};
    static const uint16_t ACC_RANGES_G[] = {8u, 4u, 2u, 16u};
    static const uint16_t GYR_RANGES_DPS[] = {1000u, 500u, 250u, 2000u};
    static const struct bw_options OPTIONS = {
        .rates_mhz = RATES_MHZ,
        .acc_ranges_g = ACC_RANGES_G,
        .gyr_ranges_dps = GYR_RANGES_DPS,
        .rates = ARRAY_SIZE(RATES_MHZ),
        .acc_ranges = ARRAY_SIZE(ACC_RANGES_G),
        .gyr_ranges = ARRAY_SIZE(GYR_RANGES_DPS),
        .frame_samples = 10u,
        .capabilities = BW_CAPABILITY_HAPTIC | BW_CAPABILITY_BUTTON,
    };
    static const struct bw_board BOARD = {.clock_us = board_clock_us,
                                          .notify = board_notify,
                                          .random = board_random,
                                          .haptic = board_haptic,
                                          .store = board_store};
    (void)gpio_pin_configure_dt(&button, GPIO_INPUT);
    (void)settings_subsys_init();
    (void)settings_load_subtree("backwatch");
    if (bw_core_start(&core, &BOARD, &OPTIONS, ring, sizeof ring,
                      saved_size == 0u ? NULL : saved, saved_size) != 0) {
        return -1;
    }
    apply_sensor_settings();
    k_thread_start(sampling_thread);
    k_thread_start(polling_thread);
    bt_gatt_cb_register(&gatt_callbacks);
    if (bt_enable(NULL) != 0) {
        return -1;
    }
    (void)settings_load_subtree("bt"); /* bonds */
    k_work_submit(&advertise_again);
    return 0;
}
