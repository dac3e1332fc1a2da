/* Reads messages as lines of hexadecimal bytes; prints what the generated header makes of them. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "backwatch_protocol.h"

static size_t read_hex(const char *line, uint8_t *bytes)
{
    size_t size = 0;
    unsigned value;
    while (sscanf(line + 2 * size, "%2x", &value) == 1) {
        bytes[size++] = (uint8_t)value;
    }
    return size;
}

static void print_frame(const uint8_t *bytes, size_t size)
{
    struct bw_imu_frame_head head;
    memcpy(&head, bytes, sizeof head);
    uint16_t crc;
    memcpy(&crc, bytes + BW_IMU_FRAME_CRC_OFFSET(head.count), sizeof crc);
    int sound = size == BW_IMU_FRAME_SIZE(head.count) &&
                crc == bw_crc16(bytes, BW_IMU_FRAME_CRC_OFFSET(head.count));
    printf("frame %d %" PRIu32 " %" PRIu32 " %" PRIu64, sound, head.boot_id, head.sequence,
           head.device_us);
    for (size_t i = 0; i < head.count; i++) {
        struct bw_imu_frame_sample s;
        memcpy(&s, bytes + sizeof head + i * sizeof s, sizeof s);
        printf(" %d %d %d %d %d %d", s.acc_x, s.acc_y, s.acc_z, s.gyr_x, s.gyr_y, s.gyr_z);
    }
    printf("\n");
}

static void print_config(const uint8_t *bytes, size_t size)
{
    struct bw_sensor_config config;
    memcpy(&config, bytes, sizeof config);
    int sound = size == sizeof config && config.version == BW_PROTOCOL_VERSION &&
                config.crc == bw_crc16(bytes, offsetof(struct bw_sensor_config, crc));
    printf("config %d %" PRIu32 " %" PRIu32 " %d %d %d\n", sound, config.boot_id,
           config.rate_mhz, config.acc_range_g, config.gyr_range_dps, config.samples_per_frame);
}

static void print_uuid(const char *name, const uint8_t uuid[16])
{
    printf("%s ", name);
    for (int i = 15; i >= 0; i--) {
        printf("%02x", uuid[i]);
    }
    printf("\n");
}

#define PRINT_OFFSET(type, field) printf(#type "." #field " %zu\n", offsetof(struct type, field))
#define PRINT_SIZE(type) printf(#type " %zu\n", sizeof(struct type))

static void print_layout(void)
{
    static const uint8_t service[] = BW_UUID_SERVICE, imu[] = BW_UUID_IMU,
                         config[] = BW_UUID_CONFIG;
    print_uuid("SERVICE", service);
    print_uuid("IMU", imu);
    print_uuid("CONFIG", config);
    PRINT_OFFSET(bw_imu_frame_head, type);
    PRINT_OFFSET(bw_imu_frame_head, count);
    PRINT_OFFSET(bw_imu_frame_head, boot_id);
    PRINT_OFFSET(bw_imu_frame_head, sequence);
    PRINT_OFFSET(bw_imu_frame_head, device_us);
    PRINT_SIZE(bw_imu_frame_head);
    PRINT_OFFSET(bw_imu_frame_sample, gyr_z);
    PRINT_SIZE(bw_imu_frame_sample);
    PRINT_OFFSET(bw_sensor_config, samples_per_frame);
    PRINT_OFFSET(bw_sensor_config, crc);
    PRINT_SIZE(bw_sensor_config);
    for (int mtu = 0; mtu <= 600; mtu++) {
        printf("samples at %d %d\n", mtu, bw_samples_per_frame((uint16_t)mtu));
    }
}

int main(int argc, char **argv)
{
    static char line[4096];
    static uint8_t bytes[4096];
    if (argc == 2 && strcmp(argv[1], "layout") == 0) {
        print_layout();
        return 0;
    }
    while (fgets(line, sizeof line, stdin) != NULL) {
        size_t size = read_hex(line, bytes);
        if (bytes[0] == BW_IMU_FRAME_TYPE) {
            print_frame(bytes, size);
        } else {
            print_config(bytes, size);
        }
    }
    return 0;
}
