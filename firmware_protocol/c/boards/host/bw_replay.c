/* Plays a script of what happens to a device, one thing a line, and prints what it answers.
 * Built with sanitizers, it shows that no traffic makes the core write where it should not. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bw_core.h"
#include "bw_host.h"

static size_t read_hex(const char *text, uint8_t *bytes, size_t most)
{
    size_t size = 0u;
    unsigned value;
    while (size < most && sscanf(text + 2u * size, "%2x", &value) == 1) {
        bytes[size++] = (uint8_t)value;
    }
    return size;
}

static void print_poll(struct bw_host *host, uint32_t room)
{
    uint32_t count = bw_host_poll(host, room);
    for (uint32_t i = 0u; i < count; i++) {
        int channel;
        uint32_t size;
        const uint8_t *bytes = bw_host_taken(host, i, &channel, &size);
        printf("n %d ", channel);
        for (uint32_t j = 0u; j < size; j++) {
            printf("%02x", bytes[j]);
        }
        printf("\n");
    }
    printf("p %d\n", bw_host_haptic(host));
}

static struct bw_host *restart(struct bw_host *host, uint32_t boot_id, uint32_t memory,
                               uint32_t first_sequence)
{
    struct bw_host_setup setup = {memory, {100000u, 50000u, 12500u}, {8u, 4u}, {1000u, 500u},
                                  3u,     2u,                        2u,       10u,
                                  15u,    first_sequence,            boot_id};
    uint32_t size = 0u;
    const uint8_t *saved = host == NULL ? NULL : bw_host_saved(host, &size);
    struct bw_host *fresh = bw_host_new(&setup, saved, size);
    bw_host_free(host);
    if (fresh == NULL) {
        fprintf(stderr, "this setup does not hold\n");
        exit(2);
    }
    return fresh;
}

int main(void)
{
    static char line[2048], hex[1200];
    struct bw_host *host = NULL;
    while (fgets(line, sizeof line, stdin) != NULL) {
        uint64_t us;
        uint32_t a, b, c;
        int d, e;
        int16_t s[6];
        if (sscanf(line, "restart %" SCNu32 " %" SCNu32 " %" SCNu32, &a, &b, &c) == 3) {
            host = restart(host, a, b, c);
        } else if (host == NULL) {
            fprintf(stderr, "begin with restart\n");
            return 2;
        } else if (sscanf(line,
                          "sample %" SCNu64 " %" SCNd16 " %" SCNd16 " %" SCNd16 " %" SCNd16
                          " %" SCNd16 " %" SCNd16,
                          &us, &s[0], &s[1], &s[2], &s[3], &s[4], &s[5]) == 7) {
            bw_host_samples(host, s, &us, 1u);
        } else if (sscanf(line, "skip %" SCNu32, &a) == 1) {
            bw_host_skip(host, a);
        } else if (sscanf(line, "connect %d", &d) == 1) {
            bw_host_connected(host, (uint16_t)d);
        } else if (sscanf(line, "mtu %d", &d) == 1) {
            bw_host_mtu(host, (uint16_t)d);
        } else if (strncmp(line, "disconnect", 10u) == 0) {
            bw_host_disconnected(host);
        } else if (sscanf(line, "subscribe %d %d", &d, &e) == 2) {
            bw_host_subscribed(host, d, e);
        } else if (sscanf(line, "write %d %1199s", &d, hex) >= 1) {
            static uint8_t bytes[600];
            size_t size = hex[0] == '-' ? 0u : read_hex(hex, bytes, sizeof bytes);
            uint8_t *exact = malloc(size == 0u ? 1u : size); /* so that one byte too far is seen */
            if (exact == NULL) {
                return 2;
            }
            memcpy(exact, bytes, size);
            printf("w %d\n", bw_host_write(host, d, exact, size));
            free(exact);
        } else if (sscanf(line, "clock %" SCNu64, &us) == 1) {
            bw_host_set_clock(host, us);
        } else if (sscanf(line, "poll %" SCNu32, &a) == 1) {
            print_poll(host, a);
        } else if (sscanf(line, "button %d", &d) == 1) {
            bw_host_button(host, d);
        } else if (sscanf(line, "store %d", &d) == 1) {
            bw_host_set_store_fails(host, d);
        } else if (sscanf(line, "condition %" SCNu32 " %" SCNu32 " %" SCNu32 " %d", &a, &b, &c,
                          &d) == 4) {
            bw_host_condition(host, (uint8_t)a, (uint8_t)b, (uint16_t)c, (uint8_t)d);
        } else {
            fprintf(stderr, "not understood: %s", line);
            return 2;
        }
    }
    bw_host_free(host);
    return 0;
}
